// SPDX-License-Identifier: Apache-2.0
// Records as JSON, one a line, folded into a state one after the other. The checksum that guards them on the disk is
// left out.
#include "engine/codec/journal_codec.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/model/fold.hpp"
#include "tests/fuzz/record_line.hpp"
#include "tests/fuzz/same_json.hpp"

namespace {

using namespace gild;

std::optional<JournalRecord> read(std::string_view line, JsonParser& parser) {
  try {
    return read_record(line, "the journal", parser);
  } catch (const Error& error) {
    fuzz::require(error.kind() == ErrorKind::input, "what is wrong with a record is wrong with the input",
                  error.what());
    return std::nullopt;
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  JsonParser parser;
  State state;
  state.lineage = "l";
  fuzz::for_each_line(fuzz::text_of(data, size), [&](std::string_view framed) {
    const std::string line = fuzz::without_checksum(framed);
    const auto record = read(line, parser);
    if (!record) return;
    const std::string text = write_record(*record);
    fuzz::require_same_json(line, text, "a record that was read has lost nothing");
    fuzz::require_same(write_record(read_record(text, "the journal", parser)), text,
                       "a record that was written reads as the same record");
    State before = state;
    try {
      fold(state, *record);
    } catch (const Error& error) {
      fuzz::require(error.kind() == ErrorKind::input, "a record that cannot follow is wrong input", error.what());
      state = std::move(before);
    }
  });
  const std::string text = write_state(state, "0.0.0");
  fuzz::require_same(write_state(read_state(text, "gild.state.json"), "0.0.0"), text,
                     "whatever was folded can be stored and read again");
  return 0;
}
