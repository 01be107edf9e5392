// SPDX-License-Identifier: Apache-2.0
#include "engine/emulator/settings.hpp"

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/core/json_reader.hpp"
#include "engine/core/text.hpp"

namespace gild::emulator {
namespace {

constexpr double kMaxSeconds = 365.0 * 24 * 3600;
constexpr std::int64_t kMaxGroup = 1'000'000;

Duration seconds_of(const JsonValue& value) {
  return Duration{static_cast<std::int64_t>(std::llround(value.as_number(0, kMaxSeconds) * 1000))};
}

[[noreturn]] void fail_unknown(const JsonValue& value, std::string_view what, std::string_view word,
                               const std::vector<std::string_view>& known) {
  std::string text = fmt::format("unknown {} \"{}\"", what, word);
  if (const auto meant = nearest(word, known)) {
    text += fmt::format("; did you mean \"{}\"?", *meant);
  } else {
    text += fmt::format("; known are {}", fmt::join(known, ", "));
  }
  value.fail(text);
}

template <class Enum, std::size_t Size>
Enum word_of(const JsonValue& value, std::string_view what,
             const std::array<std::pair<std::string_view, Enum>, Size>& words) {
  const std::string_view given = value.as_string();
  std::vector<std::string_view> known;
  for (const auto& [word, meaning] : words) {
    if (word == given) return meaning;
    known.push_back(word);
  }
  fail_unknown(value, what, given, known);
}

// --- Inventory -------------------------------------------------------------------------------------------------------

// An image by its id or its name.
ImageId image_named(const JsonValue& value, const ServiceModel& model) {
  const std::string_view given = value.as_string();
  std::vector<std::string_view> known;
  for (const auto& [id, image] : model.images()) {
    if (id.str() == given || image.name == given) return id;
    known.push_back(image.name);
  }
  fail_unknown(value, "image", given, known);
}

void read_image(const JsonValue& json, ServiceModel& model) {
  json.expect_keys({"name"}, {"id", "type", "os_type", "min_disk_gb", "architecture"});
  ServiceImage image;
  image.name = json.string("name");
  image.ref.image_id = ImageId(json.optional_string("id").value_or(uuid_for(image.name)));
  image.ref.image_type = json.optional_string("type").value_or("private");
  image.ref.os_type = json.optional_string("os_type").value_or("Windows");
  if (json.has("min_disk_gb")) image.min_disk_gb = static_cast<int>(json.integer("min_disk_gb", 1, 1024));
  image.architecture = json.optional_string("architecture").value_or("x86");
  if (model.images().contains(image.ref.image_id)) json.fail("an image of this id is there already");
  model.add_image(std::move(image));
}

constexpr std::array<std::string_view, 14> kDesktopKeys{
    "status",  "task_status", "login_status", "attach_state", "type",      "frozen",      "image",
    "root_gb", "data_disks",  "tags",         "pool_id",      "user_name", "maintenance", "order_id"};

// One field that desktops, groups and changes have in common; false where it is none of them.
bool read_desktop_field(std::string_view key, const JsonValue& value, ServiceDesktop& desktop,
                        const ServiceModel& model) {
  LiveDesktop& live = desktop.live;
  const auto text = [&] { return std::string(value.as_string()); };
  if (key == "status") {
    live.status = text();
  } else if (key == "task_status") {
    live.task_status = text();
    live.process = live.task_status.empty() ? std::nullopt : std::optional(0);
  } else if (key == "login_status") {
    live.login_status = text();
  } else if (key == "attach_state") {
    live.attach_state = text();
  } else if (key == "type") {
    live.desktop_type = text();
  } else if (key == "frozen") {
    live.frozen = value.as_boolean();
  } else if (key == "image") {
    live.image_id = value.is_null() ? std::nullopt : std::optional(image_named(value, model));
    if (live.image_id) live.os_type = model.images().at(*live.image_id).ref.os_type;
  } else if (key == "root_gb") {
    live.root_gb = static_cast<int>(value.as_integer(1, 32768));
  } else if (key == "data_disks") {
    live.data_disks = static_cast<int>(value.as_integer(0, 10));
  } else if (key == "tags") {
    live.tags.clear();
    value.for_each_member([&](std::string_view name, const JsonValue& tag) {
      live.tags.emplace_back(std::string(name), std::string(tag.as_string()));
    });
  } else if (key == "pool_id") {
    desktop.pool_id = text();
  } else if (key == "user_name") {
    desktop.user_name = text();
  } else if (key == "maintenance") {
    desktop.maintenance = value.as_boolean();
  } else if (key == "order_id") {
    desktop.order_id = text();
  } else {
    return false;
  }
  return true;
}

void read_desktop_fields(const JsonValue& json, std::initializer_list<std::string_view> own_keys,
                         ServiceDesktop& desktop, const ServiceModel& model) {
  json.for_each_member([&](std::string_view key, const JsonValue& value) {
    for (const std::string_view own : own_keys) {
      if (key == own) return;
    }
    if (read_desktop_field(key, value, desktop, model)) return;
    std::vector<std::string_view> known(kDesktopKeys.begin(), kDesktopKeys.end());
    known.insert(known.end(), own_keys.begin(), own_keys.end());
    fail_unknown(json, "key", key, known);
  });
}

ServiceDesktop new_desktop(const std::string& name, const ServiceModel& model) {
  ServiceDesktop desktop;
  desktop.live.id = DesktopId(uuid_for(name));
  desktop.live.name = name;
  desktop.live.status = "ACTIVE";
  desktop.live.login_status = "REGISTERED";
  desktop.live.attach_state = "ATTACHED";
  desktop.live.desktop_type = "DEDICATED";
  desktop.live.root_gb = 80;
  desktop.created = model.now() - std::chrono::days{30};
  return desktop;
}

void add_desktop(const JsonValue& json, ServiceDesktop desktop, ServiceModel& model) {
  if (model.desktops().contains(desktop.live.id))
    json.fail(fmt::format("desktop {} is there already", desktop.live.id));
  model.add_desktop(std::move(desktop));
}

void read_desktop(const JsonValue& json, ServiceModel& model) {
  ServiceDesktop desktop = new_desktop(std::string(json.string("name")), model);
  if (json.has("id")) desktop.live.id = DesktopId(json.string("id"));
  read_desktop_fields(json, {"id", "name"}, desktop, model);
  add_desktop(json, std::move(desktop), model);
}

// {"prefix": "fin", "count": 120, …}: fin-001 … fin-120.
void read_group(const JsonValue& json, ServiceModel& model) {
  const std::string prefix(json.string("prefix"));
  const std::int64_t count = json.integer("count", 1, kMaxGroup);
  for (std::int64_t number = 1; number <= count; ++number) {
    ServiceDesktop desktop = new_desktop(fmt::format("{}-{:03}", prefix, number), model);
    desktop.user_name = fmt::format("{}-user-{:03}", prefix, number);
    read_desktop_fields(json, {"prefix", "count"}, desktop, model);
    add_desktop(json, std::move(desktop), model);
  }
}

constexpr std::string_view kDefaultInventory = R"({
  "images": [
    {"name": "win11-2026-09"},
    {"name": "win11-2026-10"},
    {"name": "ubuntu-24-04", "type": "gold", "os_type": "Linux"}
  ],
  "groups": [
    {"prefix": "finance", "count": 12, "image": "win11-2026-09", "tags": {"dept": "finance"}},
    {"prefix": "design", "count": 5, "image": "win11-2026-09", "tags": {"dept": "design"}, "data_disks": 1},
    {"prefix": "kiosk", "count": 3, "image": "win11-2026-09", "status": "SHUTOFF", "login_status": "UNREGISTER"}
  ],
  "desktops": [
    {"name": "cfo", "image": "win11-2026-09", "login_status": "CONNECTED", "user_name": "cfo"}
  ]
})";

