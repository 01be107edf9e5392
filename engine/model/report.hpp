// SPDX-License-Identifier: Apache-2.0
// How an apply ended: every desktop of the plan with an outcome, and what to do next. No desktop is forgotten.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/core/ids.hpp"
#include "engine/core/time.hpp"
#include "engine/model/journal_record.hpp"

namespace gild {

enum class DesktopEnd {
  ready,    // rebuilt and verified
  already,  // had the image already; recorded, nothing sent
  failed,
  unhealthy,
  unknown,
  refused,
  settling,
  rebuilding,  // its job still runs: --no-wait, an interrupt, or an error ended this run first
  held,
  waiting,  // not sent: its group paused, or this run ended first
};
std::string_view name_of(DesktopEnd end);

struct DesktopOutcome {
  DesktopKey key;
  GroupName group;
  std::optional<std::string> name;  // the manifest's, or what a read showed last
  DesktopEnd end = DesktopEnd::waiting;
  std::optional<HoldReason> hold;     // where held
  std::optional<std::string> reason;  // for people
  std::optional<JobId> job;
};

struct PausedGroup {
  GroupName group;
  std::size_t failures = 0;
  int max_failures = 0;
};

struct ApplyReport {
  std::vector<DesktopOutcome> desktops;  // by workspace, then id: the plan's, and those that were open before
  std::vector<PausedGroup> paused;
  bool interrupted = false;
  bool barred = false;                    // a rule forbade to send more while the run went on; a note says which
  bool nothing_else_to_do = false;        // all that the plan wanted belongs to paused groups, and nothing was open
  std::optional<Duration> look_again_in;  // settling desktops: when their proof can be complete
  std::vector<std::string> notes;         // full sentences: what a person should know or do
  std::size_t requests = 0;               // rebuild requests sent in this run
  // Why the run could not go on (service, storage); what happened until then is above all the same.
  std::optional<Error> failure;

  std::size_t count(DesktopEnd end) const;
};

}  // namespace gild
