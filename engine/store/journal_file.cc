// SPDX-License-Identifier: Apache-2.0
#include "engine/store/journal_file.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "engine/core/error.hpp"

namespace gild {
namespace {

constexpr std::size_t kPiece = std::size_t{1024} * 1024;

// Hands out records until something else than a whole record follows. A record may be longer than a piece.
void take_whole_records(const DiskFile& file, JournalScan& scan) {
  std::string piece(kPiece, '\0');
  std::size_t kept = 0;  // at its front, of the record that the piece before cut in two
  for (;;) {
    const std::size_t count = file.read(scan.extent().whole_bytes + kept, std::span(piece).subspan(kept));
    std::string_view rest(piece.data(), kept + count);
    const std::size_t size = rest.size();
    scan.take_whole(rest);
    const bool stuck = rest.size() == size && rest.find('\n') != std::string_view::npos;
    if (count == 0 || stuck) return;
    kept = rest.size();
    piece.replace(0, kept, piece, size - kept, kept);
    if (kept == piece.size()) piece.resize(piece.size() * 2);
  }
}

std::string read_from(const DiskFile& file, std::uint64_t offset) {
  std::string bytes;
  for (;;) {
    const std::size_t before = bytes.size();
    bytes.resize(before + kPiece);
    const std::size_t count = file.read(offset + before, std::span(bytes).subspan(before));
    bytes.resize(before + count);
    if (count < kPiece) return bytes;
  }
}

}  // namespace

JournalExtent scan_journal_file(const DiskFile& file, const std::string& name, TornEnd torn_end, TakeRecord take) {
  JournalScan scan(name, torn_end, std::move(take));
  try {
    take_whole_records(file, scan);
  } catch (const Error&) {
    // Found again below, in what follows the last whole record.
  }
  std::string bytes = read_from(file, scan.extent().whole_bytes);
  for (;;) {
    std::string_view rest = bytes;
    try {
      scan.take_whole(rest);
      scan.end(rest);
      return scan.extent();
    } catch (const Error&) {
      // A torn end that is cut off and written anew while it is read looks damaged. What is truly damaged is so again.
      // Whole records stay as they are for ever.
      std::string again = read_from(file, scan.extent().whole_bytes);
      if (again == rest) throw;
      bytes = std::move(again);
    }
  }
}

}  // namespace gild
