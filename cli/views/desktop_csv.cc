// SPDX-License-Identifier: Apache-2.0
#include "cli/views/desktop_csv.hpp"

#include <array>
#include <optional>
#include <string_view>

#include "engine/core/time.hpp"

namespace gild {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::array<std::string_view, 12> kColumns{"workspace", "id",       "group",      "name",
                                                    "status",    "image_id", "image_type", "os_type",
                                                    "revision",  "job_id",   "reason",     "updated_at"};

class Line {
 public:
  explicit Line(std::string& out) : out_(out) {}
  ~Line() { out_ += kLineEnd; }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void add(std::string_view text) {
    if (!first_) out_ += ',';
    first_ = false;
    const bool formula = !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
    const bool quoted = formula || text.find_first_of(",\"\r\n") != std::string_view::npos;
    if (quoted) out_ += '"';
    if (formula) out_ += '\'';
    for (const char c : text) {
      if (c == '"') out_ += '"';
      out_ += c;
    }
    if (quoted) out_ += '"';
  }
  template <class Tag>
  void add(const OptionalText<Id<Tag>>& id) {
    add(id ? id->str().view() : std::string_view{});
  }
  void add(const OptionalText<SharedText>& text) { add(text ? text->view() : std::string_view{}); }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace

std::string write_desktops_csv(const std::vector<DesktopRow>& rows) {
  std::string out;
  {
    Line line(out);
    for (const std::string_view column : kColumns) line.add(column);
  }
  for (const DesktopRow& row : rows) {
    const DesktopRecord& desktop = *row.desktop;
    Line line(out);
    line.add(std::string_view(row.key->workspace.str()));
    line.add(std::string_view(row.key->id.str()));
    line.add(desktop.group);
    line.add(desktop.name);
    line.add(name_of(desktop.status));
    line.add(desktop.image.image_id);
    line.add(desktop.image.image_type);
    line.add(desktop.image.os_type);
    line.add(desktop.image.revision);
    line.add(desktop.job_id);
    line.add(desktop.reason);
    line.add(std::string_view(format_time(desktop.updated_at)));
  }
  return out;
}

}  // namespace gild
