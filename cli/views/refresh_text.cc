// SPDX-License-Identifier: Apache-2.0
#include "cli/views/refresh_text.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "cli/views/desktop_list.hpp"
#include "cli/views/layout.hpp"
#include "cli/views/short_ids.hpp"
#include "engine/core/json_writer.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kLeastId = 8;

class RefreshText {
 public:
  RefreshText(const RefreshReport& report, const RefreshTextOptions& options, const Style& style)
      : report_(report), options_(options), style_(style), ids_(desktop_ids()), images_(image_ids()) {}

  std::string render() {
    append_images();
    append_statuses();
    append_lists();
    return std::move(out_) + wrap(summary(), options_.width, "", "  ");
  }

 private:
  std::size_t least() const { return options_.every_desktop ? 0 : kLeastId; }
  bool drift() const { return options_.kind == RefreshKind::drift; }

  ShortIds desktop_ids() const {
    std::vector<std::string_view> ids;
    for (const ImageChange& change : report_.images) ids.push_back(change.key.id.str());
    for (const StatusChange& change : report_.statuses) ids.push_back(change.key.id.str());
    for (const auto* keys : {&report_.gone, &report_.image_not_shown}) {
      for (const DesktopKey& key : *keys) ids.push_back(key.id.str());
    }
    return {std::move(ids), least()};
  }
  ShortIds image_ids() const {
    std::vector<std::string_view> ids;
    for (const ImageChange& change : report_.images) {
      if (change.from) ids.push_back(change.from->str());
      ids.push_back(change.to.str());
    }
    return {std::move(ids), least()};
  }

  std::string label(const DesktopKey& key, const std::optional<std::string>& name) const {
    const std::string id = ids_(key.id.str());
    return name ? fmt::format("{} ({})", escape_controls(*name), id) : id;
  }

  std::string describe(const ImageChange& change) const {
    const std::string to = images_(change.to.str());
    if (change.first_seen) return fmt::format("seen for the first time, on image {}", to);
    const std::string from = change.from ? fmt::format("image {}", images_(change.from->str())) : "no image";
    const std::string text = fmt::format("recorded with {}, now on image {}", from, to);
    return drift() ? style_.warning(text) : text;
  }

  void append_images() {
    std::map<std::optional<GroupName>, DesktopList> groups;
    for (const ImageChange& change : report_.images) {
      groups[change.group].add(change.first_seen ? 1 : 0, describe(change), label(change.key, change.name));
    }
    for (const auto& [group, list] : groups) {
      const std::string title =
          group ? fmt::format("Group {}", escape_controls(group->str())) : std::string{"In no group"};
      out_ += style_.bold(title) + "\n" + list.render(options_.width, options_.every_desktop) + "\n";
    }
  }

  void append_statuses() {
    if (report_.statuses.empty()) return;
    DesktopList list;
    for (const StatusChange& change : report_.statuses) {
      std::string text = fmt::format("{} → {}", name_of(change.from), name_of(change.to));
      if (change.reason) text += ": " + escape_controls(*change.reason);
      list.add(change.to == DesktopStatus::ready ? 1 : 0, text, label(change.key, change.name));
    }
    out_ += style_.bold("What was open") + "\n" + list.render(options_.width, options_.every_desktop) + "\n";
  }

  void append_lists() {
    DesktopList list;
    for (const DesktopKey& key : report_.gone) {
      list.add(0, style_.warning("not shown by the service: deleted, or not visible to these credentials"),
               label(key, std::nullopt));
    }
    for (const DesktopKey& key : report_.image_not_shown) {
      list.add(1, "without an image, with a task that runs, or in ERROR: not recorded yet", label(key, std::nullopt));
    }
    if (!list.empty()) {
      out_ += style_.bold("Not recorded") + "\n" + list.render(options_.width, options_.every_desktop) + "\n";
    }
    for (const WorkspaceName& workspace : report_.unreachable) {
      out_ += wrap(fmt::format("{} Workspace {} has requests or jobs that are open, but no manifest says where it is.",
                               style_.warning("Warning:"), escape_controls(workspace.str())),
                   options_.width, "", "  ");
    }
  }

