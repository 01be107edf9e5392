// SPDX-License-Identifier: Apache-2.0
// Text that is never changed and that its copies share. A fleet of a million desktops names its groups, images and jobs
// again and again, and its desktops in the manifests, the state and the plan: a copy costs a count, not the text, and a
// text that is not there costs one pointer.
#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace gild {

// Converts from and to strings without ceremony: it is one, only smaller. Copies may be used and destroyed in different
// threads at the same time. Making one throws std::length_error above 4 GiB.
class SharedText {
 public:
  SharedText() = default;                                                      // the empty text
  SharedText(std::string_view text) : block_(make(text)) {}                    // NOLINT(google-explicit-*)
  SharedText(const std::string& text) : SharedText(std::string_view{text}) {}  // NOLINT(google-explicit-*)
  SharedText(const char* text) : SharedText(std::string_view{text}) {}         // NOLINT(google-explicit-*)
  SharedText(const SharedText& other) noexcept : block_(other.block_) { keep(); }
  SharedText(SharedText&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedText& operator=(const SharedText& other) noexcept {
    if (this == &other) return *this;
    other.keep();
    release();
    block_ = other.block_;
    return *this;
  }
  SharedText& operator=(SharedText&& other) noexcept {
    Block* block = std::exchange(other.block_, nullptr);
    release();
    block_ = block;
    return *this;
  }
  ~SharedText() { release(); }

  std::string_view view() const noexcept {
    if (block_ == nullptr || block_ == no_text()) return {};
    return {chars_of(block_), block_->size};
  }
  bool empty() const noexcept { return block_ == nullptr || block_ == no_text(); }
  std::size_t size() const noexcept { return view().size(); }
  operator std::string_view() const noexcept { return view(); }  // NOLINT(google-explicit-*)
  operator std::string() const { return std::string{view()}; }   // NOLINT(google-explicit-*)

  friend bool operator==(const SharedText& a, const SharedText& b) noexcept {
    return a.block_ == b.block_ || a.view() == b.view();
  }
  friend std::strong_ordering operator<=>(const SharedText& a, const SharedText& b) noexcept {
    if (a.block_ == b.block_) return std::strong_ordering::equal;
    return a.view() <=> b.view();
  }
  // By name, since a text converts to each of them as well as from them.
  friend bool operator==(const SharedText& a, std::string_view b) noexcept { return a.view() == b; }
  friend bool operator==(const SharedText& a, const std::string& b) noexcept { return a.view() == b; }
  friend bool operator==(const SharedText& a, const char* b) noexcept { return a.view() == b; }
  friend std::string operator+(std::string a, const SharedText& b) { return std::move(a.append(b.view())); }
  friend std::string operator+(const SharedText& a, std::string_view b) { return std::string{a.view()}.append(b); }
  friend std::ostream& operator<<(std::ostream& stream, const SharedText& text) { return stream << text.view(); }

 private:
  template <class Text>
  friend class OptionalText;

  struct Block {  // the characters follow it
    std::atomic<std::uint32_t> owners;
    std::uint32_t size;
  };

  static Block* make(std::string_view text);
  static void destroy(Block* block) noexcept;
  static const char* chars_of(const Block* block) noexcept { return reinterpret_cast<const char*>(block + 1); }
  void keep() const noexcept {
    if (block_ != nullptr && block_ != no_text()) block_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  void release() noexcept {
    // The last one sees whatever the others did with the text before they let go of it.
    if (block_ == nullptr || block_ == no_text()) return;
    if (block_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(block_);
  }

  // What OptionalText holds where it has none: an empty text of which one can tell that nobody wrote it.
  static SharedText none() noexcept {
    SharedText text;
    text.block_ = no_text();
    return text;
  }
  bool is_none() const noexcept { return block_ == no_text(); }
  static Block* no_text() noexcept { return reinterpret_cast<Block*>(&no_text_); }

  static inline std::uint64_t no_text_ = 0;  // only its address says anything
  Block* block_ = nullptr;                   // null: the empty text
};

}  // namespace gild

template <>
struct fmt::formatter<gild::SharedText> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const gild::SharedText& text, Context& context) const {
    return fmt::formatter<std::string_view>::format(text.view(), context);
  }
};
