// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/verdict.hpp"

#include <fmt/format.h>

namespace gild {
namespace {

// "job J", or what to say where none is recorded.
std::string job_of(const DesktopRecord& record, std::string_view otherwise) {
  return record.job_id ? fmt::format("job {}", *record.job_id) : std::string(otherwise);
}

std::string describe(const Target& target) {
  return target.revision ? fmt::format("image {}, revision \"{}\"", target.image.image_id, *target.revision)
                         : fmt::format("image {}", target.image.image_id);
}

// Taking a revision out of a manifest, or setting a first one, asks for nothing (contract 6).
bool wants_another(const Target& wanted, const Target& under_way) {
  return wanted.image.image_id != under_way.image.image_id || revision_differs(under_way.revision, wanted.revision);
}

Verdict judge_open(const Target& target, const DesktopRecord* record) {
  std::string reason;
  if (record != nullptr && record->status == DesktopStatus::rebuilding) {
    reason = fmt::format("{} is rebuilding it", job_of(*record, "a job"));
  } else {
    reason = "a request was sent for it and its fate is not established yet";
  }
  if (record != nullptr && record->target && wants_another(target, *record->target)) {
    reason += fmt::format("; that one is to {}, and another target is wanted since: plan again when it has ended",
                          describe(*record->target));
  }
  return {Action::in_progress, std::move(reason)};
}

Verdict judge_ready(const Target& target, const ImageState& recorded) {
  const bool revision = revision_differs(recorded.revision, target.revision);
  if (!recorded.image_id) return {Action::rebuild, "its image is not known"};
  if (*recorded.image_id != target.image.image_id) {
    return {Action::rebuild, revision ? "image and revision differ" : "image differs"};
  }
  if (revision) return {Action::rebuild, "revision differs"};
  return {};
}

Verdict judge_failed(const DesktopRecord& record) {
  std::string reason = record.job_id ? fmt::format("job {} failed", *record.job_id) : std::string("its rebuild failed");
  if (record.reason) reason += fmt::format(": {}", *record.reason);
  return {Action::rebuild, std::move(reason)};
}

Verdict judge_doubtful(const DesktopEntry& entry, const DesktopRecord& record) {
  std::string reason = fmt::format("{} after {}", name_of(record.status), job_of(record, "its rebuild"));
  if (record.reason) reason += fmt::format(": {}", *record.reason);
  reason +=
      fmt::format("; look at it, then: gild state resolve {} --as ready|failed|not-received --reason TEXT", entry.id);
  return {Action::held, std::move(reason)};
}

Verdict judge_unrestrained(const DesktopEntry& entry, const Target& target, const DesktopRecord* record, bool open) {
  // Unknown while its job is open: it ran out of time, and is looked at rather than waited for.
  const bool overdue = record != nullptr && record->status == DesktopStatus::unknown;
  if (open && !overdue) return judge_open(target, record);
  if (record == nullptr) return {Action::rebuild, "never seen"};
  switch (record->status) {
    case DesktopStatus::ready:
      return judge_ready(target, record->image);
    case DesktopStatus::rebuilding:
    case DesktopStatus::settling:
      return judge_open(target, record);
    case DesktopStatus::failed:
      return judge_failed(*record);
    case DesktopStatus::unhealthy:
    case DesktopStatus::unknown:
      break;
  }
  return judge_doubtful(entry, *record);
}

}  // namespace

Verdict judge(const DesktopEntry& entry, const Target& target, const DesktopRecord* record, bool open) {
  Verdict verdict = judge_unrestrained(entry, target, record, open);
  if (!entry.protect && !entry.excluded) return verdict;
  // Nothing new is sent for it, and where its fate turns out to be "not received" it does not go again. What it is kept
  // from, or what is under way all the same, stays in the reason: a plan that says only "protected" of a desktop which
  // is being wiped would not be true.
  const std::string_view word = entry.protect ? "protected" : "excluded";
  if (!verdict.action) return {entry.protect ? Action::protect : Action::exclude, std::string(word)};
  std::string reason = fmt::format("{}; {}", word, verdict.reason);
  if (verdict.action == Action::in_progress) reason += "; a rebuild that was requested cannot be called back";
  return {entry.protect ? Action::protect : Action::exclude, std::move(reason)};
}

}  // namespace gild
