// SPDX-License-Identifier: Apache-2.0
// The bytes of an HTTP answer as they come off a socket: in one piece, and in small ones.
#include "engine/cloud/http_message.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace gild;

ResponseReader read(std::string_view bytes, std::size_t piece, bool clean_end) {
  ResponseReader reader;
  while (!bytes.empty() && !reader.done() && !reader.failed()) {
    reader.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  if (!reader.done() && !reader.failed()) reader.end(clean_end);
  return reader;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices{data, size};
  const std::size_t piece = choices.byte() / 2 + 1;
  const bool clean_end = choices.byte() % 2 == 0;
  ResponseReader whole = read(choices.rest(), choices.rest().size() + 1, clean_end);
  ResponseReader pieces = read(choices.rest(), piece, clean_end);
  fuzz::require(whole.done() != whole.failed(), "an answer comes to an end, this way or that");
  fuzz::require(whole.done() == pieces.done(), "it does not matter in which pieces an answer comes",
                whole.failure() + " / " + pieces.failure());
  fuzz::require(!whole.failed() || !whole.failure().empty(), "a failure has a reason");
  if (!whole.done()) return 0;
  const HttpResponse a = whole.take();
  const HttpResponse b = pieces.take();
  fuzz::require(a.status == b.status && a.complete == b.complete && a.headers == b.headers && a.body == b.body,
                "it does not matter in which pieces an answer comes");
  fuzz::require(a.status >= 100 && a.status <= 999, "a status has three digits");
  return 0;
}
