// SPDX-License-Identifier: Apache-2.0
// What each kind of disturbance does to the world of one seed.
#include "tests/simulate/world.hpp"

namespace gild::simulate {
namespace {

Fault status_fault(int status, std::string code, bool carried_out = false) {
  Fault fault;
  fault.kind = carried_out ? Fault::Kind::status_after : Fault::Kind::status;
  fault.status = status;
  fault.code = std::move(code);
  fault.message = "The service says no.";
  return fault;
}

Fault fault_of(Fault::Kind kind, Duration wait = Duration{0}) {
  Fault fault;
  fault.kind = kind;
  fault.wait = wait;
  if (kind == Fault::Kind::html || kind == Fault::Kind::html_after) fault.status = 502;
  return fault;
}

}  // namespace

void World::add_fault(Site& site, const Disturbance& d, std::optional<CallKind> on, Fault fault) {
  const bool out_of_reach = fault.kind == Fault::Kind::unreachable || fault.kind == Fault::Kind::certificate;
  const bool by_reach = site.emulated && out_of_reach;
  FaultPlan& plan = by_reach ? site.reach : site.faults();
  (by_reach ? site.reach_rules : site.fault_rules).emplace_back(plan.fired().size(), d.kind);
  plan.add({on, d.at, d.count, std::move(fault), 1});
}

void World::at_time(const Disturbance& d, std::function<void(ServiceModel&)> what) {
  clock.at(Duration{d.value}, [this, d, what = std::move(what)] {
    if (calm_) return;
    follow_clock();
    fire(d.kind);
    say(fmt::format("** {}", describe(d)));
    what(sites[site_of(d.desktop)]->model());
  });
}

void World::before_request(const Disturbance& d, std::function<void(ServiceModel&)> what) {
  sites[site_of(d.desktop)]->before_submission.emplace(d.at, [this, d, what = std::move(what)] {
    if (calm_) return;
    fire(d.kind);
    say(fmt::format("** {}", describe(d)));
    what(sites[site_of(d.desktop)]->model());
  });
}

void World::set_up(const Disturbance& d) {
  if (d.kind <= Kind::read_unreachable) return set_up_answer(d);
  if (d.kind <= Kind::poisoned_image || beyond_assumptions(d.kind)) return set_up_service(d);
  if (d.kind <= Kind::job_record_deleted) return set_up_somebody(d);
  switch (d.kind) {
    case Kind::clock_ahead:
      fire(d.kind);
      return clock.set_skew(std::chrono::hours{1 + d.value % 72});
    case Kind::clock_behind:
      fire(d.kind);
      return clock.set_skew(-std::chrono::hours{1 + d.value % 72});
    case Kind::clock_jumps_ahead:
    case Kind::clock_jumps_back: {
      const auto jump = std::chrono::minutes{5 + d.value % 3000} * (d.kind == Kind::clock_jumps_ahead ? 1 : -1);
      return clock.at(Duration{d.value}, [this, d, jump] {
        fire(d.kind);
        clock.set_skew(jump);
      });
    }
    case Kind::no_reservation:
      fire(d.kind);
      disk.can_reserve = false;
      return;
    case Kind::power_cut_at_request:
      sites[d.site]->crash_in_submission.emplace(d.at, d.kind);
      return;
    default:
      return;  // asked for when it is due
  }
}

void World::set_up_answer(const Disturbance& d) {
  Site& site = *sites[d.site];
  const auto rebuild = [&](Fault fault) { add_fault(site, d, CallKind::rebuild, std::move(fault)); };
  // Reads are counted together with all other calls: `at` is larger there.
  const auto read = [&](Fault fault) {
    add_fault(site, d, d.value % 2 == 0 ? CallKind::sub_jobs : CallKind::detail, std::move(fault));
  };
  using F = Fault::Kind;
  switch (d.kind) {
    case Kind::answer_lost_before:
      return rebuild(fault_of(F::lost_before));
    case Kind::answer_lost_after:
      return rebuild(fault_of(F::lost_after));
    case Kind::connection_reset:
      return rebuild(fault_of(F::reset));
    case Kind::half_an_answer:
      return rebuild(fault_of(F::half));
    case Kind::proxy_page_before:
      return rebuild(fault_of(F::html));
    case Kind::proxy_page_after:
      return rebuild(fault_of(F::html_after));
    case Kind::late_answer:
      return rebuild(fault_of(F::slow, Duration{1000 + d.value % 118'000}));
    case Kind::repeated_answer:
      site.repeat_answer_at.insert(d.at + 1);
      return;
    case Kind::error_500_before:
      return rebuild(status_fault(500, "APIGW.0601"));
    case Kind::error_500_after:
      return rebuild(status_fault(500, "WKS.0202", true));
    case Kind::error_502_before:
      return rebuild(status_fault(502, "APIGW.0201"));
    case Kind::error_502_after:
      return rebuild(status_fault(502, "APIGW.0610", true));
    case Kind::error_503_before:
      return rebuild(status_fault(503, "WKS.00019999"));
    case Kind::error_503_after:
      return rebuild(status_fault(503, "WKS.00019999", true));
    case Kind::error_504_before:
      return rebuild(status_fault(504, "APIGW.0201"));
    case Kind::error_504_after:
      return rebuild(status_fault(504, "APIGW.0201", true));
    case Kind::throttled_with_wait:
      return rebuild(fault_of(F::throttle, Duration{1000 + d.value % 600'000}));
    case Kind::throttled:
      return rebuild(fault_of(F::throttle));
    case Kind::gateway_without_iam:
      return rebuild(status_fault(503, "APIGW.0613"));
    case Kind::unauthorized:
      return rebuild(status_fault(401, "APIGW.0307"));
    case Kind::unreachable:
      return rebuild(fault_of(F::unreachable));
    case Kind::certificate:
      return rebuild(fault_of(F::certificate));
    case Kind::refused_400:
      return rebuild(status_fault(400, "WKS.0407"));
    case Kind::refused_403:
      return rebuild(status_fault(403, "WKS.00010099"));
    case Kind::refused_404:
      return rebuild(status_fault(404, "APIGW.0101"));
    case Kind::refused_405:
      return rebuild(status_fault(405, "APIGW.0501"));
    case Kind::refused_413:
      return rebuild(status_fault(413, "APIGW.0201"));
    case Kind::refused_414:
      return rebuild(status_fault(414, "APIGW.0201"));
    case Kind::refused_by_name: {
      Fault fault = status_fault(404, "WKS.00010404");
      fault.message = fmt::format("The desktop does not exist, resource id [{}].", fleet[d.desktop].str());
      return rebuild(std::move(fault));
    }
    case Kind::read_fails_500:
      return read(status_fault(500, "APIGW.0601"));
    case Kind::read_fails_502:
      return read(status_fault(502, "APIGW.0610"));
    case Kind::read_fails_503:
      return read(status_fault(503, "WKS.00019999"));
    case Kind::read_fails_504:
      return read(status_fault(504, "APIGW.0201"));
    case Kind::read_throttled:
      return read(fault_of(F::throttle));
    case Kind::read_unauthorized:
      return read(status_fault(401, "APIGW.0307"));
    case Kind::read_refused:
      return read(status_fault(403, "WKS.00010403"));
    case Kind::read_proxy_page:
      return read(fault_of(F::html));
    case Kind::read_half:
      return read(fault_of(F::half));
    case Kind::read_lost:
      return read(fault_of(F::lost_before));
    case Kind::read_late:
      return read(fault_of(F::slow, Duration{1000 + d.value % 59'000}));
    case Kind::read_unreachable:
      return read(fault_of(F::unreachable));
    default:
      return;
  }
}

void World::set_up_service(const Disturbance& d) {
  // Facts about the service hold for both Workspaces.
  for (auto& site : sites) {
    ServiceModel& model = site->model();
    ServiceKnobs& knobs = model.knobs();
    const bool here = site.get() == sites[site_of(d.desktop)].get();
    switch (d.kind) {
      case Kind::sub_jobs_late:
        knobs.sub_jobs_listed_after = Duration{d.value};
        break;
      case Kind::records_dropped:
        knobs.records_kept = Duration{d.value};
        break;
      case Kind::newest_first:
        knobs.list_order = ListOrder::newest_first;
        break;
      case Kind::scrambled_list:
        knobs.list_order = ListOrder::scrambled;
        break;
      case Kind::unstable_list:
        knobs.list_order = ListOrder::unstable;
        if (site->cloud) site->cloud->set_sub_job_page(3);
        break;
      case Kind::small_pages:
        if (site->cloud) site->cloud->set_sub_job_page(1 + d.value % 7);
        break;
      case Kind::long_list:
        model.add_past_sub_jobs(site->cloud ? 30 : 1'000 + static_cast<std::size_t>(d.value % 60));
        if (site->cloud) site->cloud->set_sub_job_page(10);
        break;
      case Kind::list_beyond_reach:
        model.add_past_sub_jobs(site->cloud ? 50 : 11'050);
        if (site->cloud) site->cloud->set_sub_job_page(10);
        if (site->cloud) site->cloud->set_greatest_offset(30);
        break;
      case Kind::image_early:
        knobs.image_shown = ImageShown::at_start;
        break;
      case Kind::image_late:
        knobs.image_late = Duration{d.value};
        break;
      case Kind::image_after_failure:
        knobs.image_changes_on_failure = true;
        break;
      case Kind::task_during_delay:
        knobs.task_during_delay = true;
        break;
      case Kind::running_during_delay:
        knobs.running_during_delay = true;
        break;
      case Kind::task_gap:
        knobs.task_gap = Duration{d.value};
        break;
      case Kind::task_lags:
        knobs.task_lags = Duration{d.value};
        break;
      case Kind::other_end_word:
        knobs.end_word = EndWord::success_or_fail;
        break;
      case Kind::no_date:
        site->hide_date = true;
        if (site->cloud) site->cloud->hide_service_time();
        break;
      case Kind::few_reads_allowed:
        knobs.reads_per_minute = static_cast<int>(6 + d.value % 30);
        break;
      case Kind::few_writes_allowed:
        knobs.writes_per_minute = static_cast<int>(1 + d.value % 5);
        break;
      case Kind::conflict_refuses_all:
      case Kind::conflict_executed_in_part:
      case Kind::conflict_fails_in_job:
        knobs.denied_desktop = d.kind == Kind::conflict_refuses_all        ? DeniedDesktop::refuses_all
                               : d.kind == Kind::conflict_executed_in_part ? DeniedDesktop::rest_executed
                                                                           : DeniedDesktop::fails_in_job;
        if (here) model.deny_rebuild_of(fleet[d.desktop]);
        break;
      case Kind::job_fails:
        if (here) model.fail_job_of(fleet[d.desktop]);
        break;
      case Kind::job_hangs:
        if (here) model.set_fate(fleet[d.desktop], {Fate::End::never, {}, {}});
        break;
      case Kind::success_without_image:
        if (here) model.set_fate(fleet[d.desktop], {Fate::End::success_without_image, {}, {}});
        break;
      case Kind::some_jobs_fail:
        knobs.failure_rate = 0.25;
        break;
      case Kind::poisoned_image:
        model.fail_jobs_onto(d.value % 2 == 0 ? kNew.image_id : kNewer.image_id);
        break;
      case Kind::beyond_sub_jobs_too_late:
        knobs.sub_jobs_listed_after = scenario_.settle + std::chrono::minutes{5 + d.value % 120};
        break;
      case Kind::beyond_sub_jobs_never:
        knobs.sub_jobs_never_listed = true;
        break;
      case Kind::beyond_records_dropped_and_image_late:
        knobs.records_kept = Duration{d.value % 60'000};
        knobs.image_late = scenario_.settle + std::chrono::minutes{5 + d.value % 120};
        break;
      default:
        break;
    }
  }
}

void World::set_up_somebody(const Disturbance& d) {
  const DesktopId id = fleet[d.desktop];
  const auto if_there = [id](const std::function<void(ServiceModel&)>& what) {
    return [id, what](ServiceModel& model) {
      if (model.desktops().contains(id)) what(model);
    };
  };
  const auto rebuild_to = [&](const ImageRef& image) {
    return if_there([id, image](ServiceModel& model) { model.rebuild_by_somebody({id}, image); });
  };
  const auto vanish = [id](ServiceModel& model) { model.remove_desktop(id); };
  const auto get_busy = if_there([id](ServiceModel& model) { model.desktop(id).task_status = "powering-off"; });
  const auto log_on = if_there([id](ServiceModel& model) { model.desktop(id).login_status = "CONNECTED"; });
  switch (d.kind) {
    case Kind::console_rebuild_to_same:
      return at_time(d, rebuild_to(kNew));
    case Kind::console_rebuild_to_other:
      return at_time(d, rebuild_to(kOther));
    case Kind::console_rebuild_before_request:
      return before_request(d, rebuild_to(d.value % 2 == 0 ? kNew : kOther));
    case Kind::desktop_vanishes:
      return at_time(d, vanish);
    case Kind::desktop_vanishes_before_request:
      return before_request(d, vanish);
    case Kind::desktop_gets_busy:
      return at_time(d, get_busy);
    case Kind::desktop_gets_busy_before_request:
      return before_request(d, get_busy);
    case Kind::user_logs_on:
      return at_time(d, log_on);
    case Kind::user_logs_on_before_request:
      return before_request(d, log_on);
    case Kind::desktop_hibernates:
      return at_time(d, if_there([id](ServiceModel& model) { model.desktop(id).status = "HIBERNATED"; }));
    case Kind::desktop_frozen:
      return at_time(d, if_there([id](ServiceModel& model) { model.desktop(id).frozen = true; }));
    case Kind::job_record_deleted:
      return at_time(d, [id](ServiceModel& model) {
        for (auto sub_job = model.sub_jobs().rbegin(); sub_job != model.sub_jobs().rend(); ++sub_job) {
          if (sub_job->shown.desktop_id == id && sub_job->ended) return model.forget_job(sub_job->shown.job_id);
        }
      });
    default:
      return;
  }
}

}  // namespace gild::simulate
