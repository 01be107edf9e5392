// SPDX-License-Identifier: Apache-2.0
#include "tests/simulate/judge.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "engine/apply/job_tracker.hpp"

namespace gild::simulate {
namespace {

constexpr auto kJournal = "gild.state.json.journal";

bool contains(const std::vector<DesktopId>& ids, const DesktopId& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

void Judge::violate(std::string what) {
  world_.say(fmt::format("!! {}", what));
  violations_.push_back(std::move(what));
}

std::size_t Judge::site_of(const WorkspaceName& name) const {
  for (std::size_t site = 0; site < world_.sites.size(); ++site) {
    if (world_.sites[site]->workspace.name == name) return site;
  }
  return 0;
}

std::optional<std::size_t> Judge::group_of(const DesktopId& id, const Manifest& manifest) const {
  for (std::size_t group = 0; group < manifest.groups.size(); ++group) {
    const auto& desktops = manifest.groups[group].desktops;
    const auto found = std::lower_bound(desktops.begin(), desktops.end(), id,
                                        [](const DesktopEntry& entry, const DesktopId& key) { return entry.id < key; });
    if (found != desktops.end() && found->id == id) return group;
  }
  return std::nullopt;
}

const ServiceSubJob* Judge::sub_job_of(const Sent& sent, const DesktopId& id) const {
  if (!sent.job) return nullptr;
  for (const std::size_t index : sub_jobs_of(sent.site, id)) {
    const ServiceSubJob& sub_job = world_.sites[sent.site]->model().sub_jobs()[index];
    if (sub_job.shown.job_id == *sent.job) return &sub_job;
  }
  return nullptr;
}

const std::vector<std::size_t>& Judge::sub_jobs_of(std::size_t site, const DesktopId& id) const {
  static const std::vector<std::size_t> kNone;
  const std::vector<ServiceSubJob>& all = world_.sites[site]->model().sub_jobs();
  SubJobIndex& index = sub_job_indices_[site];
  for (; index.known < all.size(); ++index.known) index.of[all[index.known].shown.desktop_id].push_back(index.known);
  const auto found = index.of.find(id);
  return found == index.of.end() ? kNone : found->second;
}

const PlannedDesktop* Judge::planned(std::size_t site, const DesktopId& id) const {
  const auto key = std::tie(world_.sites[site]->workspace.name, id);
  const std::vector<PlannedDesktop>& desktops = order_.plan->desktops;
  const auto found =
      std::lower_bound(desktops.begin(), desktops.end(), key, [](const PlannedDesktop& desktop, const auto& wanted) {
        return std::tie(desktop.workspace, desktop.id) < wanted;
      });
  if (found == desktops.end() || std::tie(found->workspace, found->id) != key) return nullptr;
  return &*found;
}

std::optional<ImageId> Judge::on_disk(std::size_t site, const DesktopId& id) const {
  const ServiceModel& model = world_.sites[site]->model();
  std::optional<ImageId> image = World::kOld.image_id;
  ServiceInstant written{};
  for (const std::size_t index : sub_jobs_of(site, id)) {
    const ServiceSubJob& sub_job = model.sub_jobs()[index];
    if (!sub_job.ended && model.now() < sub_job.begins) continue;
    if (!sub_job.ended) return std::nullopt;
    const bool touched = sub_job.shown.error_code != "WKS.00010032" &&  // else denied: nothing happened
                         sub_job.fate.end != Fate::End::success_without_image;
    if (!touched || sub_job.ends < written) continue;
    written = sub_job.ends;
    image = sub_job.fate.end == Fate::End::success ? std::optional(sub_job.image.image_id) : std::nullopt;
  }
  return image;
}

bool Judge::touched_by_somebody(std::size_t site, const DesktopId& id, ServiceInstant since) const {
  const ServiceModel& model = world_.sites[site]->model();
  if (!model.desktops().contains(id)) return true;
  const std::vector<std::size_t>& indices = sub_jobs_of(site, id);
  return std::any_of(indices.begin(), indices.end(), [&](std::size_t index) {
    const ServiceSubJob& sub_job = model.sub_jobs()[index];
    return sub_job.request == 0 && (!sub_job.ended || sub_job.ends >= since);
  });
}

// --- While gild runs -------------------------------------------------------------------------------------------------

void Judge::begin_run(const RunOrder& order) {
  order_ = order;
  run_began_ = world_.sites.front()->model().now();
  to_be_safe_.reset();
  seen_.clear();
  seen_open_.clear();
  for (const DesktopGroup& group : order.manifest.groups) {
    const auto target = targets_.find(group.name);
    const bool another = target == targets_.end() || !same_target(target->second, group.target);
    if (another || order.resume) failures_[group.name].clear();
    if (another) most_failures_[group.name] = 0;
    targets_.insert_or_assign(group.name, group.target);
    // Frozen when a rollout began, so an earlier manifest's may still be in force.
    std::size_t& most = most_unavailable_[group.name];
    const std::size_t size = group.desktops.size();
    most = std::max(most, static_cast<std::size_t>(group.rollout.max_unavailable.resolve(size, 1)));
    std::size_t& most_failures = most_failures_[group.name];
    most_failures = std::max(most_failures, static_cast<std::size_t>(group.rollout.max_failures.resolve(size, 0)));
  }
}

void Judge::know_plan(const Plan& plan, const std::string& digest) {
  // Failures that did not pause a group end with its rollout; what paused it stays.
  if (digest != order_.plan_digest) {
    for (const DesktopGroup& group : order_.manifest.groups) {
      auto& failures = failures_[group.name];
      if (failures.size() <= most_failures_[group.name]) failures.clear();
    }
  }
  order_.plan = plan;
  order_.plan_digest = digest;
}

// What is sent before a plan is known, or without one, belongs to the run alone.
std::string Judge::plan_now() const {
  return order_.plan_digest.empty() ? fmt::format("run {}", order_.run) : order_.plan_digest;
}

// Where the answer was lost and somebody else's rebuild of this desktop began at that moment, nobody can tell the two
// apart, and gild may take that job for its own (contract 7, "Adopted").
bool Judge::may_be_taken_for_another(const Sent& sent, const DesktopId& id) const {
  return sent.answer != Sent::Answer::accepted && touched_by_somebody(sent.site, id, sent.at);
}

void Judge::before_call() {
  if (!to_be_safe_) return;
  if (world_.disk.durable(kJournal).find(to_be_safe_->str()) == std::string_view::npos) {
    violate(fmt::format("job id {} was not safe on the disk when the service was called again", *to_be_safe_));
  } else {
    safe_jobs_.insert(*to_be_safe_);
  }
  to_be_safe_.reset();
}

Sent& Judge::before_request(std::size_t site, const RebuildRequest& request) {
  before_call();
  Sent now;
  now.run = order_.run;
  now.site = site;
  now.desktops = request.desktop_ids;
  now.target.image = request.image;
  now.plan = plan_now();
  now.delay = delay_of(request.options);
  now.at = now.given_up = world_.sites[site]->model().now();
  if (!request.desktop_ids.empty()) {
    if (const auto group = group_of(request.desktop_ids.front(), order_.manifest)) {
      now.group = order_.manifest.groups[*group].name;
      now.target = order_.manifest.groups[*group].target;
    }
  }
  nothing_beyond_the_plan(now, request);
  no_second_request(now);
  not_against_what_it_saw(now);
  within_limits(now);
  not_after_failures(now);
  intent_is_safe(now);
  sent_.push_back(std::move(now));
  return sent_.back();
}

void Judge::after_request(Sent& sent, const Submission& answer) {
  sent.given_up = world_.sites[sent.site]->model().now();
  if (const auto* accepted = std::get_if<SubmissionAccepted>(&answer)) {
    sent.answer = Sent::Answer::accepted;
    if (sent.job) accepted_[{sent.site, *sent.job}] = static_cast<std::size_t>(&sent - sent_.data());
    to_be_safe_ = accepted->job;
  } else if (std::holds_alternative<SubmissionRefused>(answer)) {
    sent.answer = Sent::Answer::refused;
  } else if (std::holds_alternative<SubmissionConflict>(answer)) {
    sent.answer = Sent::Answer::conflict;
  } else if (std::holds_alternative<SubmissionNotExecuted>(answer)) {
    sent.answer = Sent::Answer::not_executed;
  } else {
    sent.answer = Sent::Answer::lost;
  }
}

void Judge::saw(std::size_t site, const SubJobLook& look) {
  for (const SubJob& sub_job : look.sub_jobs) {
    if (sub_job.status != SubJobStatus::failed) continue;
    const auto ours = accepted_.find({site, sub_job.job_id});
    if (ours == accepted_.end()) continue;
    const Sent& sent = sent_[ours->second];
    // Failures of an earlier rollout that did not pause the group no longer count.
    if (sent.plan != plan_now() || !contains(sent.desktops, sub_job.desktop_id)) continue;
    const auto target = targets_.find(sent.group);
    if (target == targets_.end() || !same_target(target->second, sent.target)) continue;
    failures_[sent.group].insert_or_assign(sub_job.desktop_id, sub_job.job_id);
  }
}

void Judge::saw_list(std::size_t site, const SubJobLook& look) {
  saw(site, look);
  std::erase_if(seen_open_, [&](const auto& desktop) { return desktop.first == site; });
  for (const SubJob& sub_job : look.sub_jobs) {
    if (!sub_job.ended()) seen_open_.emplace(site, sub_job.desktop_id);
  }
}

void Judge::saw(std::size_t site, const Inventory& inventory) {
  for (const auto& [id, live] : inventory.desktops) seen_.insert_or_assign({site, id}, live);
}

// Reading before acting: no desktop is wiped that was not read in this run, or that was seen in use, busy, being
// rebuilt, or on an image that the plan does not know.
void Judge::not_against_what_it_saw(const Sent& now) {
  const auto group = std::find_if(order_.manifest.groups.begin(), order_.manifest.groups.end(),
                                  [&](const DesktopGroup& candidate) { return candidate.name == now.group; });
  for (const DesktopId& id : now.desktops) {
    const auto seen = seen_.find({now.site, id});
    if (seen == seen_.end()) {
      violate(fmt::format("desktop {} was sent without having been read", id));
      continue;
    }
    const LiveDesktop& live = seen->second;
    if (live.has_task()) violate(fmt::format("desktop {} was sent although a task was seen on it", id));
    if (seen_open_.contains({now.site, id})) {
      violate(fmt::format("desktop {} was sent although a rebuild of it was seen to run", id));
    }
    const bool in_use = live.login_status == "CONNECTED" || live.login_status == "DISCONNECTED";
    if (in_use && group != order_.manifest.groups.end() && group->rollout.sessions == SessionPolicy::skip) {
      violate(fmt::format("desktop {} was sent although somebody was seen on it", id));
    }
    if (!order_.plan || !live.image_id || live.image_id == now.target.image.image_id) continue;
    const PlannedDesktop* desktop = planned(now.site, id);
    const bool ready_before = desktop != nullptr && desktop->action == Action::rebuild && desktop->from &&
                              desktop->from->image_id && desktop->reason.view().find("fail") == std::string::npos;
    if (ready_before && desktop->from->image_id != live.image_id) {
      violate(fmt::format("desktop {} was sent although it was seen on an image that the plan does not know", id));
    }
  }
}

// No double wipe: while a request for a desktop is open or undecided, no other one names it; and it is named again for
// the same target only where the rebuild before failed, or where somebody else wiped it since.
void Judge::no_second_request(const Sent& now) {
  for (const DesktopId& id : now.desktops) {
    for (auto before = sent_.rbegin(); before != sent_.rend(); ++before) {
      if (before->site != now.site || !contains(before->desktops, id) || before->settled.contains(id)) continue;
      const ServiceSubJob* sub_job = sub_job_of(*before, id);
      if (sub_job == nullptr) {
        const bool undecided = before->answer == Sent::Answer::none || before->answer == Sent::Answer::lost ||
                               before->answer == Sent::Answer::conflict;
        // A desktop that the 409 named was denied, and that is known.
        if (before->answer == Sent::Answer::conflict) continue;
        const auto proven = before->given_up + before->delay + world_.scenario().settle;
        // The service tells its time in whole seconds.
        if (undecided && now.at + std::chrono::seconds{1} < proven && !may_be_taken_for_another(*before, id)) {
          violate(fmt::format("desktop {} was sent again before the fate of the request before was decided", id));
        }
        continue;
      }
      if (!sub_job->ended) {
        violate(fmt::format("desktop {} was sent again while its rebuild was open", id));
        break;
      }
      const bool failed = sub_job->shown.status == SubJobStatus::failed;
      if (failed) {
        if (before->plan == now.plan) {
          violate(fmt::format("desktop {}, whose job had failed, was sent again by the same plan", id));
        }
      } else if (same_target(before->target, now.target) && !touched_by_somebody(now.site, id, sub_job->created)) {
        violate(fmt::format("desktop {} was wiped again for the same target", id));
      }
      break;  // what came before that one was judged then
    }
  }
}

void Judge::nothing_beyond_the_plan(const Sent& now, const RebuildRequest& request) {
  if (request.desktop_ids.empty()) return violate("a request without desktops");
  std::set<DesktopId> distinct;
  for (const DesktopId& id : request.desktop_ids) {
    const auto group = group_of(id, order_.manifest);
    if (!group || order_.manifest.groups[*group].name != now.group) {
      violate(fmt::format("a request for group \"{}\" named desktop {}, which is not in it", now.group, id));
      continue;
    }
    const DesktopGroup& wanted = order_.manifest.groups[*group];
    const auto entry = std::find_if(wanted.desktops.begin(), wanted.desktops.end(),
                                    [&](const DesktopEntry& candidate) { return candidate.id == id; });
    if (entry->protect || entry->excluded) violate(fmt::format("desktop {} is protected or excluded", id));
    if (request.image.image_id != wanted.target.image.image_id) {
      violate(fmt::format("desktop {} was sent onto an image that nobody wants", id));
    }
    if (site_of(wanted.workspace) != now.site) violate("a request went to another Workspace");
    if (!distinct.insert(id).second) violate("a request named a desktop twice");
    if (!order_.plan) continue;
    const PlannedDesktop* desktop = planned(site_of(wanted.workspace), id);
    const bool may_go =
        desktop != nullptr && (desktop->action == Action::rebuild || desktop->action == Action::in_progress);
    if (!may_go) violate(fmt::format("desktop {} was not to be rebuilt by the plan", id));
  }
}

void Judge::within_limits(const Sent& now) {
  const auto wanted = std::find_if(order_.manifest.groups.begin(), order_.manifest.groups.end(),
                                   [&](const DesktopGroup& group) { return group.name == now.group; });
  if (wanted == order_.manifest.groups.end()) return;
  const std::size_t batch =
      std::min<std::size_t>(static_cast<std::size_t>(wanted->rollout.batch_size), kMaxDesktopsPerRequest);
  if (now.desktops.size() > batch) {
    violate(fmt::format("{} desktops in one request, and batch_size is {}", now.desktops.size(), batch));
  }
  const Site& site = *world_.sites[now.site];
  std::size_t in_group = now.desktops.size();
  std::size_t in_workspace = now.desktops.size();
  for (const ServiceSubJob& sub_job : site.model().sub_jobs()) {
    if (sub_job.request == 0 || sub_job.ended) continue;
    const auto sent = std::find_if(sent_.begin(), sent_.end(), [&](const Sent& candidate) {
      return candidate.site == now.site && candidate.job == sub_job.shown.job_id;
    });
    if (sent == sent_.end() || sent->settled.contains(sub_job.shown.desktop_id)) continue;
    if (may_be_taken_for_another(*sent, sub_job.shown.desktop_id)) continue;
    // It hangs, and its record is gone: nothing tells of it any more, and a person has to decide.
    if (sub_job.forgotten && site.model().now() > sent->at + sent->delay + kFollowLimit) continue;
    ++in_workspace;
    if (sent->group == now.group) ++in_group;
  }
  const std::size_t most = most_unavailable_[now.group];
  if (in_group > most)
    violate(
        fmt::format("{} desktops of group {} under way at once, and max_unavailable is {}", in_group, now.group, most));
  if (in_workspace > static_cast<std::size_t>(site.workspace.max_in_flight)) {
    violate(fmt::format("{} desktops under way at once, and max_in_flight is {}", in_workspace,
                        site.workspace.max_in_flight));
  }
}

void Judge::not_after_failures(const Sent& now) {
  // A percentage is of the desktops that the plan rebuilds; of the whole group, as large as it ever was, it is no less.
  const std::size_t most = most_failures_[now.group];
  const std::size_t failures = failures_[now.group].size();
  if (failures > most) {
    violate(
        fmt::format("a new request for group {} after {} failures, and max_failures is {}", now.group, failures, most));
  }
}

// What is about to be done is on the disk, for good.
void Judge::intent_is_safe(const Sent& now) {
  const std::string_view journal = world_.disk.durable(kJournal);
  std::size_t line = journal.rfind("\"kind\":\"intended\"");
  if (line == std::string_view::npos) return violate("a request went out before its intent was safe on the disk");
  const std::string_view record = journal.substr(line, journal.find('\n', line) - line);
  for (const DesktopId& id : now.desktops) {
    if (record.find(fmt::format("\"{}\"", id)) == std::string_view::npos) {
      return violate(fmt::format("a request for desktop {} went out before its intent was safe on the disk", id));
    }
  }
}

// --- After it --------------------------------------------------------------------------------------------------------

void Judge::after_run(const ApplyReport* report, const State& state) {
  if (report != nullptr && order_.plan) {
    std::map<DesktopKey, const DesktopOutcome*> outcomes;
    for (const DesktopOutcome& outcome : report->desktops) outcomes[outcome.key] = &outcome;
    for (const PlannedDesktop& desktop : order_.plan->desktops) {
      const auto outcome = outcomes.find({desktop.workspace, desktop.id});
      if (outcome == outcomes.end()) {
        violate(fmt::format("desktop {} of the plan has no outcome", desktop.id));
        continue;
      }
      const DesktopEnd end = outcome->second->end;
      const std::size_t site = site_of(desktop.workspace);
      // What was under way before may have been for an earlier target; the plan says so, and the state knows which.
      const bool of_this_plan = desktop.action == Action::rebuild;
      if ((end != DesktopEnd::ready && end != DesktopEnd::already) || !of_this_plan || !desktop.to ||
          touched_by_somebody(site, desktop.id, run_began_)) {
        continue;
      }
      if (on_disk(site, desktop.id) != desktop.to->image_id) {
        violate(fmt::format("desktop {} was reported as {} and does not have the image", desktop.id, name_of(end)));
      }
    }
  }
  for (const auto& [key, record] : state.desktops) {
    const std::size_t site = site_of(key.workspace);
    if (record.status != DesktopStatus::ready || touched_by_somebody(site, key.id, kServiceEpoch)) continue;
    if (record.image.image_id != on_disk(site, key.id)) {
      violate(fmt::format("desktop {} is recorded as ready with an image that it does not have", key.id));
    }
  }
}

void Judge::jobs_are_recorded(const std::string& records) {
  for (const JobId& job : safe_jobs_) {
    if (records.find(job.str()) == std::string::npos) violate(fmt::format("job id {} is lost", job));
  }
}

void Judge::resolved_by_person(std::size_t site, const DesktopId& id) {
  for (Sent& sent : sent_) {
    if (sent.site == site && contains(sent.desktops, id)) sent.settled.insert(id);
  }
}

void Judge::at_the_end(const State& state, const Manifest& manifest, const std::map<DesktopKey, HoldReason>& held) {
  for (const auto& [number, intent] : state.intents) violate(fmt::format("request {} is open for ever", number));
  for (const DesktopGroup& group : manifest.groups) {
    const std::size_t site = site_of(group.workspace);
    for (const DesktopEntry& entry : group.desktops) {
      if (entry.protect || entry.excluded) continue;
      if (held.contains({group.workspace, entry.id})) continue;  // somebody was told why
      const DesktopRecord* record = state.find(group.workspace, entry.id);
      const bool ready = record != nullptr && record->status == DesktopStatus::ready &&
                         record->image.image_id == group.target.image.image_id;
      if (!ready) {
        violate(fmt::format("desktop {} never came to an end ({})", entry.id,
                            record == nullptr ? "not recorded" : name_of(record->status)));
      } else if (world_.sites[site]->model().desktops().contains(entry.id) &&
                 on_disk(site, entry.id) != group.target.image.image_id &&
                 !(touched_by_somebody(site, entry.id, kServiceEpoch) && !on_disk(site, entry.id))) {
        // Where somebody else's rebuild came to nothing, gild cannot know.
        violate(fmt::format("desktop {} is called ready at the end and does not have the image", entry.id));
      }
    }
  }
}

}  // namespace gild::simulate
