// SPDX-License-Identifier: Apache-2.0
#include "engine/store/history_folder.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "engine/codec/state_codec.hpp"
#include "engine/core/error.hpp"
#include "engine/core/shell_word.hpp"
#include "engine/core/text.hpp"
#include "engine/store/atomic_file.hpp"
#include "engine/store/journal_file.hpp"
#include "engine/store/journal_fold.hpp"
#include "engine/store/state_file.hpp"

namespace gild {
namespace {

constexpr std::string_view kSegmentEnding = ".ndjson";
constexpr std::string_view kBaseEnding = ".state.json";

// Twelve digits, so that a folder listing is in order; longer numbers are fine too.
std::string digits(std::int64_t serial) {
  return fmt::format("{:012d}", serial);
}

std::optional<std::int64_t> serial_from(std::string_view text) {
  std::int64_t serial = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), serial);
  if (error != std::errc{} || end != text.data() + text.size() || serial < 0) return std::nullopt;
  if (text != digits(serial)) return std::nullopt;
  return serial;
}

std::string segment_path(const std::string& folder, std::int64_t first, std::int64_t last) {
  return fmt::format("{}/{}-{}{}", folder, digits(first), digits(last), kSegmentEnding);
}

std::string base_path(const std::string& folder, std::int64_t serial) {
  return fmt::format("{}/{}{}", folder, digits(serial), kBaseEnding);
}

std::unique_ptr<DiskFile> open_listed(Disk& disk, const std::string& path) {
  auto file = disk.open(path, FileAccess::read);
  if (!file) throw Error(ErrorKind::storage, fmt::format("{} was removed while it was read", escape_controls(path)));
  return file;
}

[[noreturn]] void fail_segment(const std::string& path, std::string_view what, TornEnd torn_end) {
  std::string message = fmt::format("{} {}", escape_controls(path), what);
  if (torn_end == TornEnd::damage_to_state) {
    throw Error(ErrorKind::input, std::move(message), advice_on_needed_segment());
  }
  throw Error(ErrorKind::input, std::move(message),
              fmt::format("Put the file back from a backup, or, where there is none, leave it out of the history:\n\n"
                          "    mv {} {}\n",
                          shell_word(path), shell_word(path + ".damaged")));
}

JournalExtent scan_segment(Disk& disk, const HistoryIndex::Segment& segment, TornEnd torn_end, TakeRecord take) {
  const auto file = open_listed(disk, segment.path);
  const JournalExtent extent = scan_journal_file(*file, segment.path, torn_end, std::move(take));
  if (extent.empty()) fail_segment(segment.path, "is empty", torn_end);
  if (extent.first != segment.first || extent.last != segment.last) {
    fail_segment(segment.path,
                 fmt::format("holds the records {} to {}, not those in its name", extent.first, extent.last), torn_end);
  }
  return extent;
}

}  // namespace

std::optional<std::int64_t> HistoryIndex::last() const {
  std::optional<std::int64_t> newest;
  if (!bases.empty()) newest = bases.back().serial;
  for (const Segment& segment : segments) newest = std::max(newest.value_or(segment.last), segment.last);
  return newest;
}

bool HistoryIndex::continues_at(std::int64_t serial) const {
  return !bases.empty() && last() == serial - 1;
}

HistoryIndex list_history(Disk& disk, const std::string& folder) {
  HistoryIndex index;
  for (const std::string& name : disk.list(folder)) {
    const std::string_view view = name;
    if (view.ends_with(kSegmentEnding)) {
      const std::string_view stem = view.substr(0, view.size() - kSegmentEnding.size());
      const std::size_t dash = stem.find('-');
      if (dash == std::string_view::npos) continue;
      const auto first = serial_from(stem.substr(0, dash));
      const auto last = serial_from(stem.substr(dash + 1));
      if (first && last) index.segments.push_back({*first, *last, fmt::format("{}/{}", folder, name)});
    } else if (view.ends_with(kBaseEnding)) {
      const auto serial = serial_from(view.substr(0, view.size() - kBaseEnding.size()));
      if (serial) index.bases.push_back({*serial, fmt::format("{}/{}", folder, name)});
    }
  }
  // By number: names of more than twelve digits are not in order.
  std::sort(index.segments.begin(), index.segments.end(),
            [](const auto& a, const auto& b) { return std::pair(a.first, a.last) < std::pair(b.first, b.last); });
  std::sort(index.bases.begin(), index.bases.end(), [](const auto& a, const auto& b) { return a.serial < b.serial; });
  return index;
}

