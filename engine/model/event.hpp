// SPDX-License-Identifier: Apache-2.0
// Everything that can happen in a run, as it happens: what progress displays and `--events` are made of. JSON form:
// schemas/event.schema.json.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/core/ids.hpp"
#include "engine/core/time.hpp"
#include "engine/model/journal_record.hpp"
#include "engine/model/report.hpp"

namespace gild::event {

struct GroupTotals {
  GroupName group;
  std::size_t targets = 0;    // desktops of the plan that this run is still to send
  std::size_t in_flight = 0;  // open from before
};
struct RunStarted {
  std::string plan_digest;
  bool resumed = false;  // goes on with an open rollout
  std::vector<GroupTotals> groups;
};
struct DesktopsHeld {
  GroupName group;
  BatchId batch;
  HoldReason reason = HoldReason::busy;
  std::vector<DesktopId> desktops;
  std::string detail;
};
struct DesktopsRecorded {  // had the image already
  GroupName group;
  BatchId batch;
  std::vector<DesktopId> desktops;
};
struct RequestSending {
  GroupName group;
  BatchId batch;
  std::int64_t intent = 0;
  std::vector<DesktopId> desktops;
};
struct RequestAccepted {
  GroupName group;
  BatchId batch;
  JobId job;
  std::string request_id;
  std::size_t desktops = 0;
};
struct RequestRefused {
  GroupName group;
  BatchId batch;
  ServiceError error;
  std::vector<DesktopId> named;
};
struct RequestNotExecuted {
  GroupName group;
  BatchId batch;
  ServiceError error;
  Duration wait{0};
};
struct RequestLost {
  GroupName group;
  BatchId batch;
  std::string why;
  std::vector<DesktopId> desktops;
};
struct RequestAdopted {
  GroupName group;
  BatchId batch;
  JobId job;
  std::vector<DesktopId> desktops;
};
struct RequestNotReceived {
  GroupName group;
  BatchId batch;
  std::vector<DesktopId> desktops;
};
struct JobProgress {
  GroupName group;
  JobId job;
  std::size_t waiting = 0, running = 0, succeeded = 0, failed = 0;
};
struct DesktopFinished {
  GroupName group;
  DesktopId desktop;
  Outcome outcome = Outcome::ready;
  std::optional<std::string> reason;
  std::optional<JobId> job;
};
struct GroupPaused {
  GroupName group;
  std::size_t failures = 0;
  int max_failures = 0;
};
struct Waiting {
  std::string what;
  Duration at_most{0};
};
struct Warning {
  std::string text;
};
struct RunFinished {
  ApplyReport report;
};

}  // namespace gild::event

namespace gild {

using Event = std::variant<event::RunStarted, event::DesktopsHeld, event::DesktopsRecorded, event::RequestSending,
                           event::RequestAccepted, event::RequestRefused, event::RequestNotExecuted, event::RequestLost,
                           event::RequestAdopted, event::RequestNotReceived, event::JobProgress, event::DesktopFinished,
                           event::GroupPaused, event::Waiting, event::Warning, event::RunFinished>;

}  // namespace gild
