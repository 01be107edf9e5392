// SPDX-License-Identifier: Apache-2.0
// What the emulator tells about itself, outside of the service's API: what was done to whom, so that a test can count.
#pragma once

#include <array>
#include <string>

#include "engine/simulation/faults.hpp"
#include "engine/simulation/service_model.hpp"

namespace gild::emulator {

// GET /emulator/record
std::string record_json(const ServiceModel& model, const std::array<std::size_t, kCallKinds>& calls,
                        std::size_t unauthorized);
// GET /emulator/desktops
std::string desktops_json(const ServiceModel& model);

}  // namespace gild::emulator
