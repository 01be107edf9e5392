// SPDX-License-Identifier: Apache-2.0
// Journals in files: longer than what is read at once, changing while they are read, and folded on the way.
#include "engine/store/journal_file.hpp"

#include <catch2/catch.hpp>

#include "engine/core/error.hpp"
#include "engine/simulation/simulated_disk.hpp"
#include "engine/store/file_state_store.hpp"
#include "engine/store/journal_fold.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/state_store_conformance.hpp"

namespace gild {
namespace {

const std::string kName = "gild.state.json.journal";
const WorkspaceName kProd{"prod"};

std::string line_of(std::int64_t serial, RecordBody body) {
  return frame_record({serial, Time{}, std::move(body)});
}

// A record of about this many bytes.
RecordBody long_record(std::size_t bytes) {
  return RolloutClosed{std::string(bytes, 'x')};
}

// A journal whose bytes may change between two looks at it.
class ChangingFile : public DiskFile {
 public:
  explicit ChangingFile(std::string bytes) : bytes_(std::move(bytes)) {}
  std::function<void(std::string& bytes)> when_read_to_the_end;

  FileIdentity identity() const override { return {}; }
  std::uint64_t size() const override { return bytes_.size(); }
  std::string read() const override { return bytes_; }
  std::size_t read(std::uint64_t offset, std::span<char> into) const override {
    const std::string_view all = bytes_;
    const std::size_t count = offset < all.size() ? all.substr(offset).copy(into.data(), into.size()) : 0;
    if (count < into.size() && when_read_to_the_end) when_read_to_the_end(bytes_);
    return count;
  }
  void write(std::uint64_t, std::string_view) override {}
  void truncate(std::uint64_t) override {}
  void sync() override {}
  Reservation reserve(std::uint64_t, std::uint64_t) override { return Reservation::done; }
  bool try_lock(FileLockKind) override { return true; }

