// SPDX-License-Identifier: Apache-2.0
// What the emulator is told: the tenant (--inventory) and what is to go wrong (--faults), both JSON, described for
// users in docs/emulator.md. Read strictly: a misspelt fault that is silently left out would make a test pass for
// nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/simulation/faults.hpp"
#include "engine/simulation/service_model.hpp"

namespace gild::emulator {

// The project's id where the inventory names none, so that examples can be written down.
inline constexpr std::string_view kDefaultProjectId = "0123456789abcdef0123456789abcdef";
inline constexpr std::string_view kDefaultRegion = "emulator-1";

// What holds for the emulator beyond the model.
struct ServerKnobs {
  std::chrono::seconds token_lifetime{std::chrono::hours{24}};  // of tokens that the identity service hands out
  std::chrono::seconds clock_ahead{0};                          // the service's clock against this machine's
  bool hide_date = false;                                       // answers without a Date
};

struct Tenant {
  std::string project_id{kDefaultProjectId};
  std::string region{kDefaultRegion};
};

// `name` is what errors call the document. Throws Error(input) that names the place.
Tenant load_inventory(std::string_view json, std::string_view name, ServiceModel& model);
// A small made-up tenant, described in docs/emulator.md.
void load_default_inventory(ServiceModel& model);
// Replaces the fault rules by the document's, whose calls are counted from now, and sets the knobs that it names; knobs
// that it does not name, and desktops whose fate was set before, stay as they are.
void load_faults(std::string_view json, std::string_view name, ServiceModel& model, FaultPlan& faults,
                 ServerKnobs& knobs);
// Changes desktops as people and other programs would: see docs/emulator.md, POST /emulator/desktops.
void change_desktops(std::string_view json, std::string_view name, ServiceModel& model);

}  // namespace gild::emulator
