// SPDX-License-Identifier: Apache-2.0
// A text or an id that may not be there, in the size of one: a pointer. As std::optional otherwise, which it converts
// from and to; a million desktops have ten such fields each.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/core/ids.hpp"
#include "engine/core/shared_text.hpp"

namespace gild {

// `Text` is SharedText or an Id.
template <class Text>
class OptionalText {
 public:
  OptionalText() = default;
  OptionalText(std::nullopt_t) {}                         // NOLINT(google-explicit-*)
  OptionalText(Text value) : value_(std::move(value)) {}  // NOLINT(google-explicit-*)
  template <class Value>
  requires(std::is_convertible_v<const Value&, Text> && !std::is_same_v<Value, Text>) OptionalText(const Value& value)
      : value_(Text(value)) {}  // NOLINT(google-explicit-*)
  template <class Value>
  requires std::is_constructible_v<Text, const Value&> OptionalText(
      const std::optional<Value>& value) {  // NOLINT(google-explicit-*)
    if (value) value_ = Text(*value);
  }

  bool has_value() const noexcept { return !text_of(value_).is_none(); }
  explicit operator bool() const noexcept { return has_value(); }
  const Text& operator*() const noexcept { return value_; }
  const Text* operator->() const noexcept { return &value_; }
  template <class Otherwise>
  Text value_or(Otherwise&& otherwise) const {
    return has_value() ? value_ : Text(std::forward<Otherwise>(otherwise));
  }
  void reset() noexcept { value_ = Text(SharedText::none()); }
  operator std::optional<Text>() const {  // NOLINT(google-explicit-*)
    return has_value() ? std::optional<Text>(value_) : std::nullopt;
  }
  operator std::optional<std::string>() const  // NOLINT(google-explicit-*)
      requires std::is_same_v<Text, SharedText> {
    return has_value() ? std::optional<std::string>(value_.view()) : std::nullopt;
  }

  friend bool operator==(const OptionalText& a, const OptionalText& b) noexcept {
    return a.has_value() == b.has_value() && a.value_ == b.value_;
  }
  // None comes before every text.
  friend auto operator<=>(const OptionalText& a, const OptionalText& b) noexcept {
    const auto order = a.has_value() <=> b.has_value();
    return order != 0 ? order : a.value_ <=> b.value_;
  }
  friend bool operator==(const OptionalText& a, std::nullopt_t) noexcept { return !a.has_value(); }
  friend bool operator==(const OptionalText& a, const std::optional<Text>& b) noexcept {
    return b ? a == *b : !a.has_value();
  }
  template <class Value>
  requires(std::is_same_v<Value, Text> ||
           (std::is_same_v<Text, SharedText> && std::is_convertible_v<const Value&, std::string_view>)) friend bool
  operator==(const OptionalText& a, const Value& value) noexcept {
    return a.has_value() && a.value_ == value;
  }

 private:
  static const SharedText& text_of(const SharedText& text) { return text; }
  template <class Tag>
  static const SharedText& text_of(const Id<Tag>& id) {
    return id.str();
  }

  Text value_{SharedText::none()};
};

}  // namespace gild
