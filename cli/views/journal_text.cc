// SPDX-License-Identifier: Apache-2.0
#include "cli/views/journal_text.hpp"

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

template <class Tag>
std::string shown(const Id<Tag>& id) {
  return escape_controls(id.str());
}

std::string shown(const std::string& text) {
  return escape_controls(text);
}

std::string shown(const Target& target) {
  return target.revision ? fmt::format("image {}, revision {}", shown(target.image.image_id), shown(*target.revision))
                         : fmt::format("image {}", shown(target.image.image_id));
}

std::string shown(const ServiceError& error) {
  std::string text = error.status == 0 ? std::string{"no answer"} : fmt::format("status {}", error.status);
  for (const std::string* part : {&error.code, &error.message}) {
    if (!part->empty()) text += " " + shown(*part);
  }
  return error.request_id.empty() ? text : text + fmt::format(", request id {}", shown(error.request_id));
}

std::string count(std::size_t desktops) {
  return plural(desktops, "desktop");
}

std::string names(const std::vector<GroupName>& groups) {
  std::vector<std::string> words;
  words.reserve(groups.size());
  for (const GroupName& group : groups) words.push_back(shown(group));
  return join_and(words);
}

template <class List>
std::string ids(const List& desktops) {
  std::string out;
  for (const auto& desktop : desktops) {
    if (!out.empty()) out += ' ';
    if constexpr (requires { desktop.id; }) {
      out += shown(desktop.id);
    } else {
      out += shown(desktop);
    }
  }
  return out;
}

struct Describe {
  std::string operator()(const Began& r) const {
    return fmt::format("began: gild {} by {} at {}, version {}{}", shown(r.command), shown(r.user), shown(r.host),
                       shown(r.gild_version), r.commit ? fmt::format(", commit {}", shown(*r.commit)) : std::string{});
  }
  std::string operator()(const RolloutStarted& r) const {
    return fmt::format("rollout started: plan {}, {}", shown(r.plan_digest), plural(r.groups.size(), "group"));
  }
  std::string operator()(const RolloutAcknowledged& r) const {
    return fmt::format("failures acknowledged: {}", names(r.groups));
  }
  std::string operator()(const RolloutClosed& r) const {
    return fmt::format("rollout closed: plan {}", shown(r.plan_digest));
  }
  std::string operator()(const Intended& r) const {
    return fmt::format("about to send: group {}, batch {}, onto {}: {}", shown(r.group), shown(r.batch),
                       shown(r.target), ids(r.desktops));
  }
  std::string operator()(const Accepted& r) const {
    return fmt::format("request {} accepted: job {}", r.intent, shown(r.job));
  }
  std::string operator()(const Refused& r) const {
    return fmt::format("request {} refused: {}", r.intent, shown(r.error));
  }
  std::string operator()(const NotExecuted& r) const {
    return fmt::format("request {} not executed: {}", r.intent, shown(r.error));
  }
  std::string operator()(const Lost& r) const { return fmt::format("request {} lost: {}", r.intent, shown(r.why)); }
  std::string operator()(const Looked& r) const {
    return fmt::format("looked after request {} at {}: {}", r.intent, format_time(r.look.time),
                       r.look.findings.empty() ? std::string{"nothing out of the ordinary"}
                                               : plural(r.look.findings.size(), "finding"));
  }
  std::string operator()(const Adopted& r) const {
    return fmt::format("request {} was job {}: {}", r.intent, shown(r.job), ids(r.desktops));
  }
  std::string operator()(const NotReceived& r) const {
    return fmt::format("request {} was not received: {} ({})", r.intent, ids(r.desktops), shown(r.evidence));
  }
  std::string operator()(const Verifying& r) const {
    return fmt::format("job {} succeeded, image still to be seen: {}", shown(r.job.id), ids(r.desktops));
  }
  std::string operator()(const JobMissed& r) const {
    return fmt::format("job {} is not known to the service", shown(r.job.id));
  }
  std::string operator()(const Held& r) const {
    return fmt::format("held, {}: {}{}", name_of(r.reason), ids(r.desktops),
                       r.detail.empty() ? std::string{} : fmt::format(" ({})", shown(r.detail)));
  }
  std::string operator()(const Conflicted& r) const {
    return fmt::format("group {}: desktops in status {} are held after a conflict", shown(r.group),
                       shown(r.live_status));
  }
  std::string operator()(const Finished& r) const {
    std::string out = r.job ? fmt::format("job {} ended:", shown(*r.job)) : fmt::format("request {} ended:", r.intent);
    for (const FinishedDesktop& desktop : r.desktops) {
      out += fmt::format(" {} {}", shown(desktop.id), name_of(desktop.outcome));
      if (desktop.reason) out += fmt::format(" ({})", shown(*desktop.reason));
    }
    return out;
  }
  std::string operator()(const Recorded& r) const {
    return fmt::format("had {} already: {}", shown(r.target), ids(r.desktops));
  }
  std::string operator()(const Refreshed& r) const {
    return fmt::format("refreshed {} of workspace {}", count(r.desktops.size()), shown(r.workspace));
  }
  std::string operator()(const Resolved& r) const {
    return fmt::format("resolved by {} as {}: {} ({})", shown(r.by), name_of(r.as), ids(r.desktops), shown(r.reason));
  }
  std::string operator()(const Regrouped& r) const {
    return fmt::format("moved from {} to group {}: {}", r.from ? "group " + shown(*r.from) : std::string{"no group"},
                       shown(r.to), ids(r.desktops));
  }
  std::string operator()(const Migrated& r) const {
    return r.to ? fmt::format("the state lives at {} from here on", shown(*r.to))
                : std::string{"the state lives here now"};
  }
  std::string operator()(const Removed& r) const { return fmt::format("removed from the state: {}", ids(r.desktops)); }
};

}  // namespace

std::string describe_record(const RecordBody& body) {
  return std::visit(Describe{}, body);
}

std::string render_journal(const std::vector<JournalRecord>& records, const Style& style) {
  std::string out;
  for (const JournalRecord& record : records) {
    out +=
        fmt::format("{:>8}  {}  {}\n", record.serial, style.dim(format_time(record.at)), describe_record(record.body));
  }
  return out;
}

}  // namespace gild
