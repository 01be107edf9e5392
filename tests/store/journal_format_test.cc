// SPDX-License-Identifier: Apache-2.0
#include "engine/store/journal_format.hpp"

#include <catch2/catch.hpp>

#include "engine/core/digest.hpp"
#include "engine/core/error.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/state_store_conformance.hpp"

namespace gild {
namespace {

const std::string kName = "gild.state.json.journal";

// Five records, with text in them that looks like the frame.
std::vector<std::string> lines() {
  std::vector<std::string> result;
  std::int64_t serial = 7;
  result.push_back(frame_record({serial++, Time{}, began_as("alice")}));
  result.push_back(frame_record({serial++, Time{}, refreshed("d1", "img-1")}));
  result.push_back(frame_record({serial++, Time{}, refreshed("{\"serial\":9,\"crc\":\"00000000\"}\n", ",\"crc\":\"")}));
  result.push_back(frame_record({serial++, Time{}, refreshed("d3", "img-1")}));
  result.push_back(frame_record({serial++, Time{}, refreshed("d4", "img-1")}));
  return result;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += part;
  return text;
}

// The records as text, or nothing where they are damaged.
std::optional<JournalContent> parsed(std::string_view bytes) {
  try {
    return parse_journal(bytes, kName, TornEnd::allowed);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return std::nullopt;
  }
}

TEST_CASE("a line is the record's JSON with the checksum of its bytes as last member", "[store]") {
  const std::string line = frame_record({7, Time{}, RolloutClosed{"abc"}});
  const std::string body = R"({"serial":7,"at":"1970-01-01T00:00:00Z","kind":"rollout_closed","plan_digest":"abc")";
  CHECK(line.substr(0, line.size() - 19) == body);
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08x", crc32c(body));
  CHECK(line.substr(line.size() - 19) == ",\"crc\":\"" + std::string(digits) + "\"}\n");
}

TEST_CASE("what was framed is read back", "[store]") {
  const std::string text = joined(lines());
  const JournalContent content = parse_journal(text, kName, TornEnd::damage);
  CHECK(serials_of(content.records) == std::vector<std::int64_t>{7, 8, 9, 10, 11});
  CHECK(content.whole_bytes == text.size());
  CHECK_FALSE(content.torn);
  std::string again;
  for (const JournalRecord& record : content.records) again += frame_record(record);
  CHECK(again == text);
  CHECK(parse_journal("", kName, TornEnd::damage).empty());
}

TEST_CASE("a journal cut at any byte gives every whole record before the cut", "[store]") {
  const std::vector<std::string> parts = lines();
  const std::string text = joined(parts);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    std::size_t whole = 0;
    std::uint64_t bytes = 0;
    while (whole < parts.size() && bytes + parts[whole].size() <= cut) bytes += parts[whole++].size();
    for (const std::size_t nuls : {std::size_t{0}, std::size_t{1}, std::size_t{4096}}) {
      const JournalContent content =
          parse_journal(text.substr(0, cut) + std::string(nuls, '\0'), kName, TornEnd::allowed);
      REQUIRE(content.records.size() == whole);
      REQUIRE(content.whole_bytes == bytes);
      REQUIRE(content.torn == (cut + nuls > bytes));
    }
  }
}

TEST_CASE("a last record of which any part was never written is torn", "[store]") {
  const std::vector<std::string> parts = lines();
  const std::string before = joined({parts.begin(), parts.end() - 1});
  const std::string& last = parts.back();
  for (std::size_t from = 0; from < last.size(); ++from) {
    for (std::size_t to = from + 1; to <= last.size(); to += 7) {
      std::string holed = last;
      holed.replace(from, to - from, std::string(to - from, '\0'));
      const JournalContent content = parse_journal(before + holed, kName, TornEnd::allowed);
      REQUIRE(content.torn);
      REQUIRE(content.whole_bytes == before.size());
    }
  }
}

TEST_CASE("any flipped bit is damage or a torn end, and never costs a whole record before others", "[store]") {
  const std::vector<std::string> parts = lines();
  const std::string text = joined(parts);
  const std::size_t last_begins = text.size() - parts.back().size();
  std::size_t torn = 0;
  for (std::size_t byte = 0; byte < text.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = text;
      flipped[byte] = static_cast<char>(flipped[byte] ^ (1 << bit));
      const auto content = parsed(flipped);
      if (!content) continue;
      // Only what may be the last write of somebody who died.
      ++torn;
      REQUIRE(byte >= last_begins);
      REQUIRE(content->torn);
      REQUIRE(content->records.size() == parts.size() - 1);
    }
  }
  CHECK(torn < 8);  // a bit of the last line break, or one that makes a NUL
}

TEST_CASE("a line taken out, doubled or swapped is damage", "[store]") {
  const std::vector<std::string> parts = lines();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    std::vector<std::string> changed = parts;
    std::swap(changed[i - 1], changed[i]);
    CHECK_FALSE(parsed(joined(changed)));
    changed = parts;
    changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(i), parts[i]);
    CHECK_FALSE(parsed(joined(changed)));
    if (i + 1 == parts.size()) break;
    changed = parts;
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK_FALSE(parsed(joined(changed)));
  }
}

TEST_CASE("damage names line and byte, and says how to go on", "[store]") {
  std::vector<std::string> parts = lines();
  const std::size_t before = parts[0].size();
  parts[1][20] ^= 1;
  CHECK(complaint_of<Error>([&] { parse_journal(joined(parts), "my state.journal", TornEnd::allowed); }) ==
        "my state.journal is damaged at line 2, byte " + std::to_string(before) +
            ": the record's checksum does not match\n"
            "\n"
            "Nothing was changed. Put the file back from a backup if there is one. If there is none, look at the lines "
            "from 2 on (each is one record in JSON): gild will not know of a request whose record is lost, so make "
            "sure in "
            "the service's console that no rebuild runs. Then keep the records before, and read the desktops again:\n"
            "\n"
            "    cp 'my state.journal' 'my state.journal.damaged'\n"
            "    truncate --size=" +
            std::to_string(before) +
            " 'my state.journal'\n"
            "    gild refresh\n");
  CHECK(complaint_of<Error>([&] { parse_journal(lines()[0] + lines()[2], "a.ndjson", TornEnd::damage); }) ==
        "a.ndjson is damaged at line 2, byte " + std::to_string(before) +
            ": record 9 follows record 7\n"
            "\n"
            "Nothing was changed. The state does not depend on this file, only the history does. Put it back from a "
            "backup, or, where there is none, leave it out of the history:\n"
            "\n"
            "    mv a.ndjson a.ndjson.damaged\n");
}

TEST_CASE("a segment of the history has no torn end", "[store]") {
  const std::string text = joined(lines());
  CHECK_THROWS_AS(parse_journal(text.substr(0, text.size() - 1), "a.ndjson", TornEnd::damage), Error);
  CHECK_THROWS_AS(parse_journal(text + std::string(10, '\0'), "a.ndjson", TornEnd::damage), Error);
}

TEST_CASE("a record of a newer version is not dropped as torn", "[store]") {
  std::string body = R"({"serial":12,"at":"1970-01-01T00:00:00Z","kind":"teleported")";
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08x", crc32c(body));
  const std::string line = body + ",\"crc\":\"" + digits + "\"}\n";
  CHECK_FALSE(parsed(joined(lines()) + line));
}

}  // namespace
}  // namespace gild