// --- Knobs -----------------------------------------------------------------------------------------------------------

struct KnobTargets {
  ServiceKnobs& service;
  ServerKnobs& server;
};
struct KnobReader {
  std::string_view name;
  void (*read)(const JsonValue& value, const KnobTargets& to);
};

void read_job_seconds(const JsonValue& value, const KnobTargets& to) {
  std::vector<Duration> range;
  value.for_each([&](const JsonValue& item) { range.push_back(seconds_of(item)); });
  if (range.size() != 2 || range[0] > range[1]) value.fail("expected [MIN, MAX] in seconds, MIN not above MAX");
  to.service.job_min = range[0];
  to.service.job_max = range[1];
}

constexpr std::array<std::pair<std::string_view, ListOrder>, 4> kListOrders{{{"oldest_first", ListOrder::oldest_first},
                                                                             {"newest_first", ListOrder::newest_first},
                                                                             {"scrambled", ListOrder::scrambled},
                                                                             {"unstable", ListOrder::unstable}}};
constexpr std::array<std::pair<std::string_view, EndWord>, 2> kEndWords{
    {{"complete", EndWord::complete}, {"success_or_fail", EndWord::success_or_fail}}};
constexpr std::array<std::pair<std::string_view, ImageShown>, 2> kImageShown{
    {{"at_end", ImageShown::at_end}, {"at_start", ImageShown::at_start}}};
