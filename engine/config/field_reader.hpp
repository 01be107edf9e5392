// SPDX-License-Identifier: Apache-2.0
// Reads the keys and values of one mapping and says what is wrong with them: unknown keys, keys given twice, missing
// ones, values of the wrong type or outside their limits. Each complaint stands at its place and says what to write
// instead; a reader that complained returns nothing, and its caller goes on with the next field.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/reporter.hpp"
#include "engine/config/source_text.hpp"
#include "engine/config/yaml_document.hpp"

namespace gild {

// One document being read, and where complaints about it go.
struct ReadContext {
  const Locator& locator;
  Reporter& reporter;

  Place place(const YamlValue& value) const { return locator.range(value.begin(), value.end()); }
  // Where the document uses the value: the alias, where one stands for it.
  Place use(const YamlValue& value) const;
  // At the value itself, with the alias that leads there as a second place.
  void error(std::string code, std::string summary, std::string detail, const YamlValue& value) const;
  void warning(std::string code, std::string summary, std::string detail, const YamlValue& value) const;

 private:
  std::vector<RelatedPlace> alias_note(const YamlValue& value) const;
};

// A key with its value. In a list, `name` is what an item is called and `key` is the item itself.
struct Field {
  std::string_view name;
  YamlValue key;
  YamlValue value;
};

// What the keys of a mapping may be. `elsewhere` names keys that belong to another block and are easily written here.
struct Block {
  std::string_view what;     // "a rollout"
  std::string_view summary;  // "rollout"; for "Unknown key in rollout"
  std::span<const std::string_view> keys;
  struct Hint {
    std::string_view key;
    std::string_view advice;
  };
  std::span<const Hint> elsewhere = {};
};

class FieldReader {
 public:
  // `mapping` must be a mapping. Complains about keys that are unknown or given twice.
  FieldReader(const ReadContext& context, const YamlValue& mapping, const Block& block);

  std::optional<Field> find(std::string_view key) const;
  // Complains at `owner`, the place that stands for the mapping, where the key is missing.
  std::optional<Field> require(std::string_view key, const Place& owner) const;
  // Like find(), for a key that holds a block of its own: complains where its value is no mapping.
  std::optional<Field> find_mapping(std::string_view key) const;

 private:
  const ReadContext& context_;
  const Block& block_;
  std::vector<Field> fields_;  // at most one for each key of the block
};

// "a mapping (key: value)", "a list", "text", …: what the value is, for messages.
std::string describe_kind(const YamlValue& value);

// A value must be there (not null) and be a mapping or a list.
bool is_mapping(const ReadContext& context, const Field& field);
bool is_list(const ReadContext& context, const Field& field);

// What text may look like. `allowed` answers for the characters; the length counts code points.
struct TextRule {
  bool (*allowed)(std::string_view text);
  std::size_t most;
  std::string_view advice;  // "Write 1 to 63 characters of a-z, 0-9 and -."
};
std::optional<std::string> read_text(const ReadContext& context, const Field& field, const TextRule& rule);
// Text of any length and look; numbers and booleans without quotes are refused.
std::optional<std::string_view> read_any_text(const ReadContext& context, const Field& field);

struct IntegerRule {
  std::int64_t least;
  std::int64_t most;
  std::string_view unit;  // "minutes"; may be empty
};
std::optional<int> read_integer(const ReadContext& context, const Field& field, const IntegerRule& rule);
// Thousandths of a number that may have a fraction.
std::optional<std::int64_t> read_thousandths(const ReadContext& context, const Field& field, const IntegerRule& rule);
std::optional<bool> read_boolean(const ReadContext& context, const Field& field);
std::optional<std::string> read_choice(const ReadContext& context, const Field& field,
                                       std::initializer_list<std::string_view> choices);

// The rules for text that several documents share.
bool is_single_line(std::string_view text);  // no control characters and no line or paragraph separators
bool is_visible_ascii(std::string_view text);
bool is_name(std::string_view text);  // a-z, 0-9, -
bool is_id(std::string_view text);    // letters, digits and _ . : - after a letter or digit
bool is_word(std::string_view text);  // letters, digits, _ and -
inline constexpr TextRule kNameRule{is_name, 63, "Write 1 to 63 characters of a-z, 0-9 and -."};
inline constexpr std::string_view kIdAdvice =
    "An id has 1 to 255 letters, digits and _ . : - and begins with a letter or digit.";
inline constexpr TextRule kIdRule{is_id, 255, kIdAdvice};

}  // namespace gild
