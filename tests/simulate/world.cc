// SPDX-License-Identifier: Apache-2.0
#include "tests/simulate/world.hpp"

#include <algorithm>
#include <cerrno>

namespace gild::simulate {
namespace {

constexpr Left kPowerLoss[] = {Left::nothing, Left::names, Left::names_nuls, Left::contents};

ServiceDesktop some_desktop(std::size_t number, const ImageRef& image) {
  ServiceDesktop desktop;
  desktop.live.id = DesktopId(fmt::format("desktop-{}", number + 1));
  desktop.live.name = fmt::format("DESK-{:04}", number + 1);
  desktop.live.status = "ACTIVE";
  desktop.live.login_status = "REGISTERED";
  desktop.live.attach_state = "ATTACHED";
  desktop.live.desktop_type = "DEDICATED";
  desktop.live.image_id = image.image_id;
  desktop.live.os_type = "Windows";
  desktop.live.root_gb = 80;
  desktop.created = kServiceEpoch - std::chrono::hours{24 * 30};
  return desktop;
}

bool of_disk(Kind kind) {
  return kind >= Kind::write_fails && kind <= Kind::disk_fails_for_good;
}

}  // namespace

const ImageRef World::kOld{ImageId{"image-old"}, "private", std::nullopt};
const ImageRef World::kNew{ImageId{"image-new"}, "private", std::nullopt};
const ImageRef World::kNewer{ImageId{"image-newer"}, "private", std::nullopt};
const ImageRef World::kOther{ImageId{"image-of-somebody"}, "private", std::nullopt};

World::World(const Scenario& scenario, const std::vector<bool>& active, Trace& trace_to)
    : trace(trace_to), scenario_(scenario) {
  for (std::size_t i = 0; i < scenario.disturbances.size(); ++i) {
    if (active[i]) active_.push_back(scenario.disturbances[i]);
  }
  for (std::size_t number = 0; number < scenario.sites; ++number) {
    ServiceKnobs knobs;
    knobs.job_min = scenario.job_min;
    knobs.job_max = scenario.job_max;
    knobs.short_ids = true;
    knobs.accepts_second_rebuild = true;  // the worst service there can be: it wipes as often as it is asked
    ServiceModel model(scenario.seed * 2 + number, knobs);
    for (const ImageRef& image : {kOld, kNew, kNewer, kOther})
      model.add_image({image, image.image_id.str(), 40, "x86"});
    auto site = std::make_unique<Site>();
    Workspace& workspace = site->workspace;
    workspace.name = WorkspaceName{number == 0 ? "berlin" : "lisbon"};
    workspace.region = "emulator-1";
    workspace.project_id = fmt::format("{:032x}", number + 1);
    workspace.endpoint = workspace.iam_endpoint = fmt::format("https://127.0.0.1:{}", 8443 + number);
    workspace.settle = scenario.settle;
    workspace.poll = scenario.poll;
    workspace.max_in_flight = scenario.max_in_flight;
    if (scenario.client == Client::wire) {
      const emulator::Account account{workspace.project_id,  workspace.region, "ACCESSKEYOFTESTS",
                                      "secret-key-of-tests", "token-of-tests", "admin",
                                      "password-of-tests",   "tenant"};
      site->emulated = std::make_unique<emulator::EmulatedService>(std::move(model), account, kServiceEpoch);
    } else {
      site->own_model = std::make_unique<ServiceModel>(std::move(model));
      site->cloud = std::make_unique<SimulatedCloud>(*site->own_model, clock);
      site->cloud->demand_places();
      site->cloud->set_crash_point(&crash);
    }
    sites.push_back(std::move(site));
  }
  clock.set_crash_point(&crash);
  // One by one, each followed every few seconds for hours.
  crash.limit_calls(1'000'000 + 20'000 * scenario.desktops);
  disk.fault = [this](std::string_view call, const std::string& path) { return disk_fault(call, path); };
  for (std::size_t number = 0; number < scenario.desktops; ++number) {
    ServiceDesktop desktop = some_desktop(number, kOld);
    fleet.push_back(desktop.live.id);
    sites[site_of(number)]->model().add_desktop(std::move(desktop));
  }
  // Nobody's affair: in the same projects, in no manifest.
  for (auto& site : sites) {
    for (std::size_t number = 0; number < 2; ++number) site->model().add_desktop(some_desktop(90'000 + number, kOld));
  }
  for (const Disturbance& d : active_) set_up(d);
}

std::size_t World::site_of(std::size_t desktop) const {
  for (const GroupShape& group : scenario_.groups) {
    if (desktop >= group.first && desktop - group.first < group.count) return group.site;
  }
  return 0;
}

bool World::takes_part(Kind kind, std::size_t run) const {
  return std::any_of(active_.begin(), active_.end(),
                     [&](const Disturbance& d) { return d.kind == kind && d.run == run; });
}

bool World::beyond() const {
  return std::any_of(active_.begin(), active_.end(), [](const Disturbance& d) { return beyond_assumptions(d.kind); });
}

void World::follow_clock() {
  for (auto& site : sites) site->model().advance_to(clock.service_now());
}

// --- A run of gild ---------------------------------------------------------------------------------------------------

void World::begin_run(std::size_t run) {
  run_ = run;
  stop = std::stop_source{};
  left_.reset();
  disk_calls_.clear();
  storage_disturbed = false;
  crash.arm(0);
  crash.call_at(0, {});
  disk.set_crash_point(&crash);
  for (const Disturbance& d : active_) {
    if (d.run != run || calm_) continue;
    if (d.kind == Kind::power_cut || d.kind == Kind::killed) {
      left_ = d.kind == Kind::killed ? Left::everything : kPowerLoss[d.value % 4];
      crash.arm(d.at);
    } else if (d.kind == Kind::interrupt) {
      crash.call_at(d.at, [this] {
        fire(Kind::interrupt);
        say("** interrupt");
        stop.request_stop();
      });
    } else if (d.kind == Kind::interrupt_during_request) {
      for (auto& site : sites) {
        site->before_submission.emplace(site->submissions + d.at, [this, run] {
          if (calm_ || run != run_) return;
          fire(Kind::interrupt_during_request);
          say("** interrupt within a request");
          stop.request_stop();
        });
      }
    }
  }
}

void World::end_run(bool crashed) {
  if (crashed) {
    Left left = left_.value_or(Left::nothing);
    fire(left == Left::everything ? Kind::killed : Kind::power_cut);
    say(fmt::format("** {}", left == Left::everything ? "killed" : "power cut"));
    disk.restart(left);
  }
  crash.arm(0);
  crash.call_at(0, {});
}

int World::disk_fault(std::string_view call, const std::string&) {
  const std::size_t number = ++disk_calls_[std::string(call)];
  if (calm_) return 0;
  for (const Disturbance& d : active_) {
    if (!of_disk(d.kind) || d.run != run_) continue;
    int error = 0;
    const bool now = number >= d.at && number - d.at < d.count;
    switch (d.kind) {
      case Kind::write_fails:
        if (call == "write" && now) error = EIO;
        break;
      case Kind::sync_fails:
        if ((call == "sync" || call == "sync_folder") && now) error = EIO;
        break;
      case Kind::rename_fails:
        if (call == "rename" && now) error = EIO;
        break;
      case Kind::create_fails:
        if (call == "create" && now) error = EACCES;
        break;
      case Kind::disk_full:
        if ((call == "write" || call == "create" || call == "reserve" || call == "make_folder") && number >= d.at)
          error = ENOSPC;
        break;
      case Kind::disk_fails_for_good:
        if (call != "remove" && number >= d.at) error = EIO;
        break;
      default:
        break;
    }
    if (error == 0) continue;
    fire(d.kind);
    storage_disturbed = true;
    say(fmt::format("** disk: {} fails with {}", call, error));
    return error;
  }
  return 0;
}

void World::calm_down() {
  calm_ = true;
  say("---- from here on nothing goes wrong");
  for (auto& site : sites) {
    ServiceModel& model = site->model();
    // Counted before it is forgotten.
    for (const auto& [rule, kind] : site->fault_rules)
      fired_[static_cast<std::size_t>(kind)] += site->faults().fired()[rule];
    for (const auto& [rule, kind] : site->reach_rules)
      fired_[static_cast<std::size_t>(kind)] += site->reach.fired()[rule];
    site->faults().clear();
    site->reach.clear();
    site->fault_rules.clear();
    site->reach_rules.clear();
    site->repeat_answer_at.clear();
    site->crash_in_submission.clear();
    ServiceKnobs& knobs = model.knobs();
    knobs.list_order = ListOrder::oldest_first;
    knobs.failure_rate = 0;
    knobs.reads_per_minute = knobs.writes_per_minute = 0;
    if (site->cloud) site->cloud->set_sub_job_page(1000);
    for (const DesktopId& id : fleet) {
      if (!model.desktops().contains(id)) continue;
      model.allow_rebuild_of(id);
      LiveDesktop& live = model.desktop(id);
      if (live.status == "HIBERNATED") live.status = "ACTIVE";
      live.frozen = false;
      if (live.login_status == "CONNECTED") live.login_status = "DISCONNECTED";
      if (live.task_status == "powering-off") live.task_status.clear();
    }
  }
}

Fired World::fired() {
  if (!calm_) calm_down();
  Fired fired = fired_;
  const auto shows = [&](Kind kind, std::uint64_t times) {
    const bool active =
        std::any_of(active_.begin(), active_.end(), [&](const Disturbance& d) { return d.kind == kind; });
    if (active) fired[static_cast<std::size_t>(kind)] += times;
  };
  for (const auto& site : sites) {
    std::uint64_t ours = 0, failed = 0, denied = 0, hung = 0, pale = 0;
    for (const ServiceSubJob& sub_job : site->model().sub_jobs()) {
      if (sub_job.request == 0) continue;
      ++ours;
      if (sub_job.fate.end == Fate::End::failure) ++failed;
      if (sub_job.fate.end == Fate::End::never) ++hung;
      if (sub_job.fate.end == Fate::End::success_without_image) ++pale;
      if (sub_job.shown.error_code == "WKS.00010032") ++denied;
    }
    std::uint64_t conflicts = 0;
    for (const ReceivedRequest& request : site->model().requests()) {
      if (request.refusal && request.refusal->status == 409) ++conflicts;
    }
    for (const Kind kind : {Kind::sub_jobs_late,
                            Kind::records_dropped,
                            Kind::newest_first,
                            Kind::scrambled_list,
                            Kind::unstable_list,
                            Kind::small_pages,
                            Kind::long_list,
                            Kind::list_beyond_reach,
                            Kind::image_early,
                            Kind::image_late,
                            Kind::task_during_delay,
                            Kind::running_during_delay,
                            Kind::task_gap,
                            Kind::task_lags,
                            Kind::other_end_word,
                            Kind::no_date,
                            Kind::few_reads_allowed,
                            Kind::few_writes_allowed,
                            Kind::beyond_sub_jobs_too_late,
                            Kind::beyond_sub_jobs_never,
                            Kind::beyond_records_dropped_and_image_late}) {
      shows(kind, ours);
    }
    shows(Kind::image_after_failure, failed);
    for (const Kind kind : {Kind::job_fails, Kind::some_jobs_fail, Kind::poisoned_image}) shows(kind, failed);
    shows(Kind::job_hangs, hung);
    shows(Kind::success_without_image, pale);
    shows(Kind::conflict_refuses_all, conflicts);
    shows(Kind::conflict_executed_in_part, conflicts);
    shows(Kind::conflict_fails_in_job, denied);
  }
  return fired;
}

}  // namespace gild::simulate
