// SPDX-License-Identifier: Apache-2.0
// What somebody sends to the emulator: bodies and queries. What it takes for a rebuild is what gild writes as one.
#include "engine/cloud/wire.hpp"
#include "engine/emulator/exchange.hpp"
#include "engine/emulator/query.hpp"
#include "engine/emulator/wire.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace gild;

template <class Read>
void read_or_refuse(Read read) {
  try {
    read();
  } catch (const Error& error) {
    fuzz::require(error.kind() == ErrorKind::input, "a request that cannot be read is wrong input", error.what());
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{fuzz::text_of(data, size)};
  read_or_refuse([&] {
    const std::string written = encode_rebuild(emulator::read_rebuild_request(text));
    fuzz::require_same(encode_rebuild(emulator::read_rebuild_request(written)), written,
                       "both sides read a rebuild alike");
  });
  read_or_refuse([&] { static_cast<void>(emulator::read_check_images(text)); });

  emulator::Query query(text);
  const std::int64_t limit = query.take_integer("limit", 100, 0, 1000);
  fuzz::require(limit >= 0 && limit <= 1000, "a number stays inside its bounds");
  static_cast<void>(query.take_all("status"));
  static_cast<void>(query.problem());
  static_cast<void>(emulator::path_segments(text));
  fuzz::require_same(emulator::percent_decoded(emulator::percent_encoded(text)), text,
                     "what was encoded decodes to itself");
  return 0;
}
