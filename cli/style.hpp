// SPDX-License-Identifier: Apache-2.0
// Colour for people in front of a terminal. Without colour every function returns its text as it is, so that a view is
// written once and its plain form is the same bytes everywhere.
#pragma once

#include <string>
#include <string_view>

namespace gild {

class Style {
 public:
  Style() = default;  // plain
  explicit Style(bool colour) : colour_(colour) {}

  bool colour() const { return colour_; }
  std::string bold(std::string_view text) const { return paint("1", text); }
  std::string dim(std::string_view text) const { return paint("2", text); }
  std::string danger(std::string_view text) const { return paint("1;31", text); }  // a disk is wiped
  std::string error(std::string_view text) const { return paint("1;31", text); }
  std::string warning(std::string_view text) const { return paint("1;33", text); }
  std::string good(std::string_view text) const { return paint("32", text); }
  std::string accent(std::string_view text) const { return paint("36", text); }

 private:
  std::string paint(std::string_view code, std::string_view text) const {
    if (!colour_ || text.empty()) return std::string{text};
    std::string out = "\x1b[";
    out.append(code).append("m").append(text).append("\x1b[0m");
    return out;
  }

  bool colour_ = false;
};

}  // namespace gild
