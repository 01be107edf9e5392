// SPDX-License-Identifier: Apache-2.0
// An optional value that is never changed, so that its copies share it: for what the desktops of a large fleet have
// alike, or hardly any has. Equal where the values are.
#pragma once

#include <memory>
#include <optional>
#include <utility>

namespace gild {

template <class T>
class SharedOptional {
 public:
  SharedOptional() = default;
  SharedOptional(std::nullopt_t) {}                                                 // NOLINT(google-explicit-*)
  SharedOptional(T value) : value_(std::make_shared<const T>(std::move(value))) {}  // NOLINT(google-explicit-*)
  SharedOptional(std::optional<T> value) {                                          // NOLINT(google-explicit-*)
    if (value) value_ = std::make_shared<const T>(std::move(*value));
  }

  explicit operator bool() const noexcept { return value_ != nullptr; }
  bool has_value() const noexcept { return value_ != nullptr; }
  const T& operator*() const noexcept { return *value_; }
  const T* operator->() const noexcept { return value_.get(); }
  void reset() noexcept { value_.reset(); }
  operator std::optional<T>() const {  // NOLINT(google-explicit-*)
    return value_ == nullptr ? std::nullopt : std::optional<T>(*value_);
  }

  friend bool operator==(const SharedOptional& a, const SharedOptional& b) {
    return a.value_ == b.value_ || (a && b && *a == *b);
  }

 private:
  std::shared_ptr<const T> value_;
};

}  // namespace gild
