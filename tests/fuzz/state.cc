// SPDX-License-Identifier: Apache-2.0
// A state file.
#include "engine/codec/document_format.hpp"
#include "engine/codec/state_codec.hpp"
#include "tests/fuzz/same_json.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gild;
  std::string text;
  try {
    text = write_state(read_state(fuzz::text_of(data, size), "gild.state.json"), "0.0.0");
  } catch (const Error& error) {
    fuzz::require(error.kind() == ErrorKind::input, "what is wrong with a state is wrong with the input", error.what());
    return 0;
  }
  // A document of a store over HTTP holds a state and more.
  const bool is_state = document_format(fuzz::text_of(data, size), "gild.state.json").starts_with("gild.state/");
  if (is_state) {
    fuzz::require_same_json(fuzz::text_of(data, size), text, "a state that was read has lost nothing", "gild_version");
  }
  fuzz::require_same(write_state(read_state(text, "gild.state.json"), "0.0.0"), text,
                     "a state that was written reads as the same state");
  return 0;
}
