// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/manifest_digest.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "engine/core/digest.hpp"
#include "engine/core/json_writer.hpp"

namespace gild {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10U;

// Pointers to the items in the order of `less`: the items may come in any.
template <class Item, class Less>
std::vector<const Item*> sorted(const std::vector<Item>& items, Less less) {
  std::vector<const Item*> out;
  out.reserve(items.size());
  for (const Item& item : items) out.push_back(&item);
  const auto by_item = [&](const Item* a, const Item* b) { return less(*a, *b); };
  if (!std::is_sorted(out.begin(), out.end(), by_item)) std::sort(out.begin(), out.end(), by_item);
  return out;
}

void write_amount(JsonWriter& json, std::string_view key, const Amount& amount) {
  if (amount.percent) {
    json.field(key, fmt::format("{}%", amount.value));
  } else {
    json.field(key, amount.value);
  }
}

void write_workspace(JsonWriter& json, const Workspace& workspace) {
  json.begin_object();
  json.field("name", workspace.name.str());
  json.field("region", workspace.region);
  json.field("project_id", workspace.project_id);
  json.field("endpoint", workspace.endpoint);
  json.field("iam_endpoint", workspace.iam_endpoint);
  json.field("ca_file", workspace.ca_file);
  json.field("credentials", workspace.credentials);
  json.field("settle_seconds", workspace.settle.count());
  json.field("poll_milliseconds", workspace.poll.count());
  json.field("max_in_flight", workspace.max_in_flight);
  json.field("reads_per_minute", workspace.requests_per_minute.reads);
  json.field("writes_per_minute", workspace.requests_per_minute.writes);
  json.end_object();
}

void write_desktop(JsonWriter& json, const DesktopEntry& desktop) {
  json.begin_object();
  json.field("id", desktop.id.str());
  json.field("name", desktop.name);
  json.field("order_id", desktop.order_id);
  json.field("protect", desktop.protect);
  json.field("exclude", desktop.excluded);
  json.end_object();
}

void write_options(JsonWriter& json, const RebuildOptions& options) {
  json.key("rebuild");
  json.begin_object();
  json.key("delay_time");
  options.delay_time ? json.integer(*options.delay_time) : json.null();
  json.field("message", options.message);
  json.field("order_id", options.order_id);
  json.field("enterprise_project_id", options.enterprise_project_id);
  json.field("encrypt_type", options.encrypt_type);
  json.field("kms_id", options.kms_id);
  json.end_object();
}

void write_rollout(JsonWriter& json, const RolloutSettings& rollout) {
  json.key("rollout");
  json.begin_object();
  json.field("batch_size", rollout.batch_size);
  write_amount(json, "max_unavailable", rollout.max_unavailable);
  write_amount(json, "max_failures", rollout.max_failures);
  json.field("sessions", rollout.sessions == SessionPolicy::force ? "force" : "skip");
  json.end_object();
}

// Where the text goes as it is made: the whole of a large fleet's is never needed at once.
class CanonicalText {
 public:
  explicit CanonicalText(const std::function<void(std::string_view)>& sink) : sink_(sink) {}

  JsonWriter json{text_};

  void hand_over(std::size_t from_size_on) {
    if (text_.size() < from_size_on) return;
    sink_(text_);
    text_.clear();
  }

 private:
  const std::function<void(std::string_view)>& sink_;
  std::string text_;
};

void write_group(CanonicalText& text, const DesktopGroup& group) {
  JsonWriter& json = text.json;
  json.begin_object();
  json.field("name", group.name.str());
  json.field("workspace", group.workspace.str());
  json.field("image_id", group.target.image.image_id.str());
  json.field("image_type", group.target.image.image_type);
  json.field("os_type", group.target.image.os_type);
  json.field("revision", group.target.revision);
  json.key("desktops");
  json.begin_array();
  const auto by_id = [](const DesktopEntry& a, const DesktopEntry& b) { return a.id < b.id; };
  for (const DesktopEntry* desktop : sorted(group.desktops, by_id)) {
    write_desktop(json, *desktop);
    text.hand_over(kPiece);
  }
  json.end_array();
  write_options(json, group.rebuild);
  write_rollout(json, group.rollout);
  json.end_object();
}

void write_canonical(const Manifest& manifest, const std::function<void(std::string_view)>& sink) {
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  CanonicalText text{sink};
  JsonWriter& json = text.json;
  json.begin_object();
  json.key("workspaces");
  json.begin_array();
  for (const Workspace* workspace : sorted(manifest.workspaces, by_name)) write_workspace(json, *workspace);
  json.end_array();
  json.key("groups");
  json.begin_array();
  for (const DesktopGroup* group : sorted(manifest.groups, by_name)) write_group(text, *group);
  json.end_array();
  json.end_object();
  text.hand_over(0);
}

}  // namespace

std::string canonical_manifest(const Manifest& manifest) {
  std::string out;
  write_canonical(manifest, [&](std::string_view piece) { out += piece; });
  return out;
}

std::string manifest_digest(const Manifest& manifest) {
  Sha256 sum;
  write_canonical(manifest, [&](std::string_view piece) { sum.add(piece); });
  return sum.finish_hex();
}

}  // namespace gild
