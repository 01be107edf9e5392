// SPDX-License-Identifier: Apache-2.0
// The bytes of a journal: as they are, and made of whole records (the input's lines that are records, with their
// serials and checksums put right), cut off somewhere, with something else behind.
#include <vector>

#include "engine/codec/journal_codec.hpp"
#include "engine/store/journal_format.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/record_line.hpp"

namespace {

using namespace gild;

std::optional<JournalContent> parse(std::string_view bytes, TornEnd torn_end) {
  try {
    return parse_journal(bytes, "j", torn_end);
  } catch (const Error& error) {
    fuzz::require(error.kind() == ErrorKind::input, "what is wrong with a journal is wrong with the input",
                  error.what());
    return std::nullopt;
  }
}

void check(std::string_view bytes) {
  const auto content = parse(bytes, TornEnd::allowed);
  const auto strict = parse(bytes, TornEnd::damage);
  if (!content) return fuzz::require(!strict, "what is damaged where an end may be torn is damaged anywhere");
  fuzz::require(content->torn == (content->whole_bytes < bytes.size()), "what is not whole is torn");
  fuzz::require(strict.has_value() == !content->torn, "a torn end is damage where it is not allowed");
  const auto whole = parse(bytes.substr(0, content->whole_bytes), TornEnd::damage);
  fuzz::require(whole && whole->records.size() == content->records.size(), "what was kept reads the same alone");
}

struct Journal {
  std::string bytes;
  std::vector<std::size_t> ends;  // of the records
};

Journal journal_of(std::string_view text) {
  Journal journal;
  JsonParser parser;
  fuzz::for_each_line(text, [&](std::string_view line) {
    try {
      JournalRecord record = read_record(fuzz::without_checksum(line), "j", parser);
      record.serial = static_cast<std::int64_t>(journal.ends.size()) + 1;
      journal.bytes += frame_record(record);
      journal.ends.push_back(journal.bytes.size());
    } catch (const Error&) {
      // Not a record: no part of this journal.
    }
  });
  return journal;
}

// Power went while the journal was written: nothing is lost that was whole, and nothing is made of the rest.
void check_cut(const Journal& journal, std::size_t at, std::size_t nuls) {
  std::string bytes = journal.bytes.substr(0, at);
  bytes.append(nuls, '\0');
  std::size_t whole = 0;
  while (whole < journal.ends.size() && journal.ends[whole] <= at) ++whole;
  const auto content = parse(bytes, TornEnd::allowed);
  fuzz::require(content.has_value(), "a journal that was cut off is no damaged one", bytes);
  fuzz::require(content->records.size() == whole, "of a journal that was cut off, every whole record is read", bytes);
}

// One byte of a record that was synced has changed: no reader may take what is left for the journal.
void check_change(Journal journal, std::size_t at, char flip) {
  char& byte = journal.bytes[at % (journal.bytes.size() - 1)];
  const char was = byte;
  byte = static_cast<char>(was ^ flip);
  check(journal.bytes);
  if (was == '\n' || byte == '\n' || byte == '\0') return;
  fuzz::require(!parse(journal.bytes, TornEnd::allowed), "a changed byte is damage, wherever it is", journal.bytes);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check(fuzz::text_of(data, size));

  fuzz::Choices choices{data, size};
  const std::size_t cut = choices.byte() * 256 + choices.byte();
  const std::size_t nuls = choices.byte();
  const Journal journal = journal_of(choices.rest());
  if (journal.ends.empty()) return 0;
  check_cut(journal, cut % (journal.bytes.size() + 1), nuls);
  // At a few places, since a change that JSON would not survive anyway proves nothing.
  const std::size_t stride = journal.bytes.size() / 16 + 1;
  for (std::size_t i = 0; i < 16; ++i) check_change(journal, cut + i * stride, static_cast<char>(nuls | 1U));
  return 0;
}
