// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/follower.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace gild {
namespace {

std::chrono::seconds spacing_of(const Workspace& workspace) {
  return look_spacing(workspace.settle);
}

std::vector<DesktopId> ids_of(const Intent& intent) {
  std::vector<DesktopId> ids;
  for (const IntentDesktop& desktop : intent.desktops) ids.push_back(desktop.id);
  return ids;
}

bool shows_failure(const SubJobLook& look, const JobId& job) {
  return std::any_of(look.sub_jobs.begin(), look.sub_jobs.end(), [&](const SubJob& sub_job) {
    return sub_job.job_id == job && sub_job.status == SubJobStatus::failed;
  });
}

}  // namespace

Follower::Follower(const ApplyDeps& deps, SettleRule rule, std::map<GroupName, std::chrono::minutes> delays)
    : deps_(deps), rule_(rule), delays_(std::move(delays)) {}

bool Follower::has_open(const WorkspaceName& workspace) const {
  const State& state = deps_.journal.state();
  return std::any_of(state.jobs.begin(), state.jobs.end(),
                     [&](const auto& entry) { return entry.second.workspace == workspace; }) ||
         std::any_of(state.intents.begin(), state.intents.end(),
                     [&](const auto& entry) { return entry.second.workspace == workspace; });
}

std::chrono::seconds Follower::invisible(const Intent& intent, const Workspace& workspace) const {
  const auto found = delays_.find(intent.group);
  return invisible_for(intent, found == delays_.end() ? std::chrono::minutes{0} : found->second, workspace.settle);
}

void Follower::finish(Finished finished) {
  if (finished.desktops.empty()) return;
  deps_.journal.append(finished);
  for (const FinishedDesktop& desktop : finished.desktops) {
    // Whoever watches is told what the desktop is recorded as.
    const Outcome outcome = desktop.outcome == Outcome::overdue ? Outcome::unknown : desktop.outcome;
    deps_.observer.on(event::DesktopFinished{finished.group, desktop.id, outcome, desktop.reason, finished.job});
  }
}

void Follower::mark_crashed_intents(const WorkspaceName& workspace) {
  std::vector<std::int64_t> crashed;
  for (const auto& [number, intent] : deps_.journal.state().intents) {
    if (intent.workspace == workspace && !intent.lost) crashed.push_back(number);
  }
  for (const std::int64_t number : crashed) {
    const Intent& intent = deps_.journal.state().intents.at(number);
    const event::RequestLost lost{intent.group, intent.batch,
                                  "the run that sent it ended before an answer was recorded", ids_of(intent)};
    deps_.journal.append(Lost{number, lost.why, {}});
    deps_.observer.on(lost);
  }
}

void Follower::look_at_given_up(WorkspaceSession& session, std::stop_token stop) {
  const WorkspaceName& name = session.workspace().name;
  struct GivenUp {
    DesktopId id;
    GroupName group;
    Target target;
    std::optional<JobId> job;
    bool unhealthy;
  };
  std::vector<GivenUp> given_up;
  std::set<JobId> jobs;
  const State& state = deps_.journal.state();
  for (auto entry = state.desktops.lower_bound({name, DesktopId{}});
       entry != state.desktops.end() && entry->first.workspace == name; ++entry) {
    const DesktopRecord& record = entry->second;
    const bool unhealthy = record.status == DesktopStatus::unhealthy;
    // Overdue ones are looked at with the open jobs.
    const bool unknown = record.status == DesktopStatus::unknown && record.job_id && !state.open_job_of(entry->first);
    if ((!unhealthy && !unknown) || !record.target) continue;
    given_up.push_back({entry->first.id, record.group.value_or(GroupName{}), *record.target, record.job_id, unhealthy});
    if (!unhealthy) jobs.insert(*record.job_id);
  }
  if (given_up.empty()) return;

  std::map<std::pair<JobId, DesktopId>, FinishedDesktop> job_says;
  for (const JobId& id : jobs) {
    Job job;
    job.id = id;
    job.accepted_at = session.service_time_or_ours();
    for (const GivenUp& desktop : given_up) {
      if (desktop.job == id) job.desktops.push_back({desktop.id, std::nullopt, true});
    }
    const SubJobLook look = session.sub_jobs_of(id, stop);
    const JobNews news = read_job_news(job, look, job.accepted_at);
    for (const DesktopId& succeeded : news.succeeded) {
      job_says.insert({{id, succeeded}, {succeeded, Outcome::ready, std::nullopt}});
    }
    for (const FinishedDesktop& ended : news.ended) job_says.insert({{id, ended.id}, ended});
  }

  std::vector<DesktopId> to_read;
  for (const GivenUp& desktop : given_up) {
    const auto said = desktop.job ? job_says.find({*desktop.job, desktop.id}) : job_says.end();
    if (desktop.unhealthy || (said != job_says.end() && said->second.outcome == Outcome::ready)) {
      to_read.push_back(desktop.id);
    }
  }
  const Inventory inventory = to_read.empty() ? Inventory{} : session.desktops(to_read, stop);
  for (const GivenUp& desktop : given_up) {
    Finished finished{name, desktop.group, desktop.job, 0, desktop.target, {}, "read again after it had been given up"};
    const auto live = inventory.desktops.find(desktop.id);
    const auto said = desktop.job ? job_says.find({*desktop.job, desktop.id}) : job_says.end();
    const Time now = session.service_time_or_ours();
    if (live != inventory.desktops.end() && verify(desktop.target, &live->second, now, now).health == Health::ready) {
      finished.desktops.push_back({desktop.id, Outcome::ready, std::nullopt});
    } else if (!desktop.unhealthy && said != job_says.end() && said->second.outcome == Outcome::failed) {
      finished.desktops.push_back(said->second);
    }
    finish(std::move(finished));
  }
  deps_.journal.sync();
}

