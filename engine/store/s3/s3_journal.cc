// SPDX-License-Identifier: Apache-2.0
#include "engine/store/s3/s3_journal.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "engine/codec/state_codec.hpp"
#include "engine/core/digest.hpp"
#include "engine/core/error.hpp"
#include "engine/core/json_reader.hpp"
#include "engine/core/json_writer.hpp"
#include "engine/core/text.hpp"
#include "engine/store/journal_format.hpp"

namespace gild {
namespace {

constexpr std::string_view kFormat = "gild.s3-journal/1";
constexpr std::size_t kDigits = 12;
constexpr std::int64_t kMost = 999'999'999'999;

[[noreturn]] void fail(const std::string& name, std::string_view what) {
  throw Error(ErrorKind::input, fmt::format("{} is damaged: {}", escape_controls(name), what),
              "Nothing was changed. Objects of a journal are written once and never again, so somebody else did that. "
              "Where the bucket keeps versions, bring the first one of this object back.");
}

}  // namespace

std::string s3_journal_prefix(const std::string& key) {
  return key + ".journal/";
}

std::string s3_journal_key(const std::string& key, std::int64_t number) {
  return fmt::format("{}{:012}", s3_journal_prefix(key), number);
}

std::optional<std::int64_t> s3_journal_number(const std::string& key, std::string_view object) {
  const std::string prefix = s3_journal_prefix(key);
  if (!object.starts_with(prefix) || object.size() != prefix.size() + kDigits) return std::nullopt;
  const std::string_view digits = object.substr(prefix.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number <= 0) return std::nullopt;
  return number;
}

std::string write_s3_journal(const S3JournalObject& object, std::string_view gild_version) {
  std::string content;
  for (const JournalRecord& record : object.records) content += frame_record(record);
  const std::size_t records_end = content.size();
  if (object.base) content += write_state(*object.base, gild_version);
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("format", kFormat);
  json.field("number", object.number);
  json.field("lock", object.lock);
  json.field("lineage", object.lineage.empty() ? std::nullopt : std::optional(object.lineage));
  json.field("records", object.records.size());
  json.field("base_bytes", content.size() - records_end);
  json.field("sha256", sha256_hex(content));
  json.end_object();
  text += '\n';
  text += content;
  return text;
}

S3JournalObject read_s3_journal(std::string_view text, std::int64_t number, const std::string& name) {
  const std::size_t line_end = text.find('\n');
  if (line_end == std::string_view::npos) fail(name, "it has no first line");
  JsonParser parser;
  const JsonValue json = parser.parse(text.substr(0, line_end), name);
  if (const std::string_view format = json.string("format"); format != kFormat) {
    if (format.starts_with("gild.s3-journal/")) {
      throw Error(ErrorKind::input,
                  fmt::format("{} was written by a newer gild ({})", escape_controls(name), escape_controls(format)),
                  "Update gild.");
    }
    fail(name, "gild has not written it");
  }
  json.expect_keys({"format", "number", "lock", "lineage", "records", "base_bytes", "sha256"});
  if (json.integer("number", 1, kMost) != number) fail(name, "it stands under the number of another one");
  S3JournalObject object;
  object.number = number;
  object.lock = json.string("lock");
  object.lineage = json.optional_string("lineage").value_or("");
  const std::string_view content = text.substr(line_end + 1);
  if (json.string("sha256") != sha256_hex(content)) fail(name, "its checksum does not match");
  const auto base_bytes =
      static_cast<std::size_t>(json.integer("base_bytes", 0, std::numeric_limits<std::int64_t>::max()));
  if (base_bytes > content.size()) fail(name, "it is not whole");
  std::string_view lines = content.substr(0, content.size() - base_bytes);
  while (!lines.empty()) {
    // One at a time: what came from elsewhere may have gaps in its serials.
    const std::size_t size = std::min(lines.find('\n'), lines.size() - 1) + 1;
    JournalContent line = parse_journal(lines.substr(0, size), name, TornEnd::damage_to_state);
    object.records.push_back(std::move(line.records.front()));
    lines.remove_prefix(size);
  }
  if (static_cast<std::int64_t>(object.records.size()) != json.integer("records", 0, kMost)) {
    fail(name, "it does not hold as many records as it says");
  }
  if (base_bytes > 0) object.base = read_state(content.substr(content.size() - base_bytes), name);
  return object;
}

}  // namespace gild
