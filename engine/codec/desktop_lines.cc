// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/desktop_lines.hpp"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>

#include "engine/codec/members.hpp"
#include "engine/core/text.hpp"
#include "engine/core/time.hpp"

namespace gild {
namespace {

// A time has one spelling in our documents.
constexpr std::size_t kTimeLength = sizeof("2026-11-23T21:04:11Z") - 1;

// Does every quote in the line begin or end a string, and is each string the text it shows? Not so with escapes. One
// pass without a branch, which compilers turn into vector instructions.
bool is_plain(std::string_view line) {
  unsigned odd = 0;
  unsigned beyond_ascii = 0;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    odd |= static_cast<unsigned>(byte < 0x20U) | static_cast<unsigned>(byte == '\\');
    beyond_ascii |= byte & 0x80U;
  }
  return odd == 0 && (beyond_ascii == 0 || is_utf8(line));
}

}  // namespace

// Moves over a plain line. Everything returns false and means nothing more once something did not fit.
class DesktopLineReader::Cursor {
 public:
  explicit Cursor(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}

  bool at_end() const { return at_ == end_; }
  // What was taken since another one stood there.
  std::string_view since(const Cursor& begin) const { return {begin.at_, static_cast<std::size_t>(at_ - begin.at_)}; }
  template <std::size_t Size>
  bool take(const char (&literal)[Size]) {
    constexpr std::size_t kLength = Size - 1;
    if (left() < kLength || std::memcmp(at_, literal, kLength) != 0) return false;
    at_ += kLength;
    return true;
  }
  // A string, its quotes included.
  bool text(std::string_view& out) {
    if (at_ == end_ || *at_ != '"') return false;
    ++at_;
    const auto* quote = static_cast<const char*>(std::memchr(at_, '"', left()));
    if (quote == nullptr) return false;
    out = {at_, static_cast<std::size_t>(quote - at_)};
    at_ = quote + 1;
    return true;
  }
  bool text_or_null(std::optional<std::string_view>& out) {
    if (take("null")) return true;
    return text(out.emplace());
  }
  bool integer(std::int64_t least, std::int64_t most, std::int64_t& out) {
    const auto [rest, problem] = std::from_chars(at_, end_, out);
    if (problem != std::errc{} || *at_ == '-' || (*at_ == '0' && rest != at_ + 1)) return false;
    at_ = rest;
    return out >= least && out <= most;
  }
  bool integer_or_null(std::optional<int>& out) {
    if (take("null")) return true;
    std::int64_t number = 0;
    if (!integer(0, kMaxInt, number)) return false;
    out = static_cast<int>(number);
    return true;
  }

 private:
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

  const char* at_;
  const char* end_;
};

template <class Text>
bool DesktopLineReader::read_shared(Cursor& cursor, OptionalText<Text>& out) {
  std::optional<std::string_view> text;
  if (!cursor.text_or_null(text)) return false;
  if (text) out = Text(pool_.share(*text));
  return true;
}

bool DesktopLineReader::read_image(Cursor& cursor, ImageState& image) {
  return cursor.take("\"image_id\":") && read_shared(cursor, image.image_id) && cursor.take(",\"image_type\":") &&
         read_shared(cursor, image.image_type) && cursor.take(",\"os_type\":") && read_shared(cursor, image.os_type) &&
         cursor.take(",\"revision\":") && read_shared(cursor, image.revision);
}

bool DesktopLineReader::read_target(Cursor& cursor, DesktopRecord& desktop) {
  if (cursor.take("null")) return true;
  ImageState image;
  if (!cursor.take("{") || !read_image(cursor, image) || !cursor.take("}")) return false;
  if (!image.image_id || !image.image_type) return false;  // what is wanted always has both
  desktop.target = Target{{*image.image_id, *image.image_type, image.os_type}, image.revision};
  return true;
}

bool DesktopLineReader::read_previous(Cursor& cursor, DesktopRecord& desktop) {
  if (cursor.take("null")) return true;
  const Cursor begin = cursor;
  ImageState image;
  if (!cursor.take("{") || !read_image(cursor, image) || !cursor.take("}")) return false;
  desktop.previous = previous_.share(cursor.since(begin), [&] { return std::move(image); });
  return true;
}

bool DesktopLineReader::read_details(Cursor& cursor, DesktopRecord& desktop) {
  if (cursor.take("null")) return true;
  const Cursor begin = cursor;
  std::optional<std::string_view> pool_id;
  std::optional<std::string_view> desktop_type;
  std::optional<std::string_view> login_status;
  std::optional<int> root_gb;
  std::optional<int> data_disks;
  const bool fits = cursor.take("{\"tags\":[],\"pool_id\":") && cursor.text_or_null(pool_id) &&
                    cursor.take(",\"desktop_type\":") && cursor.text_or_null(desktop_type) &&
                    cursor.take(",\"root_gb\":") && cursor.integer_or_null(root_gb) &&
                    cursor.take(",\"data_disks\":") && cursor.integer_or_null(data_disks) &&
                    cursor.take(",\"login_status\":") && cursor.text_or_null(login_status) && cursor.take("}");
  if (!fits) return false;
  desktop.details = details_.share(cursor.since(begin), [&] {
    return ObservedDetails{
        {},         std::optional<std::string>(pool_id),     std::optional<std::string>(desktop_type), root_gb,
        data_disks, std::optional<std::string>(login_status)};
  });
  return true;
}

bool DesktopLineReader::read_key(Cursor& cursor, DesktopKey& key) {
  std::string_view workspace;
  std::string_view id;
  if (!cursor.take("{\"workspace\":") || !cursor.text(workspace) || !cursor.take(",\"id\":") || !cursor.text(id)) {
    return false;
  }
  key = {WorkspaceName(pool_.share(workspace)), DesktopId(id)};
  return true;
}

bool DesktopLineReader::read(std::string_view line, DesktopKey& key, DesktopRecord& desktop) {
  if (!is_plain(line)) return false;
  Cursor cursor{line};
  desktop = {};
  std::optional<std::string_view> name;
  if (!read_key(cursor, key) || !cursor.take(",\"group\":") || !read_shared(cursor, desktop.group) ||
      !cursor.take(",\"name\":") || !cursor.text_or_null(name) || !cursor.take(",") ||
      !read_image(cursor, desktop.image)) {
    return false;
  }
  if (name) desktop.name = *name;
  std::string_view text;
  if (!cursor.take(",\"status\":") || !cursor.text(text)) return false;
  const auto status = desktop_status_from(text);
  if (!status) return false;
  desktop.status = *status;
  if (!cursor.take(",\"target\":") || !read_target(cursor, desktop) || !cursor.take(",\"job_id\":") ||
      !read_shared(cursor, desktop.job_id) || !cursor.take(",\"intent\":")) {
    return false;
  }
  if (!cursor.take("null") && !cursor.integer(1, kMaxJsonInteger, desktop.intent)) return false;
  std::optional<std::string_view> reason;
  if (!cursor.take(",\"reason\":") || !cursor.text_or_null(reason)) return false;
  if (reason) desktop.reason = *reason;
  if (!cursor.take(",\"updated_at\":") || !cursor.text(text) || text.size() != kTimeLength) return false;
  const auto time = parse_time(text);
  if (!time) return false;
  desktop.updated_at = *time;
  return cursor.take(",\"previous\":") && read_previous(cursor, desktop) && cursor.take(",\"details\":") &&
         read_details(cursor, desktop) && cursor.take(",\"failed_before\":null}") && cursor.at_end();
}

}  // namespace gild
