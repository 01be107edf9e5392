// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/settlement.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

using std::chrono::seconds;

// Where more records have ended than paging reaches, quiet is only believed over this span (contract 7).
constexpr seconds kBeyondReachSpacing = std::chrono::minutes{20};
// `Date` has whole seconds, cut off: a difference of n may be n − 1 and a bit.
constexpr seconds kDateResolution{1};

const Finding* finding_of(const Look& look, const DesktopId& id) {
  const auto found = std::find_if(look.findings.begin(), look.findings.end(),
                                  [&](const Finding& finding) { return finding.id == id; });
  return found == look.findings.end() ? nullptr : &*found;
}

// The moment from which invisibility is counted: the answer had been given up before the first look was made.
std::optional<Time> counted_from(const Intent& intent) {
  if (intent.looks.empty()) return std::nullopt;
  const Time given_up = intent.looks.front().time;
  return intent.service_time ? std::max(*intent.service_time, given_up) : given_up;
}

std::optional<Time> due_time(const Intent& intent, seconds invisible) {
  const std::optional<Time> from = counted_from(intent);
  if (!from) return std::nullopt;
  return *from + invisible + kDateResolution;
}

// The job of a sub-job that some look showed for it; nullopt: none ever did.
std::optional<JobId> job_once_seen(const Intent& intent, const DesktopId& id) {
  for (const Look& look : intent.looks) {
    const Finding* finding = finding_of(look, id);
    if (finding != nullptr && !finding->new_sub_jobs.empty()) return finding->new_sub_jobs.front().second;
  }
  return std::nullopt;
}

// The looks since the last one in which `agrees` did not hold, oldest first.
template <class Predicate>
std::vector<const Look*> unbroken_looks(const Intent& intent, Predicate agrees) {
  std::vector<const Look*> run;
  for (const Look& look : intent.looks) {
    if (agrees(look)) {
      run.push_back(&look);
    } else if (look.completeness != LookCompleteness::incomplete) {
      run.clear();
    }
  }
  return run;
}

// Two of these looks, far enough apart, the last of them after `due`.
bool two_apart(const std::vector<const Look*>& looks, Time due, seconds spacing) {
  return looks.size() >= 2 && looks.back()->time >= due && looks.back()->time - looks.front()->time >= spacing;
}

bool may_be_proven_quiet(const Intent& intent, const IntentDesktop& desktop) {
  return desktop.from.image_id && *desktop.from.image_id != intent.target.image.image_id &&
         !job_once_seen(intent, desktop.id);
}

bool proven_not_received(const Intent& intent, const IntentDesktop& desktop, Time due, seconds spacing) {
  if (!may_be_proven_quiet(intent, desktop)) return false;
  const auto quiet = [&](const Look& look) { return finding_of(look, desktop.id) == nullptr; };
  const auto complete = unbroken_looks(
      intent, [&](const Look& look) { return look.completeness == LookCompleteness::complete && quiet(look); });
  if (two_apart(complete, due, spacing)) return true;
  const auto late = unbroken_looks(intent, [&](const Look& look) {
    return look.completeness != LookCompleteness::incomplete && quiet(look) && look.time >= due;
  });
  return two_apart(late, due, kBeyondReachSpacing);
}

// Two looks after `due` that show the same image without a task.
bool shows_for_sure(const Intent& intent, const DesktopId& id, const ImageId& image, Time due, seconds spacing) {
  const auto looks = unbroken_looks(intent, [&](const Look& look) {
    if (look.completeness == LookCompleteness::incomplete || look.time < due) return false;
    const Finding* finding = finding_of(look, id);
    return finding != nullptr && !finding->task && !finding->missing && finding->image_id == image;
  });
  return two_apart(looks, due, spacing);
}

// What cannot be: some two late looks agree on an end that neither "executed" nor "not received" explains.
std::optional<std::string> contradiction(const Intent& intent, const IntentDesktop& desktop, Time due,
                                         seconds spacing) {
  if (const auto job = job_once_seen(intent, desktop.id)) {
    const auto quiet = unbroken_looks(intent, [&](const Look& look) {
      return look.completeness != LookCompleteness::incomplete && look.time >= due &&
             finding_of(look, desktop.id) == nullptr;
    });
    if (two_apart(quiet, due, spacing)) {
      return fmt::format("the answer was lost, and job {} named the desktop since; its records have vanished", *job);
    }
  }
  const auto late = unbroken_looks(intent, [&](const Look& look) {
    const Finding* finding = finding_of(look, desktop.id);
    return look.completeness != LookCompleteness::incomplete && look.time >= due && finding != nullptr &&
           !finding->task && finding->image_id != intent.target.image.image_id;
  });
  if (!two_apart(late, due, spacing)) return std::nullopt;
  const Finding& last = *finding_of(*late.back(), desktop.id);
  if (last.missing) return "the answer was lost, and the service no longer shows the desktop";
  if (!last.new_sub_jobs.empty()) {
    return fmt::format("the answer was lost, and job {} named the desktop since; whose it is cannot be told",
                       last.new_sub_jobs.front().second);
  }
  if (last.image_id) {
    return fmt::format(
        "the answer was lost, and the desktop now has image {}, which is neither the old nor the wanted one",
        *last.image_id);
  }
  return "the answer was lost, and the service does not show the desktop's image";
}

