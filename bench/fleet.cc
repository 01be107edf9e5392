// SPDX-License-Identifier: Apache-2.0
#include "bench/fleet.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/codec/state_codec.hpp"

namespace gild::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 12> kDepartments{"finance",    "design", "sales",    "legal",
                                                        "support",    "lab",    "kiosk",    "training",
                                                        "callcenter", "hr",     "research", "ops"};
constexpr Time kRefreshed{std::chrono::seconds{1'795'640'651}};  // 2026-11-25T21:04:11Z

class Maker {
 public:
  explicit Maker(const FleetShape& shape) : shape_(shape), random_(shape.seed) {}

  Fleet make() {
    add_workspace();
    const std::size_t groups = std::clamp<std::size_t>(shape_.desktops / 2, 1, shape_.groups);
    std::vector<std::size_t> sizes = cut(shape_.desktops, groups);
    for (std::size_t i = 0; i < groups; ++i) add_group(i, sizes[i]);
    std::sort(fleet_.wanted.groups.begin(), fleet_.wanted.groups.end(),
              [](const DesktopGroup& a, const DesktopGroup& b) { return a.name < b.name; });
    fleet_.known.lineage = uuid();
    fleet_.known.serial = 4711;
    return std::move(fleet_);
  }

 private:
  std::size_t number(std::size_t below) { return random_() % below; }  // its small bias does not matter here

  std::string uuid() {
    const std::uint64_t high = random_();
    const std::uint64_t low = random_();
    return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xffffU, high & 0xfffU,
                       0x8000U | (low >> 50U), low & 0xffff'ffff'ffffU);
  }

  void add_workspace() {
    Workspace workspace;
    workspace.name = WorkspaceName("prod");
    workspace.region = "ap-southeast-1";
    workspace.project_id = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
    workspace.endpoint = "https://workspace.ap-southeast-1.myhuaweicloud.com";
    workspace.iam_endpoint = "https://iam.ap-southeast-1.myhuaweicloud.com";
    fleet_.wanted.workspaces.push_back(std::move(workspace));
  }

  // `total` in `parts` of different sizes, none empty.
  std::vector<std::size_t> cut(std::size_t total, std::size_t parts) {
    std::vector<double> weights;
    double sum = 0;
    for (std::size_t i = 0; i < parts; ++i) sum += weights.emplace_back(0.2 + static_cast<double>(number(1000)) / 500);
    std::vector<std::size_t> sizes;
    double before = 0;
    std::size_t given = 0;
    for (const double weight : weights) {
      before += weight;
      const auto up_to = static_cast<std::size_t>(before / sum * static_cast<double>(total - parts));
      sizes.push_back(up_to - given + 1);
      given = up_to;
    }
    sizes.back() += total - parts - given;
    return sizes;
  }

  void add_group(std::size_t index, std::size_t size) {
    const std::string_view department = kDepartments[index % kDepartments.size()];
    DesktopGroup& group = fleet_.wanted.groups.emplace_back();
    group.name = GroupName(fmt::format("{}-{:03}", department, index + 1));
    group.workspace = fleet_.wanted.workspaces.front().name;
    group.target.image = {new_image_, "private", "Windows"};
    for (std::size_t i = 0; i < size; ++i) add_desktop(group, i);
    std::sort(group.desktops.begin(), group.desktops.end(),
              [](const DesktopEntry& a, const DesktopEntry& b) { return a.id < b.id; });
  }

  void add_desktop(DesktopGroup& group, std::size_t index) {
    DesktopEntry& entry = group.desktops.emplace_back();
    entry.id = DesktopId(uuid());
    const bool old = number(1'000'000) < static_cast<std::size_t>(shape_.rebuild_share * 1e6);
    fleet_.rebuilds += old ? 1U : 0U;
    DesktopRecord& record = fleet_.known.desktops[{group.workspace, entry.id}];
    record.group = group.name;
    record.name = fmt::format("{}-{:05}", group.name, index + 1);
    record.image = {old ? old_image_ : new_image_, "private", "Windows", std::nullopt};
    record.job_id = JobId(uuid());
    record.intent = static_cast<std::int64_t>(number(4000)) + 1;
    record.updated_at = kRefreshed - std::chrono::seconds{number(40'000'000)};
    if (!old) record.previous = ImageState{old_image_, "private", "Windows", std::nullopt};
    ObservedDetails details;
    details.desktop_type = "DEDICATED";
    details.root_gb = 80;
    details.data_disks = static_cast<int>(number(2));
    details.login_status = number(3) == 0 ? "DISCONNECTED" : "UNREGISTER";
    record.details = std::move(details);
  }

  const FleetShape& shape_;
  std::mt19937_64 random_;
  const ImageId old_image_{uuid()};
  const ImageId new_image_{uuid()};
  Fleet fleet_;
};

void write_file(const fs::path& path, std::string_view text) {
  std::ofstream file{path, std::ios::binary};
  file << text;
  if (!file.flush()) throw std::runtime_error(fmt::format("cannot write {}", path.string()));
}

std::string workspace_text(const Workspace& workspace) {
  return fmt::format(
      "apiVersion: gild/v1\nkind: Workspace\nmetadata: {{name: {}}}\nspec:\n  region: {}\n  project_id: {}\n",
      workspace.name, workspace.region, workspace.project_id);
}

std::string image_text(const ImageRef& image) {
  return fmt::format(
      "apiVersion: gild/v1\nkind: Image\nmetadata: {{name: golden}}\nspec: {{image_id: {}, image_type: {}, os_type: "
      "{}}}\n",
      image.image_id, image.image_type, image.os_type.value_or("Windows"));
}

std::string group_head(const DesktopGroup& group) {
  return fmt::format(
      "apiVersion: gild/v1\nkind: DesktopGroup\nmetadata: {{name: {}}}\nspec:\n  workspace: {}\n  image: golden\n",
      group.name, group.workspace);
}

std::string lines_of(const DesktopGroup& group, std::string_view before) {
  std::string out;
  for (const DesktopEntry& entry : group.desktops) fmt::format_to(std::back_inserter(out), "{}{}\n", before, entry.id);
  return out;
}

}  // namespace

Fleet make_fleet(const FleetShape& shape) {
  return Maker(shape).make();
}

void write_fleet(const Fleet& fleet, ListForm form, const std::string& folder) {
  const fs::path root{folder};
  fs::create_directories(root / "groups" / "lists");
  write_file(root / "workspace.yaml", workspace_text(fleet.wanted.workspaces.front()));
  write_file(root / "image.yaml", image_text(fleet.wanted.groups.front().target.image));
  for (const DesktopGroup& group : fleet.wanted.groups) {
    std::string text = group_head(group);
    if (form == ListForm::in_manifest) {
      text += "  desktops:\n" + lines_of(group, "    - ");
    } else {
      fmt::format_to(std::back_inserter(text), "  desktop_files: [lists/{}.txt]\n", group.name);
      write_file(root / "groups" / "lists" / fmt::format("{}.txt", group.name), lines_of(group, ""));
    }
    write_file(root / "groups" / fmt::format("{}.yaml", group.name), text);
  }
  write_file(root / "gild.state.json", write_state(fleet.known, "bench"));
}

}  // namespace gild::bench
