// SPDX-License-Identifier: Apache-2.0
// The rows are the fold of the records, whatever the records are.
#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "engine/simulation/random.hpp"
#include "tests/store/postgres/postgres_fixture.hpp"

namespace gild {
namespace {

const WorkspaceName kProd{"prod"};

class RandomRecords {
 public:
  explicit RandomRecords(std::uint64_t seed) : random_(seed) {}

  // Something that fits this state, most of the time.
  RecordBody next(const State& state) {
    switch (random_.below(19)) {
      case 0:
      case 1:
        return refresh(random_.chance(0.05) ? 700 : 1 + random_.below(5));
      case 2:
      case 3:
      case 4:
        return ask();
      case 5:
        return Accepted{intent(state), job_name(), "req", std::nullopt};
      case 6:
        return Refused{intent(state), {}};
      case 7:
        return random_.chance(0.5) ? RecordBody{NotExecuted{intent(state), {}}}
                                   : RecordBody{Lost{intent(state), "no answer", {}}};
      case 8:
        return Looked{intent(state), {Time{}, LookCompleteness::complete, {}}};
      case 9:
        return Adopted{intent(state), job_name(), of_intent(state), {}, Time{}};
      case 10:
        if (random_.chance(0.5)) return NotReceived{intent(state), of_intent(state), "quiet"};
        return Held{intent(state), kProd, group(), HoldReason::conflict, of_intent(state), "busy"};
      case 11:
        if (random_.chance(0.5)) return Verifying{job(state), of_job(state), Time{}};
        return JobMissed{job(state), Time{}};
      case 12:
      case 13:
      case 14:
        return finish(state);
      case 15: {
        if (random_.chance(0.3)) return Conflicted{group(), "STOPPED"};
        if (random_.chance(0.3)) return RolloutAcknowledged{{group(), group()}};
        if (random_.chance(0.3) && !state.rollouts.empty()) return RolloutClosed{state.rollouts.front().plan_digest};
        RolloutStarted started{random_.uuid(), {}};
        for (const char* name : {"finance", "kiosk", "sales"}) {
          if (random_.chance(0.4) || (started.groups.empty() && name[0] == 's')) {
            RolloutGroup part;
            part.name = GroupName{name};
            part.workspace = kProd;
            part.target = target();
            started.groups.push_back(part);
          }
        }
        return started;
      }
      case 16:
        return Recorded{kProd, group(), target(), {{desktop(), std::nullopt}}, "seen"};
      case 17:
        if (random_.chance(0.3)) {
          return Migrated{random_.chance(0.5) ? std::optional<std::string>{"s3://elsewhere/\\\t"} : std::nullopt};
        }
        return regroup(state);
      default:
        if (random_.chance(0.5)) return Removed{{{kProd, desktop()}}};
        return Resolved{{{kProd, desktop()}}, static_cast<Resolution>(random_.below(3)), "looked", "alice"};
    }
  }
  Random& random() { return random_; }

 private:
  DesktopId desktop() { return DesktopId{"d" + std::to_string(random_.below(40))}; }
  GroupName group() {
    constexpr std::array<const char*, 3> kGroups{"finance", "kiosk", "sales"};
    return GroupName{kGroups[random_.below(3)]};
  }
  Target target() {
    Target target;
    target.image.image_id = ImageId{"img-" + std::to_string(random_.below(3))};
    target.image.image_type = "private";
    return target;
  }
  JobId job_name() { return JobId{"job \\ \"" + std::to_string(++jobs_) + "\"\t"}; }
  Refreshed refresh(std::uint64_t count) {
    Refreshed record{kProd, {}};
    std::set<DesktopId> ids;
    for (std::uint64_t i = 0; i < count; ++i) {
      ids.insert(count > 100 ? DesktopId{"bulk" + std::to_string(i)} : desktop());
    }
    for (const DesktopId& id : ids) {
      std::optional<GroupName> in;
      if (random_.chance(0.7)) in = group();
      record.desktops.push_back(
          {id, in, "name\\of\n" + id.str(), ImageId{"img-" + std::to_string(random_.below(3))}, std::nullopt, {}});
    }
    return record;
  }
  // Desktops of one group, as `state mv` names them.
  Regrouped regroup(const State& state) {
    Regrouped record{{}, std::nullopt, group()};
    for (std::uint64_t i = 0; i < 1 + random_.below(3); ++i) {
      const DesktopKey key{kProd, desktop()};
      const DesktopRecord* known = state.find(key.workspace, key.id);
      if (known == nullptr) continue;
      if (record.desktops.empty()) record.from = known->group;
      const bool again = std::find(record.desktops.begin(), record.desktops.end(), key) != record.desktops.end();
      if (known->group == record.from && !again) record.desktops.push_back(key);
    }
    return record;
  }
  Intended ask() {
    Intended record = intended("x", "y");
    record.group = group();
    record.target = target();
    record.desktops.clear();
    std::set<DesktopId> ids;
    for (std::uint64_t i = 0; i < 1 + random_.below(4); ++i) ids.insert(desktop());
    for (const DesktopId& id : ids) record.desktops.push_back({id, std::nullopt, {}});
    return record;
  }
  const Intent* some_intent(const State& state) {
    if (state.intents.empty()) return nullptr;
    return &std::next(state.intents.begin(), static_cast<std::ptrdiff_t>(random_.below(state.intents.size())))->second;
  }
  std::int64_t intent(const State& state) {
    intent_ = some_intent(state);
    return intent_ == nullptr ? 0 : intent_->number;
  }
  std::vector<DesktopId> of_intent(const State&) {
    std::vector<DesktopId> ids;
    if (intent_ == nullptr) return ids;
    for (const IntentDesktop& entry : intent_->desktops) {
      if (random_.chance(0.6)) ids.push_back(entry.id);
    }
    return ids;
  }
  const Job* some_job(const State& state) {
    if (state.jobs.empty()) return nullptr;
    return &std::next(state.jobs.begin(), static_cast<std::ptrdiff_t>(random_.below(state.jobs.size())))->second;
  }
  JobKey job(const State& state) {
    job_ = some_job(state);
    if (job_ == nullptr) return {JobId{"none"}, kProd};
    return {job_->id, random_.chance(0.3) ? WorkspaceName{} : job_->workspace};
  }
  std::vector<DesktopId> of_job(const State&) {
    std::vector<DesktopId> ids;
    if (job_ == nullptr) return ids;
    for (const JobDesktop& entry : job_->desktops) {
      if (random_.chance(0.6)) ids.push_back(entry.id);
    }
    return ids;
  }
  Finished finish(const State& state) {
    job(state);
    Finished record{kProd, group(), std::nullopt, 0, target(), {}, "seen"};
    std::vector<DesktopId> ids = of_job(state);
    if (job_ != nullptr) {
      record.group = job_->group;
      record.job = job_->id;
      record.target = job_->target;
    }
    for (const DesktopId& id : ids) {
      record.desktops.push_back({id, static_cast<Outcome>(random_.below(6)), "why"});
    }
    return record;
  }

