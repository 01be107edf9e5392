// SPDX-License-Identifier: Apache-2.0
// The Workspace service as gild needs it, for one Workspace project. Reads are repeated inside, with pauses, until they
// succeed or it is hopeless; the rebuild request is sent at most once per call, whatever happens.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "engine/core/ids.hpp"
#include "engine/core/time.hpp"
#include "engine/model/inventory.hpp"
#include "engine/model/journal_record.hpp"
#include "engine/model/rebuild.hpp"
#include "engine/model/workspace.hpp"
#include "engine/seams/clock.hpp"

namespace gild {

// What became of a rebuild request (contract 7, "What an answer means").
struct SubmissionAccepted {
  JobId job;
  std::string request_id;
  std::optional<Time> service_time;
};
// The service said no; nothing happened. `named`: the desktops that its text names by id.
struct SubmissionRefused {
  ServiceError error;
  std::vector<DesktopId> named;
};
// 409: the named desktop was denied; the others may have been executed.
struct SubmissionConflict {
  ServiceError error;
  std::vector<DesktopId> named;
};
// It never reached the service's logic; may be sent again after `wait`.
struct SubmissionNotExecuted {
  enum class Cause { throttled, unauthorized, unreachable, certificate };
  ServiceError error;
  Cause cause = Cause::throttled;
  std::optional<Duration> wait;  // what the answer asks for; nullopt: back off exponentially
};
// It may or may not have been carried out.
struct SubmissionLost {
  std::string why;
  ServiceError error;
};
using Submission =
    std::variant<SubmissionAccepted, SubmissionRefused, SubmissionConflict, SubmissionNotExecuted, SubmissionLost>;

// Whether a request may still go out; empty: it may.
using StillWanted = std::function<bool()>;

class DesktopCloud {
 public:
  virtual ~DesktopCloud() = default;

  // All reads throw Error(service) where they cannot be had, and return early (throwing Interrupted) when `stop` is
  // requested while waiting between tries.

  // `ids`: any number, read by hundreds; desktops that the service does not show are missing from the answer.
  virtual Inventory read_desktops(const std::vector<DesktopId>& ids, std::stop_token stop) = 0;
  // Every desktop of the project.
  virtual Inventory list_desktops(std::stop_token stop) = 0;
  // Rebuild sub-jobs in every status, all pages.
  virtual SubJobLook list_all_sub_jobs(std::stop_token stop) = 0;
  // Rebuild sub-jobs that wait or run, all pages. `complete` or `incomplete`: more than paging reaches is incomplete
  // here, since nothing may be sent while rebuilds run that cannot be seen.
  virtual SubJobLook list_open_sub_jobs(std::stop_token stop) = 0;
  // The sub-jobs of one job, all pages.
  virtual SubJobLook list_sub_jobs_of(const JobId& job, std::stop_token stop) = 0;
  virtual JobSummary read_job(const JobId& job, std::stop_token stop) = 0;

  // Waits until submit_rebuild() would send at once: for a place in requests_per_minute and for a token. To be called
  // before the intent is recorded, since unlike the request itself it can be interrupted. Throws as the reads do.
  virtual void await_submission(std::stop_token stop) { static_cast<void>(stop); }
  // Sends one request, at most once, and waits for its answer (120 s at most); is not cut short by a stop. Where
  // requests_per_minute leaves no place, it sends nothing and says so (SubmissionNotExecuted); and so it does where
  // `still_wanted`, asked at the last moment before the request goes out, says false.
  virtual Submission submit_rebuild(const RebuildRequest& request, const StillWanted& still_wanted) = 0;
};

// Makes the connection to a Workspace when it is first needed: a run that asks nothing of the service needs neither
// credentials nor a network. Throws Error(refused) where the host may not be given credentials (contract 4).
class CloudConnector {
 public:
  virtual ~CloudConnector() = default;
  virtual DesktopCloud& connect(const Workspace& workspace) = 0;  // the same object for the same workspace
};

}  // namespace gild
