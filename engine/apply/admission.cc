// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/admission.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

template <std::size_t Size>
bool is_one_of(std::string_view text, const std::array<std::string_view, Size>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return same_ignoring_case(text, word); });
}

// W 3.4 `attach_state`: the values of a user being bound or freed right now.
constexpr std::array<std::string_view, 3> kAttaching{"ATTACHING", "DEATTACHING", "WAITING"};
// W 3.7: nobody is at it and no session is kept.
constexpr std::array<std::string_view, 2> kNoSession{"UNREGISTER", "REGISTERED"};
constexpr std::array<std::string_view, 2> kSession{"CONNECTED", "DISCONNECTED"};

std::optional<Hold> in_use(const LiveDesktop& live) {
  if (is_one_of(live.login_status, kNoSession)) return std::nullopt;
  if (is_one_of(live.login_status, kSession)) {
    return Hold{HoldReason::in_use, fmt::format("its session is {}", live.login_status)};
  }
  if (live.login_status.empty() && same_ignoring_case(live.status, "SHUTOFF")) return std::nullopt;
  return Hold{HoldReason::in_use, live.login_status.empty()
                                      ? std::string("the service does not say whether somebody is logged on")
                                      : fmt::format("its login status {} is not known to gild", live.login_status)};
}

// For a desktop whose last rebuild failed the image it shows proves nothing. Only a rebuild by somebody else that came
// later and succeeded does: one that ran beside ours may have been overwritten by it. "Later" is judged between two
// times of the same service, so their zone does not matter.
const SubJob* later_success(const AdmissionInput& input) {
  if (!input.record->job_id) return nullptr;
  const SubJob* ours = nullptr;
  for (const SubJob* sub_job : input.sub_jobs) {
    if (sub_job->job_id == *input.record->job_id && (ours == nullptr || sub_job->end_time > ours->end_time)) {
      ours = sub_job;
    }
  }
  if (ours == nullptr || !ours->ended() || ours->end_time.empty()) return nullptr;
  for (const SubJob* sub_job : input.sub_jobs) {
    const bool comparable = sub_job->begin_time.size() == ours->end_time.size();
    if (sub_job->status == SubJobStatus::success && sub_job->job_id != ours->job_id && comparable &&
        sub_job->begin_time > ours->end_time) {
      return sub_job;
    }
  }
  return nullptr;
}

std::string image_text(const std::optional<ImageId>& image) {
  return image ? fmt::format("image {}", *image) : std::string("an image that the service does not show");
}

}  // namespace

Admission admit(const AdmissionInput& input) {
  const DesktopRecord* record = input.record;
  if (record != nullptr && record->status != DesktopStatus::ready && record->status != DesktopStatus::failed) {
    return Hold{HoldReason::busy, fmt::format("it is recorded as {}", name_of(record->status))};
  }
  if (input.live == nullptr) {
    return Hold{HoldReason::gone, "the service does not show it: deleted, or not visible to these credentials"};
  }
  const LiveDesktop& live = *input.live;
  const bool failed = record != nullptr && record->status == DesktopStatus::failed;

  if (input.open_sub_job != nullptr) {
    return Hold{HoldReason::busy, fmt::format("job {} is rebuilding it", input.open_sub_job->job_id)};
  }
  if (live.has_task()) {
    return Hold{HoldReason::busy, live.task_status.empty() ? std::string("a task runs on it")
                                                           : fmt::format("its task is {}", live.task_status)};
  }
  const bool suits = same_ignoring_case(live.status, "ACTIVE") || same_ignoring_case(live.status, "SHUTOFF") ||
                     (failed && same_ignoring_case(live.status, "ERROR"));
  if (!suits) {
    return Hold{HoldReason::error_status, live.status.empty() ? std::string("it has no status: it may be being deleted")
                                                              : fmt::format("its status is {}", live.status)};
  }
  if (live.frozen) return Hold{HoldReason::frozen, "it is frozen for billing"};
  if (is_one_of(live.attach_state, kAttaching)) {
    return Hold{HoldReason::busy, fmt::format("a user is being attached or detached ({})", live.attach_state)};
  }
  if (same_ignoring_case(live.desktop_type, "POOLED")) {
    return Hold{HoldReason::pooled, "it belongs to a desktop pool, which has a rebuild call of its own"};
  }

  const std::optional<ImageId>& seen = live.image_id;
  const bool shows_target = seen == input.target.image.image_id;
  if (failed) {
    const SubJob* success = shows_target ? later_success(input) : nullptr;
    if (success != nullptr) {
      return AlreadyRight{fmt::format("sub-job {} of another job rebuilt it after the failure", success->id)};
    }
  } else {
    const bool revision_to_change =
        record != nullptr && revision_differs(record->image.revision, input.target.revision);
    if (shows_target && !revision_to_change) return AlreadyRight{"the service shows the wanted image on it"};
    OptionalText<ImageId> expected = seen;
    if (input.planned_from) {
      expected = input.planned_from->image_id;
    } else if (record != nullptr) {
      expected = record->image.image_id;
    }
    if (!seen || (!shows_target && seen != expected)) {
      return Hold{HoldReason::drifted, fmt::format("it has {}, while the plan expects {}", image_text(seen),
                                                   expected ? image_text(expected) : std::string("to see one"))};
    }
  }
  if (input.conflict_statuses.contains(live.status)) {
    return Hold{HoldReason::conflict,
                fmt::format("the service refused another desktop in status {}; --resume tries again", live.status)};
  }
  if (input.sessions == SessionPolicy::skip) {
    if (std::optional<Hold> hold = in_use(live)) return *hold;
  }

  ImageState from{seen, std::nullopt, live.os_type, std::nullopt};
  if (record != nullptr && record->image.image_id == seen) from = record->image;
  return Admit{from};
}

}  // namespace gild