std::vector<ReturnedDesktops> Follower::follow(WorkspaceSession& session, std::stop_token stop) {
  const Instant now = deps_.clock.instant();
  if (now >= session.next_follow) {
    session.next_follow = now + session.workspace().poll;
    poll_jobs(session, stop);
    verify_desktops(session, stop);
  }
  std::vector<ReturnedDesktops> returned;
  if (now >= session.next_settle) returned = settle_intents(session, stop);
  // Outcomes ride on one sync: they could be found again.
  deps_.journal.sync();
  return returned;
}

std::vector<JobId> Follower::running_jobs(const WorkspaceName& workspace) const {
  std::vector<JobId> running;
  for (const auto& [key, job] : deps_.journal.state().jobs) {
    const bool any = std::any_of(job.desktops.begin(), job.desktops.end(),
                                 [](const JobDesktop& desktop) { return !desktop.verifying_since; });
    if (job.workspace == workspace && any) running.push_back(job.id);
  }
  return running;
}

void Follower::take_all_news(WorkspaceSession& session, const std::vector<JobId>& jobs, const SubJobLook& all,
                             std::stop_token stop) {
  std::map<JobId, SubJobLook> looks;
  for (const SubJob& sub_job : all.sub_jobs) looks[sub_job.job_id].sub_jobs.push_back(sub_job);
  for (const JobId& id : jobs) {
    SubJobLook& look = looks[id];
    look.completeness = all.completeness;
    look.service_time = all.service_time;
    take_news(session, id, look, stop);
  }
}

void Follower::poll_jobs(WorkspaceSession& session, std::stop_token stop) {
  std::vector<JobId> running = running_jobs(session.workspace().name);
  // One list of what is open tells which jobs have news. Where many have, the list of everything takes fewer calls than
  // asking for each; where it is a single call, it comes first.
  const std::optional<std::size_t> calls = session.calls_of_full_look();
  if (running.size() > 1 && calls != 1) drop_without_news(session, running, stop);
  if (running.size() > 1 && calls && running.size() > *calls) {
    const SubJobLook all = session.new_full_look(stop);
    if (all.completeness == LookCompleteness::complete) return take_all_news(session, running, all, stop);
  }
  for (const JobId& id : running) take_news(session, id, session.sub_jobs_of(id, stop), stop);
}

const Job& Follower::open_job(const WorkspaceSession& session, const JobId& id) const {
  return deps_.journal.state().jobs.at({id, session.workspace().name});
}

void Follower::drop_without_news(WorkspaceSession& session, std::vector<JobId>& running, std::stop_token stop) {
  const SubJobLook* open = session.open_look(stop);
  if (open == nullptr) return;
  std::map<JobId, std::size_t> counts;
  for (const SubJob& sub_job : open->sub_jobs) ++counts[sub_job.job_id];
  std::erase_if(running, [&](const JobId& id) {
    const auto before = session.open_counts.find(id);
    const std::size_t count = counts[id];
    const Job& job = open_job(session, id);
    // Once the time is up, the desktops that it is up for are news themselves.
    const bool in_time = session.service_time_or_ours() <= job.accepted_at + job.delay + kFollowLimit ||
                         job.overdue() == job.desktops.size();
    const bool no_news = count > 0 && before != session.open_counts.end() && before->second == count && in_time;
    session.open_counts[id] = count;
    return no_news;
  });
}