std::vector<JournalRecord> read_segments(Disk& disk, const HistoryIndex& index) {
  std::vector<JournalRecord> records;
  for (const HistoryIndex::Segment& segment : index.segments) {
    scan_segment(disk, segment, TornEnd::damage, [&](JournalRecord&& record) { records.push_back(std::move(record)); });
  }
  return records;
}

std::optional<State> rebuild_from_history(Disk& disk, const HistoryIndex& index) {
  if (index.bases.empty()) return std::nullopt;
  const HistoryIndex::Base& base = index.bases.back();
  State state = read_state(open_listed(disk, base.path)->read(), base.path);
  if (state.serial != base.serial) {
    fail_segment(base.path, fmt::format("holds the state at serial {}, not at the one in its name", state.serial),
                 TornEnd::damage_to_state);
  }
  for (const HistoryIndex::Segment& segment : index.segments) {
    if (segment.last <= state.serial) continue;
    const std::int64_t before = state.serial;
    JournalFold folded(state);
    const JournalExtent extent = scan_segment(disk, segment, TornEnd::damage_to_state,
                                              [&](const JournalRecord& record) { folded.take(record); });
    if (folded.is_gap(extent.first)) {
      throw Error(ErrorKind::input,
                  fmt::format("The history is not whole: the records {} to {} are missing before {}", before + 1,
                              extent.first - 1, escape_controls(segment.path)),
                  "Put the missing segment back from a backup.");
    }
    folded.finish();
  }
  return state;
}

void add_base(Disk& disk, const std::string& folder, const State& state, const std::string& gild_version) {
  disk.make_folder(folder);
  disk.sync_folder(folder_of(folder));
  write_state_file(disk, base_path(folder, state.serial), state, gild_version);
}

void add_segments(Disk& disk, const std::string& folder, std::span<const JournalRecord> records) {
  disk.make_folder(folder);
  disk.sync_folder(folder_of(folder));
  for (std::size_t begin = 0; begin < records.size();) {
    std::string lines;
    std::size_t end = begin;
    do {
      lines += frame_record(records[end++]);
    } while (end < records.size() && records[end].serial == records[end - 1].serial + 1);
    write_atomically(disk, segment_path(folder, records[begin].serial, records[end - 1].serial), lines);
    begin = end;
  }
}

void move_into_history(Disk& disk, const std::string& journal, std::int64_t first, std::int64_t last,
                       const std::string& folder) {
  disk.make_folder(folder);
  disk.sync_folder(folder_of(folder));
  const std::string target = segment_path(folder, first, last);
  if (const auto there = disk.open(target, FileAccess::read)) {
    const auto ours = disk.open(journal, FileAccess::read);
    if (ours && ours->identity() != there->identity() && ours->read() != there->read()) {
      throw Error(ErrorKind::storage,
                  fmt::format("{} and {} hold different records under the same serials", escape_controls(journal),
                              escape_controls(target)),
                  fmt::format("gild never overwrites history. Move one of them away, for example:\n\n    mv {} {}\n",
                              shell_word(target), shell_word(target + ".other")));
    }
    // A crash cut the move in two: the new name had arrived on the disk and the old one had not gone yet. (A rename
    // would do nothing here: both are names of one file.)
    disk.remove(journal);
  } else {
    disk.rename(journal, target);
  }
  // The new name first: between the two syncs the file has both names, never none.
  disk.sync_folder(folder);
  disk.sync_folder(folder_of(journal));
}

}  // namespace gild