constexpr std::array<std::pair<std::string_view, DeniedDesktop>, 3> kDenied{
    {{"refuses_all", DeniedDesktop::refuses_all},
     {"rest_executed", DeniedDesktop::rest_executed},
     {"fails_in_job", DeniedDesktop::fails_in_job}}};

constexpr int kMaxRate = 1'000'000;

const std::array kKnobs{
    KnobReader{"job_seconds", read_job_seconds},
    KnobReader{"minute_seconds", [](const auto& value, const auto& to) { to.service.minute = seconds_of(value); }},
    KnobReader{"sub_jobs_listed_after_seconds",
               [](const auto& value, const auto& to) { to.service.sub_jobs_listed_after = seconds_of(value); }},
    KnobReader{"sub_jobs_never_listed",
               [](const auto& value, const auto& to) { to.service.sub_jobs_never_listed = value.as_boolean(); }},
    KnobReader{"list_order",
               [](const auto& value, const auto& to) { to.service.list_order = word_of(value, "order", kListOrders); }},
    KnobReader{"end_word",
               [](const auto& value, const auto& to) { to.service.end_word = word_of(value, "choice", kEndWords); }},
    KnobReader{"records_kept_seconds",
               [](const auto& value, const auto& to) {
                 to.service.records_kept = value.is_null() ? std::nullopt : std::optional(seconds_of(value));
               }},
    KnobReader{"image_shown", [](const auto& value,
                                 const auto& to) { to.service.image_shown = word_of(value, "choice", kImageShown); }},
    KnobReader{"image_late_seconds",
               [](const auto& value, const auto& to) { to.service.image_late = seconds_of(value); }},
    KnobReader{"image_changes_on_failure",
               [](const auto& value, const auto& to) { to.service.image_changes_on_failure = value.as_boolean(); }},
    KnobReader{"task_during_delay",
               [](const auto& value, const auto& to) { to.service.task_during_delay = value.as_boolean(); }},
    KnobReader{"running_during_delay",
               [](const auto& value, const auto& to) { to.service.running_during_delay = value.as_boolean(); }},
    KnobReader{"task_gap_seconds", [](const auto& value, const auto& to) { to.service.task_gap = seconds_of(value); }},
    KnobReader{"task_lags_seconds",
               [](const auto& value, const auto& to) { to.service.task_lags = seconds_of(value); }},
    KnobReader{"denied_desktop", [](const auto& value,
                                    const auto& to) { to.service.denied_desktop = word_of(value, "choice", kDenied); }},
    KnobReader{"denied_statuses",
               [](const auto& value, const auto& to) {
                 const auto statuses = value.as_strings();
                 to.service.denied_statuses = {statuses.begin(), statuses.end()};
               }},
    KnobReader{"accepts_second_rebuild",
               [](const auto& value, const auto& to) { to.service.accepts_second_rebuild = value.as_boolean(); }},
    KnobReader{"status_after_success",
               [](const auto& value, const auto& to) { to.service.status_after_success = value.as_string(); }},
    KnobReader{"status_after_failure",
               [](const auto& value, const auto& to) { to.service.status_after_failure = value.as_string(); }},
    KnobReader{"failure_rate",
               [](const auto& value, const auto& to) { to.service.failure_rate = value.as_number(0, 1); }},
    KnobReader{"reads_per_minute",
               [](const auto& value, const auto& to) {
                 to.service.reads_per_minute = static_cast<int>(value.as_integer(0, kMaxRate));
               }},
    KnobReader{"writes_per_minute",
               [](const auto& value, const auto& to) {
                 to.service.writes_per_minute = static_cast<int>(value.as_integer(0, kMaxRate));
               }},
    KnobReader{"max_detail_page",
               [](const auto& value, const auto& to) {
                 to.service.max_detail_page = static_cast<int>(value.as_integer(1, 1000));
               }},
    KnobReader{"token_lifetime_seconds",
               [](const auto& value, const auto& to) {
                 to.server.token_lifetime = std::chrono::seconds{value.as_integer(0, 86400)};
               }},
    KnobReader{"clock_ahead_seconds",
               [](const auto& value, const auto& to) {
                 to.server.clock_ahead = std::chrono::seconds{value.as_integer(-86400, 86400)};
               }},
    KnobReader{"hide_date", [](const auto& value, const auto& to) { to.server.hide_date = value.as_boolean(); }},
};

