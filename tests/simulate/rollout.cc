// SPDX-License-Identifier: Apache-2.0
#include "tests/simulate/rollout.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "engine/codec/event_codec.hpp"
#include "engine/codec/journal_codec.hpp"
#include "engine/codec/plan_codec.hpp"
#include "engine/core/error.hpp"
#include "engine/ops/apply_op.hpp"
#include "engine/ops/refresh_op.hpp"
#include "engine/ops/state_ops.hpp"
#include "engine/plan/planner.hpp"
#include "engine/simulation/random.hpp"
#include "engine/store/file_state_store.hpp"
#include "tests/simulate/judge.hpp"
#include "tests/simulate/watched_cloud.hpp"

namespace gild::simulate {
namespace {

constexpr auto kState = "gild.state.json";
// A run may bring just one desktop further; but where every rebuild fails, runs alone never come to an end.
constexpr int kRunsBeforePerson = 8;
constexpr int kRunsAfterPerson = 120;

class TracingObserver : public Observer {
 public:
  explicit TracingObserver(World& world) : world_(world) {}
  void on(const Event& event) noexcept override {
    if (world_.trace.on()) {
      std::string line = write_event(event, world_.clock.now());
      if (line.size() > 4000) line = line.substr(0, 4000) + "…";
      while (!line.empty() && line.back() == '\n') line.pop_back();
      world_.say("gild: " + line);
    }
  }

 private:
  World& world_;
};

class Rollout {
 public:
  Rollout(const Scenario& scenario, const std::vector<bool>& active, Trace& trace)
      : scenario_(scenario),
        world_(scenario, active, trace),
        judge_(world_),
        observer_(world_),
        random_(scenario.seed ^ 0x5EEDU) {
    manifest_ = first_manifest();
  }

  Played play() {
    if (scenario_.refreshed_at_first) in_peace([&] { refresh(); });
    for (std::size_t run = 0; run < scenario_.runs; ++run) disturbed_run(run);
    world_.calm_down();
    peaceful_runs(kRunsBeforePerson);
    person_settles();
    // A large group that pauses at each batch takes a run for each.
    peaceful_runs(kRunsAfterPerson + static_cast<int>(world_.fleet.size()));
    if (judge_.violations().empty()) judge_.at_the_end(store().read(), manifest_, held_);
    std::string records;
    for (const JournalRecord& record : store().read_history()) {
      if (const auto* accepted = std::get_if<Accepted>(&record.body)) records += accepted->job.str() + "\n";
    }
    judge_.jobs_are_recorded(records);

    Played played;
    played.violations = judge_.violations();
    played.beyond = world_.beyond();
    played.fired = world_.fired();
    for (std::size_t kind = 0; kind < kKinds; ++kind) played.fired[kind] += fired_[kind];
    played.runs = runs_;
    played.crashes = crashes_;
    played.by_person = by_person_;
    played.requests = judge_.sent().size();
    played.desktops = scenario_.desktops;
    for (const auto& site : world_.sites) played.wipes += site->model().wipes().size();
    return played;
  }

 private:
  Manifest first_manifest() const {
    Manifest manifest;
    for (const auto& site : world_.sites) manifest.workspaces.push_back(site->workspace);
    std::size_t number = 0;
    for (const GroupShape& shape : scenario_.groups) {
      DesktopGroup group;
      group.name = GroupName{fmt::format("group-{}", ++number)};
      group.workspace = world_.sites[shape.site]->workspace.name;
      group.target = {World::kNew, std::nullopt};
      group.rebuild = shape.rebuild;
      group.rollout = shape.rollout;
      for (std::size_t desktop = shape.first; desktop < shape.first + shape.count; ++desktop) {
        DesktopEntry entry;
        entry.id = world_.fleet[desktop];
        const auto is_in = [&](const std::vector<std::size_t>& list) {
          return std::find(list.begin(), list.end(), desktop) != list.end();
        };
        entry.protect = is_in(shape.protect);
        entry.excluded = is_in(shape.exclude);
        group.desktops.push_back(std::move(entry));
      }
      std::sort(group.desktops.begin(), group.desktops.end(),
                [](const DesktopEntry& a, const DesktopEntry& b) { return a.id < b.id; });
      manifest.groups.push_back(std::move(group));
    }
    return manifest;
  }

  FileStateStore store() {
    return {kState, world_.clock, world_.disk, [this] { return random_.uuid(); }};
  }

  // --- What people do to the manifests meanwhile
  // -----------------------------------------------------------------------

  bool asked(Kind kind, std::size_t run) {
    if (!world_.takes_part(kind, run)) return false;
    ++fired_[static_cast<std::size_t>(kind)];
    return true;
  }

  // From its run on it is the file of one review that is applied, again and again.
  bool applies_saved_plan(std::size_t run) {
    for (std::size_t earlier = 0; earlier <= run; ++earlier) {
      if (world_.takes_part(Kind::saved_plan, earlier)) {
        ++fired_[static_cast<std::size_t>(Kind::saved_plan)];
        return true;
      }
    }
    return false;
  }