void Follower::take_news(WorkspaceSession& session, const JobId& id, const SubJobLook& look, std::stop_token stop) {
  const Job job = open_job(session, id);
  const Time now = session.service_time_or_ours();
  const JobNews news = read_job_news(job, look, now);
  if (!news.succeeded.empty()) deps_.journal.append(Verifying{job.key(), news.succeeded, now});
  const std::size_t failed = news.ended.size();
  finish({job.workspace, job.group, id, 0, job.target, news.ended, "sub-jobs of its job"});
  deps_.observer.on(event::JobProgress{job.group, id, news.waiting, news.running, news.succeeded.size(), failed});

  if (!news.ask_for_overall_job || !deps_.journal.state().jobs.contains(job.key())) return;
  const JobSummary overall = session.job(id, stop);
  if (!overall.found && !job.vanished_since) deps_.journal.append(JobMissed{job.key(), now});
  std::optional<std::chrono::seconds> missed_for;
  if (!overall.found && job.vanished_since) missed_for = now - *job.vanished_since;
  // An accepted rebuild may stay invisible for settle_seconds: what is missing may still come.
  if (overall.found && now < job.accepted_at + job.delay + session.workspace().settle) return;
  // The list was read before the job had ended; a sub-job that came in between must not be overlooked.
  const SubJobLook last = overall.found && overall.ended ? session.sub_jobs_of(id, stop) : look;
  const Job still_open = open_job(session, id);
  const auto ended = judge_missing(still_open, last, overall, missed_for, spacing_of(session.workspace()), now);
  finish({job.workspace, job.group, id, 0, job.target, ended, "the overall job"});
}

void Follower::verify_desktops(WorkspaceSession& session, std::stop_token stop) {
  const WorkspaceName& name = session.workspace().name;
  std::vector<DesktopId> ids;
  for (const auto& [key, job] : deps_.journal.state().jobs) {
    if (job.workspace != name) continue;
    for (const JobDesktop& desktop : job.desktops) {
      if (desktop.verifying_since) ids.push_back(desktop.id);
    }
  }
  if (ids.empty()) return;
  const Inventory inventory = session.desktops(ids, stop);
  const Time now = inventory.service_time.value_or(deps_.clock.now());
  std::vector<Finished> all;
  for (const auto& [key, job] : deps_.journal.state().jobs) {
    if (job.workspace != name) continue;
    Finished finished{name, job.group, job.id, 0, job.target, {}, "sub-job SUCCESS, then a read of the desktop"};
    for (const JobDesktop& desktop : job.desktops) {
      if (!desktop.verifying_since) continue;
      const auto live = inventory.desktops.find(desktop.id);
      const Verdict verdict =
          verify(job.target, live == inventory.desktops.end() ? nullptr : &live->second, *desktop.verifying_since, now);
      if (verdict.health == Health::ready) finished.desktops.push_back({desktop.id, Outcome::ready, std::nullopt});
      if (verdict.health == Health::unhealthy) {
        finished.desktops.push_back({desktop.id, Outcome::unhealthy, verdict.reason});
      }
    }
    all.push_back(std::move(finished));
  }
  for (Finished& finished : all) finish(std::move(finished));
}

void Follower::take_settlement(WorkspaceSession& session, const Intent& intent, const Settlement& settlement,
                               std::vector<ReturnedDesktops>& returned) {
  std::map<JobId, Adopted> adoptions;
  for (const AdoptedDesktop& desktop : settlement.adopted) {
    Adopted& record = adoptions.try_emplace(desktop.job, Adopted{intent.number, desktop.job, {}, {}, {}}).first->second;
    record.desktops.push_back(desktop.id);
    record.sub_jobs.push_back(desktop.sub_job);
    record.time = session.service_time_or_ours();
  }
  for (const auto& [job, record] : adoptions) {
    deps_.journal.append(record);
    deps_.journal.sync();  // a job id is never lost again
    deps_.observer.on(event::RequestAdopted{intent.group, intent.batch, job, record.desktops});
    session.next_follow = deps_.clock.instant();
  }
  Finished finished{session.workspace().name,   intent.group, std::nullopt, intent.number, intent.target, {},
                    "looks after a lost answer"};
  for (const DesktopId& id : settlement.ready) finished.desktops.push_back({id, Outcome::ready, std::nullopt});
  for (const auto& [id, reason] : settlement.unknown) finished.desktops.push_back({id, Outcome::unknown, reason});
  finish(std::move(finished));
  if (!settlement.not_received.empty()) {
    const auto waited = invisible(intent, session.workspace());
    deps_.journal.append(NotReceived{
        intent.number, settlement.not_received,
        fmt::format("complete looks showed no new sub-job, no task and the image from before, more than {} s after the "
                    "answer was given up",
                    waited.count())});
    deps_.journal.sync();
    deps_.observer.on(event::RequestNotReceived{intent.group, intent.batch, settlement.not_received});
    returned.push_back({intent.group, intent.batch, intent.target, intent.options, settlement.not_received});
  }
}