void read_knob(std::string_view name, const JsonValue& value, const KnobTargets& to) {
  std::vector<std::string_view> known;
  for (const KnobReader& knob : kKnobs) {
    if (knob.name == name) return knob.read(value, to);
    known.push_back(knob.name);
  }
  fail_unknown(value, "knob", name, known);
}

// --- Faults ----------------------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, kCallKinds> kCallNames{
    "rebuild",          "sub-jobs", "job",          "desktops", "detail",        "desktop",
    "connect-desktops", "images",   "check-images", "token",    "security-token"};
constexpr std::array<std::string_view, 10> kFaultNames{"throttle", "status",      "status_after", "html",  "html_after",
                                                       "half",     "lost_before", "lost_after",   "reset", "slow"};

FaultRule read_rule(const JsonValue& json) {
  json.expect_keys({"fault"}, {"on", "nth", "from", "count", "chance", "status", "code", "message", "wait_seconds",
                               "limit", "window"});
  FaultRule rule;
  if (json.has("on")) {
    const JsonValue on = json.at("on");
    rule.on = call_kind_from(on.as_string());
    if (!rule.on) fail_unknown(on, "call", on.as_string(), {kCallNames.begin(), kCallNames.end()});
  }
  const JsonValue fault = json.at("fault");
  const auto kind = fault_kind_from(fault.as_string());
  if (!kind || *kind == Fault::Kind::unreachable || *kind == Fault::Kind::certificate) {
    fail_unknown(fault, "fault", fault.as_string(), {kFaultNames.begin(), kFaultNames.end()});
  }
  rule.fault.kind = *kind;
  if (json.has("nth") && (json.has("from") || json.has("count")))
    json.fail("\"nth\" goes without \"from\" and \"count\"");
  constexpr std::int64_t kMost = 1'000'000'000;
  if (json.has("nth")) {
    rule.from = static_cast<std::size_t>(json.integer("nth", 1, kMost));
  } else {
    if (json.has("from")) rule.from = static_cast<std::size_t>(json.integer("from", 1, kMost));
    rule.count = json.has("count") ? static_cast<std::size_t>(json.integer("count", 1, kMost)) : FaultRule::kForEver;
  }
  if (json.has("chance")) rule.chance = json.at("chance").as_number(0, 1);
  if (json.has("status")) rule.fault.status = static_cast<int>(json.integer("status", 200, 599));
  if (json.has("code")) rule.fault.code = json.string("code");
  if (json.has("message")) rule.fault.message = json.string("message");
  if (json.has("wait_seconds")) rule.fault.wait = seconds_of(json.at("wait_seconds"));
  if (json.has("limit")) rule.fault.limit = static_cast<int>(json.integer("limit", 1, kMaxRate));
  if (json.has("window")) rule.fault.window = json.string("window");
  return rule;
}

void for_each_desktop(const JsonValue& json, std::string_view key, const ServiceModel& model,
                      const std::function<void(const DesktopId&)>& what) {
  if (!json.has(key)) return;
  json.at(key).for_each([&](const JsonValue& item) {
    const std::string_view given = item.as_string();
    if (const DesktopId id(given); model.desktops().contains(id)) return what(id);
    for (const auto& [id, desktop] : model.desktops()) {
      if (desktop.live.name == given) return what(id);
    }
    item.fail("there is no such desktop");
  });
}

}  // namespace