  Random random_;
  int jobs_ = 0;
  const Intent* intent_ = nullptr;
  const Job* job_ = nullptr;
};

bool fits(const State& state, const RecordBody& body) {
  State copy = state;
  try {
    fold(copy, {state.serial + 1, Time{}, body});
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::size_t under_way(const State& state) {
  std::size_t count = 0;
  for (const auto& [key, desktop] : state.desktops) {
    if (desktop.status == DesktopStatus::settling || state.open_job_of(key) != nullptr) ++count;
  }
  return count;
}

// The first line in which they differ; empty: none.
std::string difference(const State& stored, const State& known) {
  std::istringstream one(text_of(stored)), two(text_of(known));
  std::string a, b;
  for (;;) {
    const bool more = static_cast<bool>(std::getline(one, a));
    if (more != static_cast<bool>(std::getline(two, b))) return "one is longer: " + a + b;
    if (!more) return {};
    if (a != b) return "stored: " + a + "\nknown:  " + b;
  }
}

TEST_CASE("after any records the rows are the fold of them", "[postgres]") {
  const auto seed = static_cast<std::uint64_t>(GENERATE(range(1, 7)));
  const char* from = std::getenv("GILD_TEST_SEED");
  RandomRecords records(from != nullptr ? std::strtoull(from, nullptr, 10) : seed);
  StateScope scope;
  if (seed % 2 == 0) {
    scope.whole = false;
    for (const char* name : {"", "finance", "kiosk", "sales"}) scope.groups.insert(GroupName{name});
  }
  CAPTURE(seed, scope.whole);
  PostgresPlace place;
  for (int run = 0; run < 3; ++run) {
    auto locked = place.open()->lock(began_as("alice"), Duration{0}, scope);
    CHECK(difference(place.open()->read(), locked->state()) == "");
    for (int step = 0; step < 120; ++step) {
      RecordBody body = records.next(locked->state());
      if (!fits(locked->state(), body)) continue;
      locked->append(std::move(body));
      if (!records.random().chance(0.4)) continue;
      locked->sync();
      REQUIRE(difference(place.open()->read(), locked->state()) == "");
    }
    locked->sync();
    PostgresConnection connection = place.connect();
    CHECK(connection.run("SELECT count(*) FROM @.desktops WHERE under_way IS NOT NULL").integer(0, 0) ==
          static_cast<std::int64_t>(under_way(locked->state())));
    CHECK(connection
              .run("SELECT count(*) FROM @.groups g WHERE desktops <> (SELECT count(*) FROM @.desktops d WHERE "
                   "d.group_name = g.name)")
              .integer(0, 0) == 0);
    State folded;
    for (const JournalRecord& entry : place.open()->read_history()) fold(folded, entry);
    folded.lineage = locked->state().lineage;
    CHECK(difference(folded, locked->state()) == "");
  }
  // The same rows, put there as a whole.
  const State state = place.open()->read();
  auto store = place.open("&gild_state=copy");
  auto locked = store->lock(began_as("bob"), Duration{0});
  locked->import(state, place.open()->read_history());
  CHECK(difference(store->read(), state) == "");
  locked->append(refreshed("d1", "img-7"));
  locked->sync();
  CHECK(difference(store->read(), locked->state()) == "");
}

}  // namespace
}  // namespace gild
