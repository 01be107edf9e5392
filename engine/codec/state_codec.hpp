// SPDX-License-Identifier: Apache-2.0
// State ↔ JSON, format "gild.state/1" (schemas/state.schema.json). One desktop a line, sorted by workspace and id, so
// that Git shows readable differences; every field of the format is present, null means none.
#pragma once

#include <string>
#include <string_view>

#include "engine/model/state.hpp"

namespace gild {

std::string write_state(const State& state, std::string_view gild_version);
// `name` is the file's, for errors. Throws Error(input) where the text is not a state that this version understands; a
// newer format is refused, not guessed at.
State read_state(std::string_view text, std::string_view name);

}  // namespace gild