// The full look of a run may be old when a request goes out: somebody's rebuild may have begun and ended in between.
// Its times are believed where they say so; they only ever keep a job from being adopted.
bool began_before(const SubJob& sub_job, const Intent& intent) {
  const std::optional<Time> began = parse_time(sub_job.begin_time);
  return began && intent.service_time && *began + kDateResolution < *intent.service_time;
}

// Jobs that earlier looks showed for these desktops and that the list no longer has: their records vanished.
std::set<JobId> vanished_jobs(const SettleInput& input) {
  std::set<JobId> listed;
  for (const SubJob& sub_job : input.sub_jobs.sub_jobs) listed.insert(sub_job.job_id);
  std::set<JobId> vanished;
  for (const Look& look : input.intent.looks) {
    for (const Finding& finding : look.findings) {
      for (const auto& [sub_job, job] : finding.new_sub_jobs) {
        if (!listed.contains(job) && !input.is_another_job_of_ours(job)) vanished.insert(job);
      }
    }
  }
  return vanished;
}

// May a rebuild of these desktops still run, or still show itself? Where the answers have no Date, only the first.
bool may_be_under_way(const SettleInput& input, const std::set<SubJobId>& known, const std::optional<Time>& due) {
  if (input.sub_jobs.completeness == LookCompleteness::incomplete) return true;
  if (due && input.intent.looks.back().time < *due) return true;
  return std::any_of(input.intent.desktops.begin(), input.intent.desktops.end(), [&](const IntentDesktop& desktop) {
    const auto live = input.inventory.desktops.find(desktop.id);
    if (live != input.inventory.desktops.end() && live->second.has_task()) return true;
    return std::any_of(input.sub_jobs.sub_jobs.begin(), input.sub_jobs.sub_jobs.end(), [&](const SubJob& sub_job) {
      return sub_job.desktop_id == desktop.id && !sub_job.ended() && !known.contains(sub_job.id);
    });
  });
}

}  // namespace

seconds invisible_for(const Intent& intent, std::chrono::minutes todays_delay, seconds todays_settle) {
  return std::max<seconds>(delay_of(intent.options), todays_delay) + std::max(intent.settle, todays_settle);
}

seconds look_spacing(seconds settle) {
  return std::min(seconds{60}, std::max(settle / 2, seconds{1}));
}

std::optional<Look> make_look(const Intent& intent, const SubJobLook& sub_jobs, const Inventory& inventory) {
  if (!sub_jobs.service_time || !inventory.service_time) return std::nullopt;
  Look look{std::min(*sub_jobs.service_time, *inventory.service_time), sub_jobs.completeness, {}};
  const std::set<SubJobId> known(intent.known_sub_jobs.begin(), intent.known_sub_jobs.end());
  std::map<DesktopId, std::vector<const SubJob*>> fresh;
  for (const SubJob& sub_job : sub_jobs.sub_jobs) {
    if (!known.contains(sub_job.id)) fresh[sub_job.desktop_id].push_back(&sub_job);
  }
  for (const IntentDesktop& desktop : intent.desktops) {
    Finding finding;
    finding.id = desktop.id;
    if (const auto found = fresh.find(desktop.id); found != fresh.end()) {
      for (const SubJob* sub_job : found->second) {
        finding.new_sub_jobs.emplace_back(sub_job->id, sub_job->job_id);
        if (!sub_job->ended()) finding.task = fmt::format("sub-job {} is {}", sub_job->id, sub_job->status_text);
      }
      std::sort(finding.new_sub_jobs.begin(), finding.new_sub_jobs.end());
    }
    const auto live = inventory.desktops.find(desktop.id);
    if (live == inventory.desktops.end()) {
      finding.missing = true;
    } else {
      if (live->second.has_task()) {
        finding.task = live->second.task_status.empty() ? std::string("a task runs") : live->second.task_status;
      }
      if (live->second.image_id != desktop.from.image_id) finding.image_id = live->second.image_id;
    }
    const bool image_vanished = !finding.missing && !live->second.image_id;
    // An image that is no longer shown is out of the ordinary too; such a desktop must not pass for quiet.
    if (!finding.new_sub_jobs.empty() || finding.task || finding.missing || finding.image_id || image_vanished) {
      look.findings.push_back(std::move(finding));
    }
  }
  return look;
}

