// SPDX-License-Identifier: Apache-2.0
#include "cli/views/run_report.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "cli/apply_exit.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

// Without the reason, which is somebody else's text.
std::string words_of(const DesktopOutcome& desktop) {
  switch (desktop.end) {
    case DesktopEnd::ready:
      return "wiped and ready";
    case DesktopEnd::already:
      return "had the image already";
    case DesktopEnd::failed:
    case DesktopEnd::refused:
    case DesktopEnd::unhealthy:
    case DesktopEnd::unknown:
      return std::string{name_of(desktop.end)};
    case DesktopEnd::settling:
      return "settling: whether the request arrived is not known yet";
    case DesktopEnd::rebuilding:
      return "still being rebuilt";
    case DesktopEnd::held:
      break;
    case DesktopEnd::waiting:
      return "not sent yet";
  }
  const HoldReason reason = desktop.hold.value_or(HoldReason::busy);
  return reason == HoldReason::protect || reason == HoldReason::exclude ? std::string{name_of(reason)} : "left alone";
}

std::optional<std::string> reason_of(const DesktopOutcome& desktop) {
  if (rank_of(desktop.end) == 0) return desktop.reason;
  if (desktop.end != DesktopEnd::held) return std::nullopt;
  const HoldReason reason = desktop.hold.value_or(HoldReason::busy);
  if (reason == HoldReason::protect || reason == HoldReason::exclude) return std::nullopt;
  return desktop.reason.value_or(std::string{name_of(reason)});
}

std::string resume_command(const std::string& command) {
  constexpr std::string_view kApply = "gild apply";
  if (command.find(" --resume") != std::string::npos) return command;
  return std::string{kApply} + " --resume" + command.substr(std::min(kApply.size(), command.size()));
}

std::string_view words_for_count(DesktopEnd end) {
  switch (end) {
    case DesktopEnd::ready:
      return "wiped and ready";
    case DesktopEnd::already:
      return "right already";
    case DesktopEnd::held:
      return "left alone";
    case DesktopEnd::waiting:
      return "not sent yet";
    case DesktopEnd::rebuilding:
    case DesktopEnd::failed:
    case DesktopEnd::unhealthy:
    case DesktopEnd::unknown:
    case DesktopEnd::refused:
    case DesktopEnd::settling:
      break;
  }
  return name_of(end);
}

}  // namespace

std::string_view name_of(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::done:
      return "done";
    case RunOutcome::nothing_to_do:
      return "nothing_to_do";
    case RunOutcome::incomplete:
      return "incomplete";
    case RunOutcome::declined:
      return "declined";
    case RunOutcome::failed:
      return "failed";
    case RunOutcome::locked:
      return "locked";
    case RunOutcome::refused:
      return "refused";
    case RunOutcome::interrupted:
      return "interrupted";
  }
  return {};
}

int rank_of(DesktopEnd end) {
  switch (end) {
    case DesktopEnd::failed:
    case DesktopEnd::unhealthy:
    case DesktopEnd::unknown:
    case DesktopEnd::refused:
      return 0;
    case DesktopEnd::settling:
      return 1;
    case DesktopEnd::held:
      return 2;
    case DesktopEnd::rebuilding:
      return 3;
    case DesktopEnd::waiting:
      return 4;
    case DesktopEnd::already:
    case DesktopEnd::ready:
      return 5;
  }
  return 0;
}

std::size_t GroupEnd::total() const {
  std::size_t sum = 0;
  for (const std::size_t count : counts) sum += count;
  return sum;
}

std::vector<GroupEnd> group_ends(const ApplyReport& report) {
  using Key = std::tuple<int, std::string, std::optional<std::string>>;
  std::map<GroupName, std::map<Key, EndKind>> found;
  for (const DesktopOutcome& desktop : report.desktops) {
    const std::string words = words_of(desktop);
    const std::optional<std::string> reason = reason_of(desktop);
    EndKind& kind = found[desktop.group][{rank_of(desktop.end), words, reason}];
    if (kind.desktops.empty()) kind = {desktop.end, words, reason, {}};
    kind.desktops.push_back(&desktop);
  }
  std::vector<GroupEnd> groups;
  for (auto& [name, kinds] : found) {
    GroupEnd& group = groups.emplace_back();
    group.group = name;
    for (auto& [key, kind] : kinds) {
      group.counts[static_cast<std::size_t>(kind.end)] += kind.desktops.size();
      group.kinds.push_back(std::move(kind));
    }
    std::stable_sort(group.kinds.begin(), group.kinds.end(), [](const EndKind& a, const EndKind& b) {
      return std::pair{rank_of(a.end), b.desktops.size()} < std::pair{rank_of(b.end), a.desktops.size()};
    });
  }
  return groups;
}

