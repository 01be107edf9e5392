// SPDX-License-Identifier: Apache-2.0
// What must hold after any run of the applier (contract 7), judged from what the service did and from the journal.
#pragma once

#include <algorithm>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "engine/model/fold.hpp"
#include "tests/apply/scenario.hpp"

namespace gild {

inline bool failed_at_service(const ServiceModel& model, const Wipe& wipe) {
  return std::any_of(model.sub_jobs().begin(), model.sub_jobs().end(), [&](const ServiceSubJob& sub_job) {
    return sub_job.shown.job_id == wipe.job && sub_job.shown.desktop_id == wipe.desktop &&
           sub_job.shown.status == SubJobStatus::failed;
  });
}

// Somebody else put an image on it, or began to: what gild recorded of it before is true no longer.
inline bool touched_by_somebody(const ServiceModel& model, const DesktopId& id) {
  return !model.desktops().contains(id) ||
         std::any_of(model.wipes().begin(), model.wipes().end(),
                     [&](const Wipe& wipe) { return wipe.request == 0 && wipe.desktop == id; });
}

// No double wipe: a desktop is wiped again only where each rebuild before had failed. Nothing but the desktops of the
// manifests is wiped, and only onto the wanted image.
inline void judge_wipes(const Scenario& s) {
  std::set<DesktopId> done;
  for (const Wipe& wipe : s.model.wipes()) {
    if (wipe.request == 0) continue;
    INFO("desktop " << wipe.desktop.str());
    CHECK_FALSE(done.contains(wipe.desktop));
    if (!failed_at_service(s.model, wipe)) done.insert(wipe.desktop);
    CHECK(std::find(s.ids.begin(), s.ids.end(), wipe.desktop) != s.ids.end());
    CHECK(wipe.image == ImageId{s.image});
  }
  for (const DesktopId& id : s.model.asked_for_while_under_way()) {
    INFO("desktop " << id.str());
    CHECK(touched_by_somebody(s.model, id));  // who began between gild's look and its request
  }
}

// No overreach, at the moment of each request: folds the journal and looks at every intent before it is taken in.
inline void judge_intents(Scenario& s) {
  State state;
  for (const JournalRecord& record : s.store.read_history()) {
    if (const auto* intended = std::get_if<Intended>(&record.body)) {
      INFO("intent " << record.serial);
      std::size_t in_group = intended->desktops.size();
      std::size_t in_workspace = intended->desktops.size();
      const auto count = [&](const GroupName& group, std::size_t desktops) {
        in_workspace += desktops;
        if (group == intended->group) in_group += desktops;
      };
      for (const auto& [number, intent] : state.intents) count(intent.group, intent.desktops.size());
      for (const auto& [id, job] : state.jobs) count(job.group, job.desktops.size());
      CHECK(intended->desktops.size() <= s.batch_size);
      CHECK(in_group <= static_cast<std::size_t>(s.max_unavailable));
      CHECK(in_workspace <= static_cast<std::size_t>(s.workspace.max_in_flight));
      const RolloutGroup* rollout = state.open_rollout_of(intended->group);
      REQUIRE(rollout != nullptr);
      CHECK_FALSE(rollout->paused());
      for (const IntendedDesktop& desktop : intended->desktops) {
        const DesktopRecord* before = state.find(intended->workspace, desktop.id);
        CHECK((before == nullptr || before->status == DesktopStatus::ready || before->status == DesktopStatus::failed));
      }
    }
    fold(state, record);
  }
}

// No lost job: what the run told anybody of had been synced.
inline void judge_jobs(Scenario& s) {
  std::set<JobId> recorded;
  for (const JournalRecord& record : s.store.read_history()) {
    if (const auto* accepted = std::get_if<Accepted>(&record.body)) recorded.insert(accepted->job);
  }
  for (const auto& accepted : s.observer.all<event::RequestAccepted>()) CHECK(recorded.contains(accepted.job));
}

// Nothing is called ready that is not.
inline void judge_state(Scenario& s) {
  const State state = s.store.read();
  for (const DesktopId& id : s.ids) {
    const DesktopRecord* record = state.find(s.workspace.name, id);
    if (record == nullptr || record->status != DesktopStatus::ready || touched_by_somebody(s.model, id)) continue;
    INFO("desktop " << id.str());
    CHECK(record->image.image_id == s.model.desktop(id).image_id);
  }
}

// No forgotten failure: every desktop of the plan has an outcome, and the outcome is true.
inline void judge_report(Scenario& s, const Plan& plan, const ApplyReport& report) {
  std::map<DesktopId, const DesktopOutcome*> outcomes;
  for (const DesktopOutcome& outcome : report.desktops) outcomes[outcome.key.id] = &outcome;
  const State state = s.store.read();
  for (const PlannedDesktop& desktop : plan.desktops) {
    INFO("desktop " << desktop.id.str());
    REQUIRE(outcomes.contains(desktop.id));
    const DesktopEnd end = outcomes.at(desktop.id)->end;
    INFO(name_of(end));
    const DesktopRecord* record = state.find(desktop.workspace, desktop.id);
    const bool open =
        record != nullptr && (record->status == DesktopStatus::settling || record->status == DesktopStatus::rebuilding);
    if (end == DesktopEnd::ready || end == DesktopEnd::already) {
      if (!touched_by_somebody(s.model, desktop.id)) CHECK(s.model.desktop(desktop.id).image_id == ImageId{s.image});
    }
    CHECK((end == DesktopEnd::settling || end == DesktopEnd::rebuilding) == open);
  }
}

}  // namespace gild