Settlement settle(const SettleInput& input) {
  const Intent& intent = input.intent;
  Settlement result;

  // Candidates: sub-jobs that were not known before the request, of a job that is no other request's.
  const std::set<SubJobId> known(intent.known_sub_jobs.begin(), intent.known_sub_jobs.end());
  const std::set<DesktopId> asked_for(intent.asked_for.begin(), intent.asked_for.end());
  std::map<DesktopId, std::vector<const SubJob*>> candidates;
  std::map<JobId, bool> is_ours;
  for (const SubJob& sub_job : input.sub_jobs.sub_jobs) {
    const bool open_here = std::any_of(intent.desktops.begin(), intent.desktops.end(),
                                       [&](const IntentDesktop& desktop) { return desktop.id == sub_job.desktop_id; });
    if (!open_here || known.contains(sub_job.id) || input.is_another_job_of_ours(sub_job.job_id)) continue;
    // Ended when first seen: it may be older than the request unless the look before it had shown everything.
    if (sub_job.ended() && (!intent.known_complete || began_before(sub_job, intent))) continue;
    const auto [judged, first] = is_ours.try_emplace(sub_job.job_id, false);
    if (first) {
      const SubJobLook whole = input.sub_jobs_of(sub_job.job_id);
      judged->second = whole.completeness == LookCompleteness::complete && !whole.sub_jobs.empty() &&
                       std::all_of(whole.sub_jobs.begin(), whole.sub_jobs.end(),
                                   [&](const SubJob& other) { return asked_for.contains(other.desktop_id); });
    }
    if (judged->second) candidates[sub_job.desktop_id].push_back(&sub_job);
  }
  std::set<JobId> jobs(intent.adopted_jobs.begin(), intent.adopted_jobs.end());
  for (const auto& [id, sub_jobs] : candidates) {
    for (const SubJob* sub_job : sub_jobs) jobs.insert(sub_job->job_id);
  }
  if (!jobs.empty()) jobs.merge(vanished_jobs(input));
  const std::optional<Time> due = due_time(intent, input.invisible);
  if (jobs.size() > 1) {
    // Which of them it is nobody can tell, but one may be wiping these disks now: while it may, they are under way.
    if (may_be_under_way(input, known, due)) return result;
    for (const IntentDesktop& desktop : intent.desktops) {
      result.unknown.emplace_back(
          desktop.id, fmt::format("the answer was lost, and two jobs ({} and {}) may be its own", *jobs.begin(),
                                  *std::next(jobs.begin())));
    }
    return result;
  }

  // A list with gaps may hide a second candidate. The next look shows the first one again.
  if (!candidates.empty() && input.sub_jobs.completeness == LookCompleteness::incomplete) return result;

  for (const IntentDesktop& desktop : intent.desktops) {
    if (const auto found = candidates.find(desktop.id); found != candidates.end()) {
      result.adopted.push_back({desktop.id, found->second.front()->id, found->second.front()->job_id});
      continue;
    }
    if (!due) continue;
    const bool new_image = desktop.from.image_id != intent.target.image.image_id;
    const auto live = input.inventory.desktops.find(desktop.id);
    const bool in_error = live != input.inventory.desktops.end() && same_ignoring_case(live->second.status, "ERROR");
    if (proven_not_received(intent, desktop, *due, input.spacing)) {
      // A rebuild that failed may leave the old image on show and no record. What is broken now and was not before has
      // been through something.
      if (in_error && desktop.status_before != DesktopStatus::failed) {
        result.unknown.emplace_back(desktop.id, "the answer was lost, and the desktop's status is ERROR since");
      } else {
        result.not_received.push_back(desktop.id);
      }
    } else if (new_image && shows_for_sure(intent, desktop.id, intent.target.image.image_id, *due, input.spacing)) {
      // The image may be shown after a failure too (W 9.4); a desktop that does not work is not called ready by it.
      if (in_error) {
        result.unknown.emplace_back(desktop.id,
                                    "the answer was lost; the desktop shows the wanted image, but its status is ERROR");
      } else {
        result.ready.push_back(desktop.id);
      }
    } else if (auto reason = contradiction(intent, desktop, *due, input.spacing)) {
      result.unknown.emplace_back(desktop.id, std::move(*reason));
    }
  }
  return result;
}

std::optional<seconds> time_to_proof(const Intent& intent, seconds invisible, seconds spacing) {
  const std::optional<Time> due = due_time(intent, invisible);
  const bool provable = std::any_of(intent.desktops.begin(), intent.desktops.end(),
                                    [&](const IntentDesktop& desktop) { return may_be_proven_quiet(intent, desktop); });
  if (!due || !provable) return std::nullopt;
  const Look& last = intent.looks.back();
  if (last.completeness == LookCompleteness::incomplete) return std::max(*due - last.time, spacing);
  if (last.completeness == LookCompleteness::ended_beyond_reach) {
    const Time first = std::max(*due, intent.looks.front().time);
    return first + kBeyondReachSpacing - last.time;
  }
  const seconds until_due = *due - last.time;
  return last.time == intent.looks.front().time ? std::max(until_due, spacing) : until_due;
}

}  // namespace gild
