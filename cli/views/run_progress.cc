// SPDX-License-Identifier: Apache-2.0
#include "cli/views/run_progress.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kShownIds = 5;

// Takes what `counter` has of `count`, and says how many those were.
std::size_t take_from(std::size_t& counter, std::size_t count) {
  const std::size_t taken = std::min(counter, count);
  counter -= taken;
  return taken;
}

// Of what an earlier run left open a run is told only how much it is, and counts it as rebuilding.
void take_settling(GroupProgress& group, std::size_t count) {
  take_from(group.rebuilding, count - take_from(group.settling, count));
}

struct Count {
  std::map<GroupName, GroupProgress>& groups;
  Instant now;

  void operator()(const event::RunStarted& e) const {
    for (const event::GroupTotals& totals : e.groups) {
      if (totals.targets + totals.in_flight == 0) continue;
      GroupProgress& group = groups[totals.group];
      group.total = totals.targets + totals.in_flight;
      group.rebuilding = totals.in_flight;
      if (totals.in_flight > 0) group.first_sent = now;
    }
  }
  void operator()(const event::DesktopsHeld& e) const { groups[e.group].held += e.desktops.size(); }
  void operator()(const event::DesktopsRecorded& e) const { groups[e.group].already += e.desktops.size(); }
  void operator()(const event::RequestAccepted& e) const {
    GroupProgress& group = groups[e.group];
    group.rebuilding += e.desktops;
    if (!group.first_sent) group.first_sent = now;
  }
  void operator()(const event::RequestLost& e) const {
    GroupProgress& group = groups[e.group];
    // A request of an earlier run was counted as under way; one of this run was not counted yet.
    if (group.waiting() < e.desktops.size()) take_from(group.rebuilding, e.desktops.size());
    group.settling += e.desktops.size();
    if (!group.first_sent) group.first_sent = now;
  }
  void operator()(const event::RequestAdopted& e) const {
    GroupProgress& group = groups[e.group];
    group.rebuilding += take_from(group.settling, e.desktops.size());
  }
  void operator()(const event::RequestNotReceived& e) const { take_settling(groups[e.group], e.desktops.size()); }
  void operator()(const event::DesktopFinished& e) const {
    GroupProgress& group = groups[e.group];
    if (e.outcome != Outcome::refused) e.job ? void(take_from(group.rebuilding, 1)) : take_settling(group, 1);
    e.outcome == Outcome::ready ? ++group.ready : ++group.failed;
  }
  void operator()(const event::GroupPaused& e) const { groups[e.group].paused = true; }
  void operator()(const event::RequestSending&) const {}
  void operator()(const event::RequestRefused&) const {}
  void operator()(const event::RequestNotExecuted&) const {}
  void operator()(const event::JobProgress&) const {}
  void operator()(const event::Waiting&) const {}
  void operator()(const event::Warning&) const {}
  void operator()(const event::RunFinished&) const {}
};

std::string list_ids(const std::vector<DesktopId>& desktops) {
  std::string out;
  for (std::size_t i = 0; i < std::min(desktops.size(), kShownIds); ++i) {
    if (i > 0) out += ", ";
    out += escape_controls(desktops[i].str());
  }
  if (desktops.size() > kShownIds) out += fmt::format(" and {} more", grouped(desktops.size() - kShownIds));
  return out;
}

std::string describe(const ServiceError& error) {
  std::string text = error.status == 0 ? std::string{} : fmt::format("HTTP {}", error.status);
  for (const std::string* part : {&error.code, &error.message}) {
    if (!part->empty()) text += (text.empty() ? "" : " ") + escape_controls(*part);
  }
  if (text.empty()) text = "no reason given";
  return error.request_id.empty() ? text : fmt::format("{} (request id {})", text, escape_controls(error.request_id));
}

std::string head(const BatchId& batch) {
  return escape_controls(batch.str()) + ": ";
}

using Line = std::optional<std::string>;

