// SPDX-License-Identifier: Apache-2.0
// State ↔ JSON, format "gild.state/1" (schemas/state.schema.json). One desktop a line, sorted by workspace and id, so
// that Git shows readable differences; every field of the format is present, null means none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "engine/core/json_writer.hpp"
#include "engine/model/state.hpp"

namespace gild {

std::string write_state(const State& state, std::string_view gild_version);
// The same text piece by piece, in order, where all of it at once would take too much memory: calls take(piece), which
// is good until the next one. A piece has about 1 MiB; no text is too small for one.
void write_state(const State& state, std::string_view gild_version, const std::function<void(std::string_view)>& take);
// `name` is the file's, for errors. Throws Error(input) where the text is not a state that this version understands; a
// newer format is refused, not guessed at.
State read_state(std::string_view text, std::string_view name);

// Copies a text from `offset` on into `into`, as much as there is room for, and says how much: less only where the text
// ends.
using ReadPiece = std::function<std::size_t(std::uint64_t offset, std::span<char> into)>;
// The same for a text that is read as it is needed, so that it never stands in memory beside the state: as long as it
// is laid out as write_state() does, which is read several times faster, too.
State read_state(const ReadPiece& read, std::string_view name);

// A desktop, a request and a job as write_state() writes them: the members of an object that is open.
void write_desktop(JsonWriter& json, const DesktopKey& key, const DesktopRecord& desktop);
void write_intent(JsonWriter& json, const Intent& intent);
void write_job(JsonWriter& json, const Job& job);

}  // namespace gild