  void edit_manifest(std::size_t run) {
    DesktopGroup& group = manifest_.groups[run % manifest_.groups.size()];
    if (asked(Kind::new_image, run)) {
      group.target.image = group.target.image.image_id == World::kNew.image_id ? World::kNewer : World::kNew;
    }
    if (asked(Kind::new_revision, run)) group.target.revision = fmt::format("revision-{}", run);
    if (asked(Kind::smaller_limits, run)) {
      group.rollout.max_unavailable = {1, false};
      group.rollout.batch_size = 1;
    }
    if (asked(Kind::desktop_leaves_manifest, run) && group.desktops.size() > 1) group.desktops.pop_back();
    if (asked(Kind::desktop_protected, run)) group.desktops.front().protect = true;
  }

  // --- A run of gild
  // ---------------------------------------------------------------------------------------------------

  OpDeps deps(StateStore& store, CloudConnector& clouds) {
    OpDeps deps{
        store, clouds, world_.clock, observer_, {"apply", "alice", "host", std::nullopt, "0"}, LockWait{Duration{0}},
        {}};
    deps.keep_errored = [this](const State& state, StoreAfterwards) {
      errored_ = state;
      return std::string("It is in errored.gild.state.json.");
    };
    return deps;
  }

  void disturbed_run(std::size_t run) {
    edit_manifest(run);
    world_.say(fmt::format("---- run {} of gild", run + 1));
    world_.begin_run(run);
    guarded(run, [&] {
      if (errored_ && asked(Kind::errored_state_pushed, run)) push_errored();
      errored_.reset();
      if (asked(Kind::refresh_first, run)) refresh();
      apply(run, {.wait = !asked(Kind::no_wait, run), .resume = asked(Kind::resume, run)},
            asked(Kind::saved_plan, run));
    });
    world_.clock.advance(scenario_.idle[run]);
    world_.follow_clock();
  }

  // Whatever ends the run: the disk is then as it would be, and the state can be read.
  template <class Run>
  void guarded(std::size_t run, Run what) {
    ++runs_;
    bool crashed = false;
    last_report_.reset();
    try {
      what();
    } catch (const SimulatedCrash&) {
      crashed = true;
    } catch (const Interrupted&) {
      if (!world_.stop.stop_requested()) judge_.violate("a run said that it was interrupted, and nobody did");
    } catch (const Error& error) {
      world_.say(fmt::format("gild ends: {} {}", error.what(), error.advice()));
      if (error.kind() == ErrorKind::input) judge_.violate(fmt::format("the state is damaged: {}", error.what()));
    } catch (const std::exception& error) {
      judge_.violate(fmt::format("an exception that nobody expects: {}", error.what()));
    }
    // Also where a destructor met it: those must not throw.
    crashed = crashed || world_.crash.crashed();
    if (crashed) ++crashes_;
    world_.end_run(crashed);
    world_.follow_clock();
    try {
      judge_.after_run(last_report_ ? &*last_report_ : nullptr, store().read());
    } catch (const Error& error) {
      judge_.violate(fmt::format("the state cannot be read after run {}: {}", run + 1, error.what()));
    }
  }

  template <class Run>
  void in_peace(Run what) {
    world_.begin_run(scenario_.runs);
    guarded(scenario_.runs, what);
  }

  void push_errored() {
    FileStateStore to = store();
    WatchedClouds clouds(world_, judge_);
    try {
      push_state(deps(to, clouds), {*errored_, "errored.gild.state.json", false});
    } catch (const Error& error) {
      world_.say(fmt::format("push: {}", error.what()));  // something moved meanwhile: refused, and nothing was written
    }
  }

  void refresh() {
    FileStateStore to = store();
    WatchedClouds clouds(world_, judge_);
    judge_.begin_run({runs_, manifest_, {}, {}, false});
    const RefreshResult result =
        refresh_op(deps(to, clouds), {manifest_, RefreshScope::named, {}}, world_.stop.get_token());
    if (result.failure) world_.say(fmt::format("refresh ends: {}", result.failure->what()));
  }

  void apply(std::size_t, const ApplyOptions& options, bool saved) {
    FileStateStore to = store();
    WatchedClouds clouds(world_, judge_);
    ApplyResult result;
    if (saved && saved_plan_) {
      // Somebody applies the file of an earlier review again: it goes on with its rollout, or is refused as stale.
      judge_.begin_run({runs_, saved_manifest_, {}, {}, options.resume});
      judge_.know_plan(*saved_plan_, plan_digest(*saved_plan_));
      result = apply_saved_plan(deps(to, clouds), *saved_plan_, {}, options, world_.stop.get_token());
    } else if (saved) {
      saved_plan_ = make_plan(manifest_, to.read());
      saved_manifest_ = manifest_;
      judge_.begin_run({runs_, manifest_, {}, {}, options.resume});
      judge_.know_plan(*saved_plan_, plan_digest(*saved_plan_));
      result = apply_saved_plan(deps(to, clouds), *saved_plan_, {}, options, world_.stop.get_token());
    } else {
      judge_.begin_run({runs_, manifest_, {}, {}, options.resume});
      const auto ask = [&](const Plan& plan, const std::vector<PausedGroup>&) {
        judge_.know_plan(plan, plan_digest(plan));
        return Answer::yes;
      };
      result = plan_and_apply(
          deps(to, clouds), {manifest_, {}, {}, false, options}, ask, [](const RefreshReport&) {},
          world_.stop.get_token());
    }
    if (result.failure) world_.say(fmt::format("gild ends: {}", result.failure->what()));
    last_report_ = std::move(result.report);
    if (!last_report_) return;
    for (const DesktopOutcome& outcome : last_report_->desktops) {
      held_.erase(outcome.key);
      if (outcome.end == DesktopEnd::held) held_.emplace(outcome.key, outcome.hold.value_or(HoldReason::busy));
    }
  }