 private:
  mutable std::string bytes_;
};

struct Read {
  std::string lines;
  JournalExtent extent;
};

Read read_all(const DiskFile& file) {
  Read read;
  read.extent = scan_journal_file(file, kName, TornEnd::allowed,
                                  [&](const JournalRecord& record) { read.lines += frame_record(record); });
  return read;
}

TEST_CASE("a journal is read whole, however long it and its records are, and wherever it is cut", "[store]") {
  std::string text;
  std::vector<std::size_t> ends;
  std::int64_t serial = 41;
  // Short ones around the places where what is read at once ends, and records that are longer than that.
  for (const std::size_t bytes : {1'048'000U, 100U, 100U, 100U, 100U, 3'000'000U, 200U, 1'048'576U, 100U, 600'000U}) {
    text += line_of(serial++, long_record(bytes));
    ends.push_back(text.size());
  }
  CHECK(read_all(ChangingFile(text)).lines == text);
  for (const std::size_t nuls : {0U, 300'000U}) {
    for (std::size_t cut = 1; cut < text.size(); cut += 99'991) {
      const auto whole = std::upper_bound(ends.begin(), ends.end(), cut) - ends.begin();
      const std::size_t bytes = whole == 0 ? 0 : ends[static_cast<std::size_t>(whole) - 1];
      const Read read = read_all(ChangingFile(text.substr(0, cut) + std::string(nuls, '\0')));
      REQUIRE(read.lines == text.substr(0, bytes));
      REQUIRE(read.extent.whole_bytes == bytes);
      REQUIRE(read.extent.torn == (cut + nuls > bytes));
      REQUIRE(read.extent.lines == static_cast<std::size_t>(whole));
    }
  }
}

TEST_CASE("damage behind a long way of whole records is told with its line and byte", "[store]") {
  std::string text;
  for (std::int64_t serial = 1; serial <= 30; ++serial) text += line_of(serial, long_record(100'000));
  const std::size_t offset = text.size();
  std::string damaged = line_of(31, long_record(10));
  damaged[30] = '!';
  text += damaged + line_of(32, long_record(10));
  const std::string complaint = complaint_of<Error>([&] { read_all(ChangingFile(text)); });
  CHECK(complaint.find("is damaged at line 31, byte " + std::to_string(offset) +
                       ": the record's checksum does not match") != std::string::npos);
}

TEST_CASE("a torn end that is written anew while it is read is no damage", "[store]") {
  const std::string before = line_of(1, long_record(2'000'000));
  const std::string after = line_of(2, long_record(500)) + line_of(3, long_record(20));
  std::string half_new = after;
  half_new.replace(20, 40, std::string(40, '?'));
  for (int change_after = 1; change_after <= 4; ++change_after) {
    INFO("changed after look " << change_after);
    ChangingFile file(before + half_new);
    int looks = 0;
    file.when_read_to_the_end = [&](std::string& bytes) {
      if (++looks == change_after) bytes = before + after;
    };
    // The last look is the one that finds the damage again: until then it may prove to be none.
    if (change_after < 4) CHECK(read_all(file).lines == before + after);
    if (change_after == 4) CHECK_THROWS_AS(read_all(file), Error);
  }
  // What stays as it is, is damaged.
  CHECK_THROWS_AS(read_all(ChangingFile(before + half_new)), Error);
}

std::vector<RecordBody> story() {
  std::vector<RecordBody> bodies;
  for (const char* id : {"d1", "d2", "d3"}) bodies.push_back(refreshed(id, "img-1"));
  std::int64_t serial = 3;
  for (const char* image : {"img-2", "img-3"}) {
    bodies.push_back(intended("d2", image));
    const std::int64_t intent = ++serial;
    bodies.push_back(Accepted{intent, JobId("job"), "req", Time{}});
    bodies.push_back(Finished{kProd,
                              GroupName("finance"),
                              JobId("job"),
                              0,
                              {{ImageId(image), "private", std::nullopt}, std::nullopt},
                              {{DesktopId("d2"), Outcome::ready, std::nullopt}},
                              "seen"});
    // Taken out, and recorded anew.
    bodies.push_back(Removed{{{kProd, DesktopId("d2")}}});
    bodies.push_back(refreshed("d2", "img-1"));
    serial += 4;
  }
  return bodies;
}

TEST_CASE("folded while it is read, a journal makes the same state as record by record", "[store]") {
  State one_by_one;
  State at_once;
  std::string text;
  for (const RecordBody& body : story()) {
    const JournalRecord record{one_by_one.serial + 1, Time{}, body};
    fold(one_by_one, record);
    text += frame_record(record);
  }
  for (const std::int64_t known : {0, 5}) {
    at_once = {};
    for (std::int64_t serial = 1; serial <= known; ++serial) {
      fold(at_once, {serial, Time{}, story()[static_cast<std::size_t>(serial) - 1]});
    }
    JournalFold folded(at_once);
    scan_journal_file(ChangingFile(text), kName, TornEnd::allowed,
                      [&](const JournalRecord& record) { folded.take(record); });
    folded.finish();
    CHECK_FALSE(folded.is_gap(1));
    CHECK(text_of(at_once) == text_of(one_by_one));
  }
}

TEST_CASE("a journal that does not continue the state is not folded", "[store]") {
  State state;
  state.serial = 5;
  JournalFold folded(state);
  folded.take({7, Time{}, refreshed("d1", "img-1")});
  folded.take({8, Time{}, refreshed("d1", "img-1")});
  folded.finish();
  CHECK(folded.is_gap(7));
  CHECK_FALSE(folded.is_gap(6));
  CHECK(state.serial == 5);
  CHECK(state.desktops.empty());
}

// A store whose snapshot is at serial 2, and its journal's file.
class Files {
 public:
  Files() {
    const auto locked = store().lock(began_as("alice"), Duration{0});
    locked->append(refreshed("d1", "img-1"));
    locked->fold_to_disk();
    // Recording an answer to a request that nobody sent: it reads well and does not fold.
    lines = {line_of(3, refreshed("d2", "img-1")), line_of(4, Refused{77, {}}), line_of(5, refreshed("d3", "img-1"))};
  }
  FileStateStore store() { return {"gild.state.json", clock_, disk_}; }
  std::string complaint() {
    disk_.remove(kName);
    std::string text;
    for (const std::string& line : lines) text += line;
    disk_.create(kName)->write(0, text);
    return complaint_of<Error>([&] { store().read(); });
  }
  void damage_snapshot() { disk_.open("gild.state.json", FileAccess::write)->write(0, "{]"); }
  void remove_all_but_journal() {
    disk_.remove("gild.state.json");
    for (const std::string& name : disk_.list("gild.state.json.history")) {
      disk_.remove("gild.state.json.history/" + name);
    }
  }

  std::vector<std::string> lines;

 private:
  FakeClock clock_;
  SimulatedDisk disk_;
};

TEST_CASE("damage to the journal is told before a record that does not fold, and before a damaged snapshot",
          "[store]") {
  Files files;
  CHECK(files.complaint().find("intent 77 is not open") != std::string::npos);
  const std::string good = files.lines[2];
  files.lines[2][40] ^= 1;
  const std::string damage = "gild.state.json.journal is damaged at line 3";
  CHECK(files.complaint().find(damage) == 0);
  files.damage_snapshot();
  CHECK(files.complaint().find(damage) == 0);
  files.lines[2] = good;
  CHECK(files.complaint().find("gild.state.json is no state that gild can read") == 0);
  files.lines[2][40] ^= 1;
  files.remove_all_but_journal();
  CHECK(files.complaint().find(damage) == 0);
  files.lines[2] = good;
  CHECK(files.complaint().find("gild.state.json is missing, but its journal is there, from record 3 on") == 0);
}

TEST_CASE("a journal that begins too late is told as a gap, whatever its records say", "[store]") {
  Files files;
  files.lines.erase(files.lines.begin());
  CHECK(files.complaint().find("gild.state.json is at serial 2, and its journal begins with record 4: the records in "
                               "between are missing") == 0);
}

}  // namespace
}  // namespace gild
