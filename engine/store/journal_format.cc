// SPDX-License-Identifier: Apache-2.0
#include "engine/store/journal_format.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "engine/codec/journal_codec.hpp"
#include "engine/core/digest.hpp"
#include "engine/core/error.hpp"
#include "engine/core/shell_word.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::string_view kMark = ",\"crc\":\"";
constexpr std::string_view kEnd = "\"}";
constexpr std::size_t kDigits = 8;
constexpr std::size_t kSuffix = kMark.size() + kDigits + kEnd.size();
constexpr std::string_view kRecordStart = "{\"serial\":";

std::string checksum(std::string_view body) {
  return fmt::format("{:08x}", crc32c(body));
}

// The record's JSON without its closing brace, where the line's checksum holds.
std::optional<std::string_view> body_of(std::string_view line) {
  if (line.size() <= kSuffix || !line.ends_with(kEnd)) return std::nullopt;
  const std::size_t mark = line.size() - kSuffix;
  if (line.substr(mark, kMark.size()) != kMark) return std::nullopt;
  const std::string_view body = line.substr(0, mark);
  if (line.substr(mark + kMark.size(), kDigits) != checksum(body)) return std::nullopt;
  return body;
}

bool only_nuls(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

// Looks for a whole record in bytes that are not a whole line. `,"crc":"` cannot stand inside a JSON string, where its
// quotation marks would be escaped, so each mark ends at most one record: the one that begins at the beginning or at
// the last start of a record before it. A whole record that only lost its line break is an unfinished one.
bool holds_whole_record(std::string_view bytes) {
  std::size_t from = 0;  // where the mark before ended
  for (std::size_t mark = bytes.find(kMark); mark != std::string_view::npos; mark = bytes.find(kMark, mark + 1)) {
    const std::size_t end = std::min(mark + kSuffix, bytes.size());
    const std::string_view between = bytes.substr(from, end - from);
    const std::size_t start = between.rfind(kRecordStart);
    for (const std::size_t skipped : {std::size_t{0}, start}) {
      if (skipped == std::string_view::npos || !body_of(between.substr(skipped))) continue;
      if (from + skipped != 0 || !only_nuls(bytes.substr(end))) return true;
    }
    from = end;
  }
  return false;
}

// `rest` begins with the first line that is not whole.
bool is_torn(std::string_view rest) {
  if (holds_whole_record(rest)) return false;
  return rest.find('\n') == std::string_view::npos || rest.find('\0') != std::string_view::npos;
}

// What somebody can do who has no backup. A segment of the history is mostly no part of the state; a journal is.
std::string advice(const std::string& name, std::size_t line, std::uint64_t offset, TornEnd torn_end) {
  const std::string file = shell_word(name);
  const std::string copy = shell_word(name + ".damaged");
  if (torn_end == TornEnd::damage_to_state) return advice_on_needed_segment();
  if (torn_end == TornEnd::damage) {
    return fmt::format(
        "Nothing was changed. The state does not depend on this file, only the history does. Put it back from a "
        "backup, "
        "or, where there is none, leave it out of the history:\n\n    mv {} {}\n",
        file, copy);
  }
  return fmt::format(
      "Nothing was changed. Put the file back from a backup if there is one. If there is none, look at the lines from "
      "{} on "
      "(each is one record in JSON): gild will not know of a request whose record is lost, so make sure in the "
      "service's "
      "console that no rebuild runs. Then keep the records before, and read the desktops again:\n\n"
      "    cp {} {}\n    truncate --size={} {}\n    gild refresh\n",
      line, file, copy, offset, file);
}

}  // namespace

std::string frame_record(const JournalRecord& record) {
  std::string line = write_record(record);
  line.pop_back();  // the closing brace
  const std::string digits = checksum(line);
  line.append(kMark).append(digits).append(kEnd).append("\n");
  return line;
}

// Leaving it out would make an older state, and forget requests that were sent since.
std::string advice_on_needed_segment() {
  return "Nothing was changed. The file of the state is missing, and the state is put together from the history, of "
         "which "
         "this is a part. Put the state's file or this one back from a backup or from Git. Do not move this one away: "
         "the "
         "records before it make an older state, which knows nothing of the requests that were sent since.";
}

void JournalScan::take_whole(std::string_view& rest) {
  while (!rest.empty()) {
    const std::size_t line_end = rest.find('\n');
    if (line_end == std::string_view::npos) return;
    const std::optional<std::string_view> body = body_of(rest.substr(0, line_end));
    if (!body) return;
    json_.assign(*body).append("}");
    JournalRecord record;
    try {
      record = read_record(json_, name_, parser_);
    } catch (Error& error) {
      // The checksum holds, so this is what was written: by a newer version, or by a bug. Neither is for us to drop.
      error.while_doing(fmt::format("reading line {}, byte {}, of {}", extent_.lines + 1, extent_.whole_bytes, name_));
      throw;
    }
    if (!extent_.empty() && record.serial != extent_.last + 1) {
      fail(fmt::format("record {} follows record {}", record.serial, extent_.last));
    }
    if (extent_.empty()) extent_.first = record.serial;
    extent_.last = record.serial;
    ++extent_.lines;
    extent_.whole_bytes += line_end + 1;
    rest.remove_prefix(line_end + 1);
    take_(std::move(record));
  }
}

void JournalScan::end(std::string_view rest) {
  if (rest.empty()) return;
  if (torn_end_ != TornEnd::allowed || !is_torn(rest)) {
    fail(rest.find('\n') == std::string_view::npos ? "the record is not whole"
                                                   : "the record's checksum does not match");
  }
  extent_.torn = true;
}

void JournalScan::fail(std::string_view what) const {
  const std::size_t line = extent_.lines + 1;
  throw Error(
      ErrorKind::input,
      fmt::format("{} is damaged at line {}, byte {}: {}", escape_controls(name_), line, extent_.whole_bytes, what),
      advice(name_, line, extent_.whole_bytes, torn_end_));
}

JournalContent parse_journal(std::string_view bytes, const std::string& name, TornEnd torn_end) {
  JournalContent content;
  JournalScan scan(name, torn_end, [&](JournalRecord&& record) { content.records.push_back(std::move(record)); });
  scan.take_whole(bytes);
  scan.end(bytes);
  static_cast<JournalExtent&>(content) = scan.extent();
  return content;
}

}  // namespace gild