Tenant load_inventory(std::string_view text, std::string_view name, ServiceModel& model) {
  JsonParser parser;
  const JsonValue json = parser.parse(text, name);
  json.expect_keys({}, {"project_id", "region", "images", "groups", "desktops"});
  if (json.has("images")) json.at("images").for_each([&](const JsonValue& item) { read_image(item, model); });
  if (json.has("groups")) json.at("groups").for_each([&](const JsonValue& item) { read_group(item, model); });
  if (json.has("desktops")) json.at("desktops").for_each([&](const JsonValue& item) { read_desktop(item, model); });
  Tenant tenant;
  if (json.has("project_id")) tenant.project_id = json.string("project_id");
  if (json.has("region")) tenant.region = json.string("region");
  return tenant;
}

void load_default_inventory(ServiceModel& model) {
  load_inventory(kDefaultInventory, "the default inventory", model);
}

void load_faults(std::string_view text, std::string_view name, ServiceModel& model, FaultPlan& faults,
                 ServerKnobs& knobs) {
  JsonParser parser;
  const JsonValue json = parser.parse(text, name);
  json.expect_keys({}, {"faults", "knobs", "fail_jobs_of", "fail_jobs_onto", "hang_jobs_of", "keep_image_of",
                        "deny_rebuild_of", "forgive"});
  // Nothing changes before all of it has been read: half a plan of faults would be worse than none.
  ServiceModel changed_model = model;
  ServerKnobs changed_knobs = knobs;
  FaultPlan plan;
  if (json.has("knobs")) {
    json.at("knobs").for_each_member([&](std::string_view key, const JsonValue& value) {
      read_knob(key, value, {changed_model.knobs(), changed_knobs});
    });
  }
  if (json.has("faults")) json.at("faults").for_each([&](const JsonValue& item) { plan.add(read_rule(item)); });
  const auto fate = [&](Fate::End end) {
    return [&changed_model, end](const DesktopId& id) {
      Fate changed;
      changed.end = end;
      changed_model.set_fate(id, std::move(changed));
    };
  };
  for_each_desktop(json, "forgive", model, [&](const DesktopId& id) {
    changed_model.forgive(id);
    changed_model.allow_rebuild_of(id);
  });
  for_each_desktop(json, "fail_jobs_of", model, fate(Fate::End::failure));
  for_each_desktop(json, "hang_jobs_of", model, fate(Fate::End::never));
  for_each_desktop(json, "keep_image_of", model, fate(Fate::End::success_without_image));
  for_each_desktop(json, "deny_rebuild_of", model, [&](const DesktopId& id) { changed_model.deny_rebuild_of(id); });
  if (json.has("fail_jobs_onto")) {
    json.at("fail_jobs_onto").for_each([&](const JsonValue& image) {
      changed_model.fail_jobs_onto(image_named(image, model));
    });
  }
  model = std::move(changed_model);
  knobs = changed_knobs;
  faults = std::move(plan);
}

void change_desktops(std::string_view text, std::string_view name, ServiceModel& model) {
  JsonParser parser;
  const JsonValue json = parser.parse(text, name);
  json.expect_keys({}, {"add", "change", "remove", "rebuild"});
  ServiceModel changed = model;
  if (json.has("add")) json.at("add").for_each([&](const JsonValue& item) { read_desktop(item, changed); });
  if (json.has("change")) {
    json.at("change").for_each([&](const JsonValue& item) {
      const DesktopId id(item.string("id"));
      const auto found = changed.desktops().find(id);
      if (found == changed.desktops().end()) item.fail("there is no such desktop");
      ServiceDesktop desktop = found->second;
      read_desktop_fields(item, {"id"}, desktop, changed);
      changed.add_desktop(std::move(desktop));
    });
  }
  for_each_desktop(json, "remove", model, [&](const DesktopId& id) { changed.remove_desktop(id); });
  if (json.has("rebuild")) {
    const JsonValue rebuild = json.at("rebuild");
    rebuild.expect_keys({"desktops", "image"});
    std::vector<DesktopId> ids;
    for_each_desktop(rebuild, "desktops", changed, [&](const DesktopId& id) { ids.push_back(id); });
    changed.rebuild_by_somebody(ids, changed.images().at(image_named(rebuild.at("image"), changed)).ref);
  }
  model = std::move(changed);
}

}  // namespace gild::emulator