struct Describe {
  Line operator()(const event::RunStarted& e) const {
    std::size_t targets = 0;
    std::size_t open = 0;
    for (const event::GroupTotals& group : e.groups) {
      targets += group.targets;
      open += group.in_flight;
    }
    if (targets + open == 0) return std::nullopt;
    std::string text = e.resumed ? "Going on with the rollout" : "Rollout begins";
    text += fmt::format(": {} to wipe", plural(targets, "desktop"));
    return open == 0 ? text : text + fmt::format(", {} under way from before", grouped(open));
  }
  Line operator()(const event::DesktopsHeld& e) const {
    return head(e.batch) + fmt::format("{} left alone ({}): {}", plural(e.desktops.size(), "desktop"),
                                       escape_controls(e.detail), list_ids(e.desktops));
  }
  Line operator()(const event::DesktopsRecorded& e) const {
    return head(e.batch) + fmt::format("{} had the image already, recorded", plural(e.desktops.size(), "desktop"));
  }
  Line operator()(const event::RequestAccepted& e) const {
    return head(e.batch) +
           fmt::format("job {} rebuilds {}", escape_controls(e.job.str()), plural(e.desktops, "desktop"));
  }
  Line operator()(const event::RequestRefused& e) const {
    std::string text = head(e.batch) + fmt::format("the service refused it: {}", describe(e.error));
    return e.named.empty() ? text : text + fmt::format("; it names {}", list_ids(e.named));
  }
  Line operator()(const event::RequestNotExecuted& e) const {
    return head(e.batch) + fmt::format("not taken: {}; again in {}", describe(e.error), describe_duration(e.wait));
  }
  Line operator()(const event::RequestLost& e) const {
    return head(e.batch) +
           fmt::format(
               "the answer is lost ({}). Whether {} {} being rebuilt has to be found out; nothing is sent again "
               "until it is",
               escape_controls(e.why), plural(e.desktops.size(), "desktop"), e.desktops.size() == 1 ? "is" : "are");
  }
  Line operator()(const event::RequestAdopted& e) const {
    return head(e.batch) + fmt::format("the lost request did arrive: job {} rebuilds {}", escape_controls(e.job.str()),
                                       plural(e.desktops.size(), "desktop"));
  }
  Line operator()(const event::RequestNotReceived& e) const {
    return head(e.batch) +
           fmt::format("proven that the lost request never arrived, for {}", plural(e.desktops.size(), "desktop"));
  }
  Line operator()(const event::DesktopFinished& e) const {
    // Of a refused request one line has told; ready ones are a number.
    if (e.outcome == Outcome::ready || e.outcome == Outcome::refused) return std::nullopt;
    return fmt::format("{}: desktop {} is {}: {}", escape_controls(e.group.str()), escape_controls(e.desktop.str()),
                       name_of(e.outcome), escape_controls(e.reason.value_or("no reason given")));
  }
  Line operator()(const event::GroupPaused& e) const {
    return fmt::format("{}: PAUSED after {}, {} allowed. Nothing more is sent for it; what is under way is followed",
                       escape_controls(e.group.str()), plural(e.failures, "failure"), e.max_failures);
  }
  Line operator()(const event::Waiting& e) const { return escape_controls(e.what); }
  Line operator()(const event::Warning& e) const { return "warning: " + escape_controls(e.text); }
  Line operator()(const event::RequestSending&) const { return std::nullopt; }
  Line operator()(const event::JobProgress&) const { return std::nullopt; }
  Line operator()(const event::RunFinished&) const { return std::nullopt; }
};

}  // namespace

std::size_t GroupProgress::waiting() const {
  const std::size_t accounted = done() + rebuilding + settling;
  return total > accounted ? total - accounted : 0;
}

std::optional<Duration> GroupProgress::time_left(Instant now) const {
  const std::size_t ended_jobs = ready + failed;
  const std::size_t left = rebuilding + (paused ? 0 : waiting());
  if (!first_sent || ended_jobs == 0 || left == 0) return std::nullopt;
  const auto elapsed = std::chrono::duration_cast<Duration>(now - *first_sent);
  return Duration{elapsed.count() * static_cast<Duration::rep>(left) / static_cast<Duration::rep>(ended_jobs)};
}

void RunProgress::take(const Event& event, Instant now) {
  started_ = started_ || std::holds_alternative<event::RunStarted>(event);
  if (started_) std::visit(Count{groups_, now}, event);
}

GroupProgress RunProgress::all() const {
  GroupProgress sum;
  for (const auto& [name, group] : groups_) {
    sum.total += group.total;
    sum.ready += group.ready;
    sum.already += group.already;
    sum.rebuilding += group.rebuilding;
    sum.settling += group.settling;
    sum.failed += group.failed;
    sum.held += group.held;
    if (group.first_sent && (!sum.first_sent || *group.first_sent < *sum.first_sent)) sum.first_sent = group.first_sent;
  }
  return sum;
}

std::optional<std::string> describe_event(const Event& event) {
  return std::visit(Describe{}, event);
}

}  // namespace gild