  // --- In peace
  // --------------------------------------------------------------------------------------------------------

  // gild alone, again and again, until a run has nothing more to do.
  void peaceful_runs(int most) {
    std::map<DesktopKey, DesktopStatus> before;
    for (int run = 0, quiet = 0; run < most && quiet < 2; ++run) {
      world_.clock.advance(std::chrono::minutes{61});
      world_.follow_clock();
      const std::size_t sent = judge_.sent().size();
      in_peace([&] { apply(scenario_.runs, {.wait = true, .resume = true}, false); });
      std::map<DesktopKey, DesktopStatus> now;
      for (const auto& [key, record] : store().read().desktops) now.emplace(key, record.status);
      quiet = judge_.sent().size() == sent && now == before ? quiet + 1 : 0;
      before = std::move(now);
    }
  }

  // Somebody reads what gild says, looks at the desktops in the console, and decides; knows the truth, and tells it.
  void person_settles() {
    world_.say("---- a person settles what is open");
    world_.clock.set_skew(Duration{0});
    for (const auto& site : world_.sites) {
      for (const DesktopId& id : world_.fleet) site->model().forgive(id);
      site->model().forgive_image(World::kNew.image_id);
      site->model().forgive_image(World::kNewer.image_id);
      fired_[static_cast<std::size_t>(Kind::job_hangs)] += site->model().fail_what_hangs();
      site->model().knobs().records_kept.reset();
    }
    world_.clock.advance(std::chrono::minutes{30});
    world_.follow_clock();
    in_peace([&] { refresh(); });
    const State state = store().read();
    for (const auto& [key, record] : state.desktops) {
      if (record.status == DesktopStatus::ready || record.status == DesktopStatus::failed) continue;
      const std::size_t site = judge_.site_of(key.workspace);
      if (!judge_.group_of(key.id, manifest_) && record.status == DesktopStatus::rebuilding) continue;
      const Resolution as = truth_of(site, key, record);
      ++by_person_;
      world_.say(fmt::format("a person says that {} is {}", key.id, name_of(as)));
      in_peace([&, &desktop = key] {
        FileStateStore to = store();
        WatchedClouds clouds(world_, judge_);
        resolve_desktops(deps(to, clouds), {{desktop.id}, desktop.workspace}, as, "looked at it in the console");
      });
      judge_.resolved_by_person(site, key.id);
    }
    in_peace([&] { refresh(); });
  }

  Resolution truth_of(std::size_t site, const DesktopKey& key, const DesktopRecord& record) const {
    const std::optional<ImageId> image = judge_.on_disk(site, key.id);
    const bool wanted = record.target && image == record.target->image.image_id;
    if (wanted) return Resolution::ready;
    for (auto sent = judge_.sent().rbegin(); sent != judge_.sent().rend(); ++sent) {
      if (sent->site != site || std::find(sent->desktops.begin(), sent->desktops.end(), key.id) == sent->desktops.end())
        continue;
      return judge_.sub_job_of(*sent, key.id) == nullptr ? Resolution::not_received : Resolution::failed;
    }
    return Resolution::failed;
  }

  const Scenario& scenario_;
  World world_;
  Judge judge_;
  TracingObserver observer_;
  Random random_;
  Manifest manifest_;
  std::optional<Plan> saved_plan_;
  Manifest saved_manifest_;
  std::optional<ApplyReport> last_report_;
  std::map<DesktopKey, HoldReason> held_;  // as the last run that named them said
  std::optional<State> errored_;
  Fired fired_{};
  std::size_t runs_ = 0, crashes_ = 0, by_person_ = 0;
};

}  // namespace

Played play(const Scenario& scenario, const std::vector<bool>& active, Trace& trace) {
  try {
    return Rollout(scenario, active, trace).play();
  } catch (const std::exception& error) {
    Played broken;
    broken.violations.push_back(fmt::format("it cannot go on: {}", error.what()));
    return broken;
  }
}

Played play(const Scenario& scenario) {
  Trace silent;
  return play(scenario, std::vector<bool>(scenario.disturbances.size(), true), silent);
}

}  // namespace gild::simulate
