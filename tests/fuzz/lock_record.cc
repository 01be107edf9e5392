// SPDX-License-Identifier: Apache-2.0
// The record in a lock's file, which may be half written, or anything else.
#include "engine/store/file_lock.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gild;
  const LockHolder holder = read_lock_record(fuzz::text_of(data, size));
  const std::string line = write_lock_record(holder);
  fuzz::require(line.find('\n') == line.size() - 1, "a record is one line", line);
  fuzz::require_same(write_lock_record(read_lock_record(line)), line, "a record that was written reads as the same");
  return 0;
}