  std::string summary() const {
    std::string text =
        fmt::format("{} read {}", style_.bold(drift() ? "Drift:" : "Refresh:"), plural(report_.read, "desktop"));
    if (drift()) {
      std::vector<std::string> changes;
      if (const std::size_t updates = report_.images.size() + report_.statuses.size(); updates > 0) {
        changes.push_back(fmt::format("the state would be updated for {}", plural(updates, "desktop")));
      }
      if (!report_.gone.empty()) changes.push_back(fmt::format("{} not shown", grouped(report_.gone.size())));
      text += changes.empty() ? std::string{"; they are as recorded."} : fmt::format("; {}.", join_and(changes));
    } else {
      text += fmt::format(", recorded {}", plural(report_.recorded, "desktop"));
      if (report_.details_changed > 0) {
        text += fmt::format(" ({} with other details than the image)", grouped(report_.details_changed));
      }
      text += ".";
    }
    if (report_.still_open > 0) text += fmt::format(" {} still under way.", plural(report_.still_open, "desktop"));
    return text;
  }

  const RefreshReport& report_;
  const RefreshTextOptions& options_;
  const Style& style_;
  ShortIds ids_;
  ShortIds images_;
  std::string out_;
};

void write_key(JsonWriter& json, const DesktopKey& key) {
  json.field("workspace", key.workspace.str());
  json.field("id", key.id.str());
}

void write_optional(JsonWriter& json, std::string_view name, const std::optional<std::string>& value) {
  json.field(name, value);
}

template <class Tag>
std::optional<std::string> text_of(const std::optional<Id<Tag>>& id) {
  return id ? std::optional{id->str()} : std::nullopt;
}

void write_keys(JsonWriter& json, std::string_view name, const std::vector<DesktopKey>& keys) {
  json.key(name);
  json.begin_array();
  for (const DesktopKey& key : keys) {
    json.begin_object();
    write_key(json, key);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string render_refresh(const RefreshReport& report, const RefreshTextOptions& options, const Style& style) {
  return RefreshText{report, options, style}.render();
}

std::string write_refresh(const RefreshReport& report, RefreshKind kind) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("format", "gild.refresh/1");
  json.field("command", kind == RefreshKind::drift ? "drift" : "refresh");
  json.field("drift", report.drift());
  json.field("read", report.read);
  json.field("recorded", report.recorded);
  json.field("details_changed", report.details_changed);
  json.field("still_open", report.still_open);
  json.key("images");
  json.begin_array();
  for (const ImageChange& change : report.images) {
    json.begin_object();
    write_key(json, change.key);
    write_optional(json, "group", text_of(change.group));
    write_optional(json, "name", change.name);
    json.field("first_seen", change.first_seen);
    write_optional(json, "from", text_of(change.from));
    json.field("to", change.to.str());
    json.end_object();
  }
  json.end_array();
  json.key("statuses");
  json.begin_array();
  for (const StatusChange& change : report.statuses) {
    json.begin_object();
    write_key(json, change.key);
    write_optional(json, "group", text_of(change.group));
    write_optional(json, "name", change.name);
    json.field("from", name_of(change.from));
    json.field("to", name_of(change.to));
    write_optional(json, "reason", change.reason);
    json.end_object();
  }
  json.end_array();
  write_keys(json, "gone", report.gone);
  write_keys(json, "image_not_shown", report.image_not_shown);
  json.key("unreachable_workspaces");
  json.begin_array();
  for (const WorkspaceName& workspace : report.unreachable) json.string(workspace.str());
  json.end_array();
  json.end_object();
  return out + "\n";
}

}  // namespace gild