std::vector<ReturnedDesktops> Follower::settle_intents(WorkspaceSession& session, std::stop_token stop) {
  const WorkspaceName& name = session.workspace().name;
  std::vector<std::int64_t> numbers;
  std::vector<DesktopId> ids;
  for (const auto& [number, intent] : deps_.journal.state().intents) {
    if (intent.workspace != name) continue;
    numbers.push_back(number);
    for (const IntentDesktop& desktop : intent.desktops) ids.push_back(desktop.id);
  }
  if (numbers.empty()) return {};

  const SubJobLook sub_jobs = session.new_full_look(stop);
  // What it tells of other jobs comes first: a failure may pause the group whose desktops are about to go again.
  // Also out of a list with gaps: a failure that was seen once must count, even where the next list leaves it out.
  std::vector<JobId> with_news = running_jobs(name);
  if (sub_jobs.completeness != LookCompleteness::complete) {
    std::erase_if(with_news, [&](const JobId& id) { return !shows_failure(sub_jobs, id); });
  }
  take_all_news(session, with_news, sub_jobs, stop);
  const Inventory inventory = session.desktops(ids, stop);
  std::vector<ReturnedDesktops> returned;
  for (const std::int64_t number : numbers) {
    if (std::optional<Look> look = make_look(deps_.journal.state().intents.at(number), sub_jobs, inventory)) {
      deps_.journal.append(Looked{number, std::move(*look)});
    }
    const Intent intent = deps_.journal.state().intents.at(number);
    const std::set<JobId> adopted(intent.adopted_jobs.begin(), intent.adopted_jobs.end());
    const auto is_another = [&](const JobId& job) {
      if (adopted.contains(job)) return false;
      if (deps_.journal.state().jobs.contains({job, name})) return true;
      return std::any_of(intent.desktops.begin(), intent.desktops.end(),
                         [&](const IntentDesktop& desktop) { return desktop.job_before == job; });
    };
    Settlement settlement =
        settle({intent, sub_jobs, inventory, invisible(intent, session.workspace()), spacing_of(session.workspace()),
                is_another, [&](const JobId& job) { return session.sub_jobs_of(job, stop); }});
    if (rule_ == SettleRule::never_not_received) settlement.not_received.clear();

    take_settlement(session, intent, settlement, returned);
  }
  const auto eta = time_to_proof(session);
  const auto pause = std::max<Duration>(session.workspace().poll, spacing_of(session.workspace()));
  Duration until = pause;
  if (eta && *eta > std::chrono::seconds{0}) until = std::min<Duration>(pause, *eta);
  session.next_settle = deps_.clock.instant() + until;
  return returned;
}

std::optional<std::chrono::seconds> Follower::time_to_proof(const WorkspaceSession& session) const {
  std::optional<std::chrono::seconds> least;
  for (const auto& [number, intent] : deps_.journal.state().intents) {
    if (intent.workspace != session.workspace().name) continue;
    const auto eta =
        gild::time_to_proof(intent, invisible(intent, session.workspace()), spacing_of(session.workspace()));
    if (eta && (!least || *eta < *least)) least = eta;
  }
  return least;
}

void look_at_open(const std::vector<Workspace>& workspaces, const ApplyDeps& deps, SettleRule rule,
                  std::stop_token stop, const std::map<GroupName, std::chrono::minutes>& delays) {
  Follower follower(deps, rule, delays);
  for (const Workspace& workspace : workspaces) {
    WorkspaceSession session(workspace, deps.clouds, deps.clock);
    follower.mark_crashed_intents(workspace.name);
    follower.look_at_given_up(session, stop);
    if (follower.has_open(workspace.name)) follower.follow(session, stop);
  }
}

}  // namespace gild
