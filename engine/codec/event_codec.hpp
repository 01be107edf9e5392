// SPDX-License-Identifier: Apache-2.0
// Event → one line of JSON, format "gild.event/1" (schemas/event.schema.json).
#pragma once

#include <string>

#include "engine/core/time.hpp"
#include "engine/model/event.hpp"

namespace gild {

std::string write_event(const Event& event, Time at);

}  // namespace gild
