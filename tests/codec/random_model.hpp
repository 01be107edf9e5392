// SPDX-License-Identifier: Apache-2.0
// States and records made at random from a seed: every field takes every form that the types allow, so that a codec
// which forgets one does not stay unnoticed.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/model/journal_record.hpp"
#include "engine/model/state.hpp"

namespace gild::test {

class RandomModel {
 public:
  explicit RandomModel(std::uint64_t seed) : engine_(seed) {}

  int number(int least, int most) { return std::uniform_int_distribution<int>(least, most)(engine_); }
  bool coin() { return number(0, 1) == 1; }

  // Valid UTF-8 with whatever JSON has to escape.
  std::string text() {
    static const std::vector<std::string> kPieces{"a",    "Z9",   " ",      "\"",     "\\",         "\n",   "\t", "\b",
                                                  "\x01", "\x7f", "\u00e9", "\u6d4b", "\U0001F5A5", "/",    "{}", "[,",
                                                  ":",    "null", "\u202e", "e-",     "\r\n",       "\\\"", "\f", "x"};
    std::string out;
    for (int i = number(0, 6); i > 0; --i) out += kPieces[static_cast<std::size_t>(number(0, int(kPieces.size()) - 1))];
    return out;
  }
  template <class T, class Make>
  std::optional<T> maybe(Make make) {
    if (coin()) return std::nullopt;
    return make();
  }
  std::optional<std::string> maybe_text() {
    return maybe<std::string>([&] { return text(); });
  }
  template <class Item, class Make>
  std::vector<Item> list(Make make) {
    std::vector<Item> out;
    for (int i = number(0, 3); i > 0; --i) out.push_back(make());
    return out;
  }
  template <class IdType>
  IdType id() {
    return IdType(text() + std::to_string(number(0, 99)));
  }
  template <class IdType>
  std::optional<IdType> maybe_id() {
    return maybe<IdType>([&] { return id<IdType>(); });
  }
  template <class IdType>
  std::vector<IdType> ids() {
    return list<IdType>([&] { return id<IdType>(); });
  }
  Time time() { return Time{std::chrono::seconds{number(0, 2'000'000'000)}}; }
  std::optional<Time> maybe_time() {
    return maybe<Time>([&] { return time(); });
  }
  std::int64_t serial() { return number(1, 1'000'000); }

  Target target() { return {{id<ImageId>(), text(), maybe_text()}, maybe_text()}; }
  std::optional<Target> maybe_target() {
    return maybe<Target>([&] { return target(); });
  }
  ImageState image() { return {maybe_id<ImageId>(), maybe_text(), maybe_text(), maybe_text()}; }
  RebuildOptions options() {
    return {maybe<int>([&] { return number(0, 15); }),
            maybe_text(),
            maybe_text(),
            maybe_text(),
            maybe_text(),
            maybe_text()};
  }
  ObservedDetails details() {
    ObservedDetails out;
    out.tags = list<std::pair<std::string, std::string>>([&] { return std::pair{text(), text()}; });
    out.pool_id = maybe_text();
    out.desktop_type = maybe_text();
    out.root_gb = maybe<int>([&] { return number(0, 1020); });
    out.data_disks = maybe<int>([&] { return number(0, 10); });
    out.login_status = maybe_text();
    return out;
  }
  DesktopStatus status() { return static_cast<DesktopStatus>(number(0, 5)); }
  std::int64_t maybe_serial() { return coin() ? 0 : serial(); }

  DesktopRecord desktop() {
    DesktopRecord out;
    out.group = maybe_id<GroupName>();
    out.name = maybe_text();
    out.image = image();
    out.status = status();
    out.target = maybe_target();
    out.job_id = maybe_id<JobId>();
    out.intent = maybe_serial();
    out.reason = maybe_text();
    out.updated_at = time();
    out.previous = maybe<ImageState>([&] { return image(); });
    out.details = maybe<ObservedDetails>([&] { return details(); });
    if (coin()) out.failed_before = std::make_shared<const PastFailure>(past_failure());
    return out;
  }
  PastFailure past_failure() { return {maybe_target(), maybe_id<JobId>(), maybe_text()}; }
  IntentDesktop intent_desktop() {
    IntentDesktop out;
    out.id = id<DesktopId>();
    out.from = image();
    out.known = coin();
    if (!out.known) return out;
    out.status_before = status();
    out.target_before = maybe_target();
    out.job_before = maybe_id<JobId>();
    out.intent_before = maybe_serial();
    out.reason_before = maybe_text();
    return out;
  }
  Finding finding() {
    Finding out;
    out.id = id<DesktopId>();
    out.new_sub_jobs = list<std::pair<SubJobId, JobId>>([&] { return std::pair{id<SubJobId>(), id<JobId>()}; });
    out.task = maybe_text();
    out.image_id = maybe_id<ImageId>();
    out.missing = coin();
    return out;
  }
  Look look() {
    return {time(), static_cast<LookCompleteness>(number(0, 2)), list<Finding>([&] { return finding(); })};
  }
  Intent intent(std::int64_t number_of_it) {
    Intent out;
    out.number = number_of_it;
    out.workspace = id<WorkspaceName>();
    out.group = id<GroupName>();
    out.batch = id<BatchId>();
    out.target = target();
    out.options = options();
    out.desktops = list<IntentDesktop>([&] { return intent_desktop(); });
    out.asked_for = ids<DesktopId>();
    out.known_sub_jobs = ids<SubJobId>();
    out.known_complete = coin();
    out.service_time = maybe_time();
    out.settle = std::chrono::seconds{number(0, 86'400)};
    out.lost = maybe_text();
    out.looks = list<Look>([&] { return look(); });
    out.adopted_jobs = ids<JobId>();
    return out;
  }
  Job job(const JobId& its_id) {
    Job out;
    out.id = its_id;
    out.intent = serial();
    out.workspace = id<WorkspaceName>();
    out.group = id<GroupName>();
    out.batch = id<BatchId>();
    out.target = target();
    out.desktops = list<JobDesktop>([&] { return JobDesktop{id<DesktopId>(), maybe_time()}; });
    out.accepted_at = time();
    out.delay = std::chrono::minutes{number(0, 15)};
    out.vanished_since = maybe_time();
    return out;
  }
  RolloutGroup rollout_group() {
    RolloutGroup out;
    out.name = id<GroupName>();
    out.workspace = id<WorkspaceName>();
    out.target = target();
    out.targets = static_cast<std::size_t>(number(0, 1000));
    out.max_unavailable = number(1, 100);
    out.max_failures = number(0, 100);
    for (DesktopId& failed : ids<DesktopId>()) out.failures.insert(std::move(failed));
    for (int i = number(0, 2); i > 0; --i) out.conflict_statuses.insert(text());
    return out;
  }
  State state() {
    State out;
    out.lineage = "lineage-" + std::to_string(number(0, 1000));
    out.serial = serial();
    for (int i = number(0, 6); i > 0; --i) out.desktops[{id<WorkspaceName>(), id<DesktopId>()}] = desktop();
    for (int i = number(0, 2); i > 0; --i) {
      const std::int64_t key = serial();
      out.intents[key] = intent(key);
    }
    for (int i = number(0, 2); i > 0; --i) {
      Job open = job(id<JobId>());
      out.jobs[open.key()] = open;
    }
    out.rollouts = list<Rollout>([&] {
      return Rollout{text(), serial(), time(), list<RolloutGroup>([&] { return rollout_group(); })};
    });
    return out;
  }

  ServiceError error() { return {coin() ? 0 : number(100, 599), text(), text(), text()}; }
  std::vector<DesktopKey> keys() {
    return list<DesktopKey>([&] { return DesktopKey{id<WorkspaceName>(), id<DesktopId>()}; });
  }
  // A body of the kind at `index` in the variant.
  RecordBody body(std::size_t index) {
    switch (index) {
      case 0:
        return Began{text(), text(), text(), maybe_text(), text()};
      case 1:
        return RolloutStarted{text(), list<RolloutGroup>([&] { return rollout_group(); })};
      case 2:
        return RolloutAcknowledged{ids<GroupName>()};
      case 3:
        return RolloutClosed{text()};
      case 4:
        return Intended{id<WorkspaceName>(),
                        id<GroupName>(),
                        id<BatchId>(),
                        target(),
                        options(),
                        list<IntendedDesktop>([&] { return IntendedDesktop{id<DesktopId>(), maybe_text(), image()}; }),
                        ids<SubJobId>(),
                        coin(),
                        maybe_time(),
                        std::chrono::seconds{number(0, 9000)}};
      case 5:
        return Accepted{serial(), id<JobId>(), text(), maybe_time()};
      case 6:
        return Refused{serial(), error()};
      case 7:
        return NotExecuted{serial(), error()};
      case 8:
        return Lost{serial(), text(), error()};
      case 9:
        return Looked{serial(), look()};
      case 10:
        return Adopted{serial(), id<JobId>(), ids<DesktopId>(), ids<SubJobId>(), time()};
      case 11:
        return NotReceived{serial(), ids<DesktopId>(), text()};
      case 12:
        return Verifying{{id<JobId>(), id<WorkspaceName>()}, ids<DesktopId>(), time()};
      case 13:
        return JobMissed{{id<JobId>(), id<WorkspaceName>()}, time()};
      case 14:
        return Held{maybe_serial(),   id<WorkspaceName>(),
                    id<GroupName>(),  static_cast<HoldReason>(number(0, 9)),
                    ids<DesktopId>(), text()};
      case 15:
        return Conflicted{id<GroupName>(), text()};
      case 16:
        return Finished{id<WorkspaceName>(),
                        id<GroupName>(),
                        maybe_id<JobId>(),
                        maybe_serial(),
                        target(),
                        list<FinishedDesktop>([&] {
                          return FinishedDesktop{id<DesktopId>(), static_cast<Outcome>(number(0, 5)), maybe_text()};
                        }),
                        text()};
      case 17:
        return Recorded{id<WorkspaceName>(), id<GroupName>(), target(), list<RecordedDesktop>([&] {
                          return RecordedDesktop{id<DesktopId>(), maybe_text()};
                        }),
                        text()};
      case 18:
        return Refreshed{id<WorkspaceName>(), list<RefreshedDesktop>([&] {
                           return RefreshedDesktop{id<DesktopId>(),     maybe_id<GroupName>(), maybe_text(),
                                                   maybe_id<ImageId>(), maybe_text(),          details()};
                         })};
      case 19:
        return Resolved{keys(), static_cast<Resolution>(number(0, 2)), text(), text()};
      default:
        return Removed{keys()};
    }
  }
  JournalRecord record(std::size_t index) { return {serial(), time(), body(index)}; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace gild::test
