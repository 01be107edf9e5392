// SPDX-License-Identifier: Apache-2.0
// How an apply ended, whatever its end, as a value: what `apply --report` and the files of a pipeline are made of. It
// says what is recorded and nothing beyond: a job that still runs is neither a success nor a failure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.hpp"
#include "engine/core/error.hpp"
#include "engine/core/time.hpp"
#include "engine/model/report.hpp"

namespace gild {

enum class RunOutcome {
  done,           // all of it, but for desktops that policy leaves alone
  nothing_to_do,  // no desktop was to be wiped, none was under way
  incomplete,     // exit status 3
  declined,       // the answer was not yes
  failed,         // an error
  locked,         // somebody else has the state
  refused,        // before anything was sent
  interrupted,
};
std::string_view name_of(RunOutcome outcome);

struct RunReport {
  RunOutcome outcome = RunOutcome::failed;
  ExitCode exit = ExitCode::error;
  std::string command;                     // to run again: "gild apply plan.json"
  std::optional<std::string> plan_digest;  // nullopt: it did not come to a plan
  Time started{};
  Time ended{};
  std::optional<ApplyReport> apply;  // nullopt: nothing was begun
  std::optional<Error> failure;

  bool nothing_was_begun() const { return !apply; }
};

// Of one group: its desktops by what became of them, what somebody has to look after first, then the most frequent.
struct EndKind {
  DesktopEnd end = DesktopEnd::ready;
  std::string words;                  // "wiped and ready", "failed"; ours
  std::optional<std::string> reason;  // as the service or the state says it
  std::vector<const DesktopOutcome*> desktops;
};
struct GroupEnd {
  GroupName group;
  std::size_t counts[10] = {};  // by DesktopEnd
  std::vector<EndKind> kinds;

  std::size_t count(DesktopEnd end) const { return counts[static_cast<std::size_t>(end)]; }
  std::size_t total() const;
};
// By name, pointing into the report.
std::vector<GroupEnd> group_ends(const ApplyReport& report);

// What a person has to look after comes first: 0 failures, 1 settling, 2 left alone, then what is as it should be.
int rank_of(DesktopEnd end);

// "118 wiped and ready", "2 failed": those of the counts that are not 0.
std::vector<std::string> end_counts(const ApplyReport& report);

// The one line that says how it went: "118 desktops wiped and ready, 2 need somebody".
std::string verdict_of(const RunReport& report);

// What to do next: a sentence, which may name what users wrote, and perhaps a command. Nothing is escaped.
struct NextStep {
  std::string why;
  std::string command;  // may be empty
};
std::vector<NextStep> next_steps(const ApplyReport& report, const std::string& command);

// What an error advises, line by line; a line that is moved in is a command. Nothing is escaped.
std::vector<NextStep> advice_of(const Error& error);

// All ends, in the order in which they are told.
inline constexpr DesktopEnd kDesktopEnds[] = {
    DesktopEnd::ready,   DesktopEnd::already,  DesktopEnd::failed, DesktopEnd::unhealthy, DesktopEnd::unknown,
    DesktopEnd::refused, DesktopEnd::settling, DesktopEnd::held,   DesktopEnd::waiting,   DesktopEnd::rebuilding};

}  // namespace gild