std::vector<std::string> end_counts(const ApplyReport& report) {
  std::vector<std::string> parts;
  for (const DesktopEnd end : kDesktopEnds) {
    const std::size_t count = report.count(end);
    if (count > 0) parts.push_back(fmt::format("{} {}", grouped(count), words_for_count(end)));
  }
  return parts;
}

std::string verdict_of(const RunReport& report) {
  switch (report.outcome) {
    case RunOutcome::nothing_to_do:
      return "nothing to do";
    case RunOutcome::declined:
      return "not applied, since the answer was not yes";
    case RunOutcome::locked:
      return "not applied, since somebody else holds the state's lock";
    case RunOutcome::refused:
      return report.nothing_was_begun() ? "refused, nothing was sent" : "nothing sent, the groups are paused";
    case RunOutcome::failed:
      return report.nothing_was_begun() ? "failed before anything was sent" : "FAILED before it was through";
    case RunOutcome::interrupted:
      return report.nothing_was_begun() ? "interrupted before anything was sent" : "interrupted";
    case RunOutcome::done:
    case RunOutcome::incomplete:
      break;
  }
  const ApplyReport empty;
  const ApplyReport& apply = report.apply ? *report.apply : empty;
  std::vector<std::string> parts;
  const std::size_t ready = apply.count(DesktopEnd::ready);
  if (ready > 0) parts.push_back(fmt::format("{} wiped and ready", plural(ready, "desktop")));
  const auto needy =
      static_cast<std::size_t>(std::count_if(apply.desktops.begin(), apply.desktops.end(), [](const auto& desktop) {
        return needs_attention(desktop, PolicySkips::are_fine);
      }));
  if (needy > 0) parts.push_back(fmt::format("{} {} somebody", grouped(needy), needy == 1 ? "needs" : "need"));
  const std::size_t open = apply.count(DesktopEnd::rebuilding) + apply.count(DesktopEnd::waiting);
  if (open > 0) parts.push_back(fmt::format("{} not through yet", grouped(open)));
  if (!apply.paused.empty()) parts.push_back(fmt::format("{} PAUSED", plural(apply.paused.size(), "group")));
  return parts.empty() ? "no disk was wiped" : fmt::format("{}", fmt::join(parts, ", "));
}

std::vector<NextStep> next_steps(const ApplyReport& report, const std::string& command) {
  std::vector<NextStep> steps;
  for (const std::string& note : report.notes) steps.push_back({note, {}});
  if (report.interrupted) {
    steps.push_back({"Interrupted. Jobs that the service accepted go on there and are recorded. To go on:", command});
    return steps;
  }
  for (const PausedGroup& paused : report.paused) {
    steps.push_back(
        {fmt::format(
             "Group {} is paused after {}, {} allowed. Find out what is wrong. With another image or revision it "
             "starts anew; to go on with this one all the same:",
             paused.group, plural(paused.failures, "failure"), paused.max_failures),
         resume_command(command)});
  }
  if (report.failure) return steps;  // it says what to do itself
  const std::size_t settling = report.count(DesktopEnd::settling);
  if (settling > 0 && report.look_again_in) {
    steps.push_back(
        {fmt::format("Whether {} {} being rebuilt can be proven in about {}. Until then nothing is sent for "
                     "{}. Then run:",
                     plural(settling, "desktop"), settling == 1 ? "is" : "are",
                     describe_duration(*report.look_again_in), settling == 1 ? "it" : "them"),
         command});
  } else if (report.paused.empty() &&
             report.count(DesktopEnd::waiting) + report.count(DesktopEnd::rebuilding) + settling > 0) {
    steps.push_back({"To follow what runs, and to send what is left:", command});
  }
  if (report.count(DesktopEnd::failed) > 0) {
    steps.push_back({"What failed is planned again by the next gild plan, with the reason.", {}});
  }
  return steps;
}

std::vector<NextStep> advice_of(const Error& error) {
  std::vector<NextStep> steps;
  std::string_view rest = error.advice();
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto begin = line.find_first_not_of(' ');
    if (begin == std::string_view::npos) continue;
    const std::string text{line.substr(begin)};
    steps.push_back(begin == 0 ? NextStep{text, {}} : NextStep{{}, text});
  }
  return steps;
}

}  // namespace gild
