// SPDX-License-Identifier: Apache-2.0
#include "engine/emulator/emulated_service.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/core/error.hpp"
#include "engine/emulator/query.hpp"
#include "engine/emulator/record.hpp"
#include "engine/emulator/wire.hpp"

namespace gild::emulator {
namespace {

constexpr std::size_t kMaxBody = 12U * 1024 * 1024;  // W 8.2

Answer json_answer(std::string body) {
  Answer answer;
  answer.body = std::move(body);
  return answer;
}

const Refusal kEmptyBody{400, "WKS.0001", "The request message is empty."};  // W 8.4

Refusal bad_body(const Error& error) {
  return {400, "WKS.00010001", error.what()};
}

struct Route {
  std::string_view method;
  std::string_view pattern;  // below /v2/{project_id}; a star is an id
  CallKind kind;
};
constexpr std::array kRoutes{
    Route{"POST", "desktops/rebuild", CallKind::rebuild},
    Route{"POST", "desktops/check-images", CallKind::check_images},
    Route{"GET", "workspace-sub-jobs", CallKind::sub_jobs},
    Route{"GET", "workspace-jobs/*", CallKind::job},
    Route{"GET", "desktops", CallKind::desktops},
    Route{"GET", "desktops/detail", CallKind::detail},
    Route{"GET", "desktops/*", CallKind::desktop},
    Route{"GET", "connect-desktops", CallKind::connect_desktops},
    Route{"GET", "images", CallKind::images},
};

bool matches(std::string_view pattern, const std::vector<std::string>& path) {
  for (std::size_t i = 2; i < path.size(); ++i) {
    const std::size_t slash = pattern.find('/');
    const std::string_view part = pattern.substr(0, slash);
    if (part.empty() || (part != "*" && part != path[i])) return false;
    pattern = slash == std::string_view::npos ? std::string_view{} : pattern.substr(slash + 1);
  }
  return pattern.empty();
}

std::optional<CallKind> call_of(const std::string& method, const std::vector<std::string>& path) {
  if (path.size() < 3 || path[0] != "v2") return std::nullopt;
  for (const Route& route : kRoutes) {
    if (route.method == method && matches(route.pattern, path)) return route.kind;
  }
  return std::nullopt;
}

// What arrives instead of the `real` answer, which is empty where the call was not carried out.
Answer with_fault(const Fault& fault, const std::string& request_id, Answer real) {
  switch (fault.kind) {
    case Fault::Kind::throttle:
      real = refusal_answer(ServiceModel::throttled(fault.limit, fault.window), request_id);
      if (fault.wait > Duration{0}) {
        real.headers.emplace_back("Retry-After",
                                  std::to_string(std::chrono::ceil<std::chrono::seconds>(fault.wait).count()));
      }
      break;
    case Fault::Kind::status:
    case Fault::Kind::status_after:
      real = refusal_answer({fault.status, fault.code, fault.message}, request_id);
      break;
    case Fault::Kind::html:
    case Fault::Kind::html_after:
      real = {};
      real.status = fault.status;
      real.content_type = "text/html";
      real.body = "<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n";
      break;
    case Fault::Kind::half:
      real.ending = Answer::Ending::half;
      break;
    case Fault::Kind::lost_before:
    case Fault::Kind::lost_after:
      real.ending = Answer::Ending::silent;
      break;
    case Fault::Kind::reset:
      real.ending = Answer::Ending::reset;
      break;
    case Fault::Kind::slow:
      real.delay = fault.wait;
      break;
    case Fault::Kind::unreachable:
    case Fault::Kind::certificate:
      break;  // settings.cc lets neither in: they would concern no single call
  }
  return real;
}

}  // namespace

EmulatedService::EmulatedService(ServiceModel model, Account account, ServiceInstant now)
    : model_(std::move(model)), gate_(std::move(account), std::chrono::floor<std::chrono::seconds>(now)) {
  model_.advance_to(now);
}

void EmulatedService::load_faults(std::string_view json, std::string_view name, ServiceInstant now) {
  model_.advance_to(now + knobs_.clock_ahead);
  emulator::load_faults(json, name, model_, faults_, knobs_);
  gate_.set_token_lifetime(knobs_.token_lifetime);
}

void EmulatedService::set_job_duration(std::optional<Duration> least, std::optional<Duration> most) {
  ServiceKnobs& knobs = model_.knobs();
  if (least) knobs.job_min = *least;
  if (most) knobs.job_max = *most;
  if (knobs.job_min > knobs.job_max) (most ? knobs.job_min : knobs.job_max) = most ? *most : *least;
}

Answer EmulatedService::answer(const Request& request, ServiceInstant now) {
  model_.advance_to(now + knobs_.clock_ahead);
  const std::string request_id = random_hex(16);
  Answer answer = route(request, path_segments(request.path), request_id);
  answer.headers.emplace_back("X-Request-Id", request_id);
  answer.headers.emplace_back("Server", "api-gateway");
  if (!knobs_.hide_date) answer.headers.emplace_back("Date", format_http_date(service_time()));
  return answer;
}

Answer EmulatedService::route(const Request& request, const std::vector<std::string>& path,
                              const std::string& request_id) {
  // Without a password, so for nobody outside, whatever address the emulator listens on.
  if (path.front() == "emulator" && request.from_this_machine) return control(request, path);
  if (request.body.size() > kMaxBody) {
    return refusal_answer({413, "APIGW.0201", "Request entity too large"}, request_id);
  }
  if (request.method == "POST" && request.path == "/v3/auth/tokens") {
    return call(CallKind::token, request, {}, request_id);
  }
  if (request.method == "POST" && request.path == "/v3.0/OS-CREDENTIAL/securitytokens") {
    return call(CallKind::security_token, request, {}, request_id);
  }
  const std::optional<CallKind> kind = call_of(request.method, path);
  if (!kind) {
    return refusal_answer({404, "APIGW.0101", "The API does not exist or has not been published in the environment"},
                          request_id);
  }
  if (const auto refusal = gate_.admit(request, path[1], service_time())) {
    ++unauthorized_;
    return refusal_answer(*refusal, request_id);
  }
  return call(*kind, request, path.back(), request_id);
}

// --- Faults ----------------------------------------------------------------------------------------------------------

Answer EmulatedService::call(CallKind kind, const Request& request, const std::string& last_segment,
                             const std::string& request_id) {
  ++calls_[static_cast<std::size_t>(kind)];
  const std::optional<Fault> fault = faults_.next(kind);
  Answer real;
  if (!fault || fault->carried_out()) real = carry_out(kind, request, last_segment, request_id);
  return fault ? with_fault(*fault, request_id, std::move(real)) : real;
}

// --- The calls -------------------------------------------------------------------------------------------------------

Answer EmulatedService::carry_out(CallKind kind, const Request& request, const std::string& last_segment,
                                  const std::string& request_id) {
  switch (kind) {
    case CallKind::rebuild:
      return rebuild(request, request_id);
    case CallKind::sub_jobs:
      return sub_jobs(request, request_id);
    case CallKind::job:
      return job(last_segment, request_id);
    case CallKind::desktops:
    case CallKind::detail:
    case CallKind::connect_desktops:
      return list_desktops(kind, request, request_id);
    case CallKind::desktop:
      return one_desktop(last_segment, request_id);
    case CallKind::images:
      return images(request, request_id);
    case CallKind::check_images:
      return check_images(request, request_id);
    case CallKind::token:
      return gate_.token(request, service_time());
    case CallKind::security_token:
      return gate_.security_token(request, service_time());
  }
  return {};
}

Answer EmulatedService::rebuild(const Request& request, const std::string& request_id) {
  if (request.body.empty()) return refusal_answer(kEmptyBody, request_id);
  try {
    const Reply<JobId> reply = model_.rebuild(read_rebuild_request(request.body));
    if (const JobId* job = std::get_if<JobId>(&reply)) return json_answer(job_accepted(*job));
    return refusal_answer(std::get<Refusal>(reply), request_id);
  } catch (const Error& error) {  // a body that the service cannot read is an answer, not a failure of ours
    return refusal_answer(bad_body(error), request_id);
  }
}

Answer EmulatedService::sub_jobs(const Request& request, const std::string& request_id) {
  Query parameters(request.query);
  SubJobQuery query;
  if (const auto job = parameters.take("job_id")) query.job = JobId(*job);
  query.type = parameters.take("job_type");
  query.statuses = parameters.take_all("status");
  parameters.pass_over("desktop_pool_id");
  query.limit = parameters.take_integer("limit", 1000, 0, 1000);
  query.offset = parameters.take_integer("offset", 0, 0, 10'000);
  if (const auto problem = parameters.problem()) return refusal_answer(*problem, request_id);
  const Reply<SubJobPage> reply = model_.list_sub_jobs(query);
  if (const Refusal* refusal = std::get_if<Refusal>(&reply)) return refusal_answer(*refusal, request_id);
  return json_answer(sub_job_page(std::get<SubJobPage>(reply), model_, account().project_id));
}

Answer EmulatedService::job(const std::string& id, const std::string& request_id) {
  const Reply<JobView> reply = model_.read_job(JobId(id));
  if (const Refusal* refusal = std::get_if<Refusal>(&reply)) return refusal_answer(*refusal, request_id);
  return json_answer(job_view(std::get<JobView>(reply), model_, account().project_id));
}

Answer EmulatedService::list_desktops(CallKind kind, const Request& request, const std::string& request_id) {
  constexpr std::int64_t kNoEnd = 2'147'483'647;
  const bool connections = kind == CallKind::connect_desktops;
  Query parameters(request.query);
  DesktopQuery query;
  query.limit = parameters.take_integer("limit", connections ? 100 : 1000, 0, 1000);
  query.offset = parameters.take_integer("offset", 0, 0, connections ? 100'000 : kNoEnd);
  if (connections) {
    query.login_status = parameters.take("connect_status");
    parameters.pass_over("user_names");
  } else {
    for (const std::string& id : parameters.take_all("desktop_id")) query.ids.emplace_back(id);
    query.status = parameters.take("status");
    query.desktop_type = parameters.take("desktop_type");
    query.pool_id = parameters.take("pool_id");
    query.computer_name = parameters.take("computer_name");
    if (kind == CallKind::detail) {
      query.limit = std::min<std::int64_t>(query.limit, model_.knobs().max_detail_page);
      if (const auto image = parameters.take("image_id")) query.image_id = ImageId(*image);
      parameters.pass_over("sort_field");
      parameters.pass_over("sort_type");
    }
  }
  if (query.desktop_type && query.desktop_type->empty()) query.desktop_type.reset();  // empty: all
  if (const auto problem = parameters.problem()) return refusal_answer(*problem, request_id);
  const Reply<DesktopPage> reply = model_.list_desktops(query);
  if (const Refusal* refusal = std::get_if<Refusal>(&reply)) return refusal_answer(*refusal, request_id);
  const DesktopPage& page = std::get<DesktopPage>(reply);
  if (connections) return json_answer(connect_page(page));
  return json_answer(kind == CallKind::detail ? detail_page(page, model_) : short_page(page, account().project_id));
}

Answer EmulatedService::one_desktop(const std::string& id, const std::string& request_id) {
  if (const auto refusal = model_.count_read()) return refusal_answer(*refusal, request_id);
  const auto found = model_.desktops().find(DesktopId(id));
  if (found == model_.desktops().end()) {
    return refusal_answer({404, "WKS.00010404", "The desktop does not exist, resource id [" + id + "]."}, request_id);
  }
  return json_answer(emulator::one_desktop(found->second, model_));
}

Answer EmulatedService::images(const Request& request, const std::string& request_id) {
  Query parameters(request.query);
  const auto type = parameters.take("image_type");
  const auto id = parameters.take("image_id");
  const auto os_type = parameters.take("os_type");
  const auto architecture = parameters.take("architecture");
  const auto limit = static_cast<std::size_t>(parameters.take_integer("limit", 100, 0, 100));
  const auto offset = static_cast<std::size_t>(parameters.take_integer("offset", 0, 0, 5000));
  for (const char* name : {"platform", "package_type", "sort_field", "sort_type"}) parameters.pass_over(name);
  if (const auto problem = parameters.problem()) return refusal_answer(*problem, request_id);
  if (const auto refusal = model_.count_read()) return refusal_answer(*refusal, request_id);
  std::vector<ServiceImage> page;
  std::size_t total = 0;
  for (const auto& [image_id, image] : model_.images()) {
    if (image.ref.image_type == "market") continue;  // those have a list of their own
    if ((type && *type != image.ref.image_type) || (id && *id != image_id.str())) continue;
    if ((os_type && os_type != image.ref.os_type) || (architecture && *architecture != image.architecture)) continue;
    const std::size_t position = total++;
    if (position >= offset && page.size() < limit) page.push_back(image);
  }
  return json_answer(image_page(page, total));
}

Answer EmulatedService::check_images(const Request& request, const std::string& request_id) {
  if (const auto refusal = model_.count_read()) return refusal_answer(*refusal, request_id);
  if (request.body.empty()) return refusal_answer(kEmptyBody, request_id);
  try {
    return json_answer(checked_images(read_check_images(request.body), model_));
  } catch (const Error& error) {  // as in rebuild()
    return refusal_answer(bad_body(error), request_id);
  }
}

// --- What only the emulator has --------------------------------------------------------------------------------------

Answer EmulatedService::control(const Request& request, const std::vector<std::string>& path) {
  const std::string what = path.size() == 2 ? path[1] : std::string{};
  try {
    if (request.method == "GET" && what == "record") return json_answer(record_json(model_, calls_, unauthorized_));
    if (request.method == "GET" && what == "desktops") return json_answer(desktops_json(model_));
    if (request.method == "POST" && what == "faults") {
      emulator::load_faults(request.body, "the request", model_, faults_, knobs_);
      gate_.set_token_lifetime(knobs_.token_lifetime);
      return json_answer("{}");
    }
    if (request.method == "POST" && what == "desktops") {
      change_desktops(request.body, "the request", model_);
      return json_answer("{}");
    }
    if (request.method == "POST" && what == "revoke-tokens") {
      gate_.revoke_tokens();
      return json_answer("{}");
    }
  } catch (const Error& error) {  // told to whoever controls the emulator
    return refusal_answer({400, "EMULATOR", error.what()}, {});
  }
  return refusal_answer({404, "EMULATOR", "There is no such control of the emulator; docs/emulator.md lists them."},
                        {});
}

}  // namespace gild::emulator
