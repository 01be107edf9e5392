// SPDX-License-Identifier: Apache-2.0
// Correctness at the size of a large tenant: what makes large fleets fast (readers beside each other, merges of sorted
// ranges, strings kept once) must give what the plainest code gives.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "engine/codec/plan_codec.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/config/manifest_loader.hpp"
#include "engine/core/error.hpp"
#include "engine/plan/planner.hpp"
#include "tests/plan/fleet.hpp"
#include "tests/plan/reference_planner.hpp"

namespace gild {
namespace {

namespace fs = std::filesystem;
using Random = std::mt19937_64;

// About 100,000 desktops.
const test::Fleet& large_fleet() {
  static const test::Fleet kFleet = test::random_fleet(2026, {500, 500, 400});
  return kFleet;
}

std::size_t desktops_of(const Manifest& manifest) {
  std::size_t count = 0;
  for (const DesktopGroup& group : manifest.groups) count += group.desktops.size();
  return count;
}

// What the reference does not know: words for people, what follows from the rest, and in which order it is told.
Plan without_words(Plan plan) {
  plan.manifest_digest.clear();
  plan.workspaces.clear();
  plan.summary = {};
  plan.warnings.clear();
  for (PlannedDesktop& desktop : plan.desktops) {
    desktop.reason = {};
    desktop.batch.reset();
  }
  std::sort(plan.desktops.begin(), plan.desktops.end(), [](const PlannedDesktop& a, const PlannedDesktop& b) {
    return std::tie(a.workspace, a.id) < std::tie(b.workspace, b.id);
  });
  return plan;
}

// Each desktop of the plan says the batch that names it, and no other.
void check_batches_of_desktops(const Plan& plan) {
  std::map<DesktopKey, BatchId> named;
  for (const PlannedBatch& batch : plan.batches) {
    for (const DesktopId& id : batch.request.desktop_ids) named.emplace(DesktopKey{batch.workspace, id}, batch.id);
  }
  std::size_t wrong = 0;
  for (const PlannedDesktop& desktop : plan.desktops) {
    const auto found = named.find({desktop.workspace, desktop.id});
    wrong += desktop.batch != (found == named.end() ? std::nullopt : std::optional(found->second)) ? 1U : 0U;
  }
  CHECK(wrong == 0);
}

// Not by CHECK(a == b): Catch would print megabytes.
void check_same(const std::string& a, const std::string& b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (in_a == a.end() && in_b == b.end()) return;
  const auto at = static_cast<std::size_t>(in_a - a.begin());
  const std::size_t from = at < 100 ? 0 : at - 100;
  FAIL("they differ at byte " << at << ":\n" << a.substr(from, 300) << "\nand:\n" << b.substr(from, 300));
}

void check_against_reference(const test::Fleet& fleet) {
  const Plan plan = make_plan(fleet.wanted, fleet.known);
  check_batches_of_desktops(plan);
  check_same(write_plan(without_words(plan)),
             write_plan(without_words(test::reference_plan(fleet.wanted, fleet.known))));
  std::set<DesktopKey> wanted;
  for (const DesktopGroup& group : fleet.wanted.groups) {
    for (const DesktopEntry& entry : group.desktops) wanted.insert({group.workspace, entry.id});
  }
  std::size_t unmanaged = 0;
  for (const auto& [key, record] : fleet.known.desktops) unmanaged += wanted.contains(key) ? 0U : 1U;
  CHECK(plan.summary.unmanaged == unmanaged);
}

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "gild-scale-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;  // a folder that stays hurts nobody
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path() const { return path_.string(); }

  void write(const std::string& name, std::string_view text) const {
    std::ofstream file{path_ / name, std::ios::binary};
    file << text;
    if (!file.flush()) throw std::runtime_error("cannot write " + name);
  }

 private:
  fs::path path_;
};

std::string amount(const Amount& value) {
  return fmt::format("{}{}", value.value, value.percent ? "%" : "");
}

std::string entry_text(const DesktopEntry& entry) {
  std::string out = fmt::format("{{id: {}", entry.id);
  if (entry.name) out += fmt::format(", name: {}", *entry.name);
  if (entry.order_id) out += fmt::format(", order_id: {}", *entry.order_id);
  return out + (entry.protect ? ", protect: true}" : "}");
}

bool has_id_only(const DesktopEntry& entry) {
  return !entry.name && !entry.order_id && !entry.protect;
}

// A group as a document, with its plain ids in a list beside it where the group's number is odd.
std::string group_text(const Folder& folder, const DesktopGroup& group, bool in_list) {
  const ImageRef& image = group.target.image;
  std::string out = fmt::format(
      "---\napiVersion: gild/v1\nkind: DesktopGroup\nmetadata: {{name: {}}}\nspec:\n  workspace: {}\n"
      "  image: {{image_id: {}, image_type: {}}}\n",
      group.name, group.workspace, image.image_id, image.image_type);
  if (group.target.revision) out += fmt::format("  revision: {}\n", *group.target.revision);
  std::string list, desktops, exclude;
  for (const DesktopEntry& entry : group.desktops) {
    if (in_list && has_id_only(entry)) {
      list += fmt::format("{}\n", entry.id);
    } else {
      desktops +=
          has_id_only(entry) ? fmt::format("    - {}\n", entry.id) : fmt::format("    - {}\n", entry_text(entry));
    }
    if (entry.excluded) exclude += fmt::format("    - {}\n", entry.id);
  }
  if (!list.empty()) {
    folder.write(fmt::format("{}.txt", group.name), list);
    out += fmt::format("  desktop_files: [{}.txt]\n", group.name);
  }
  out += desktops.empty() && list.empty() ? "  desktops: []\n" : desktops.empty() ? "" : "  desktops:\n" + desktops;
  if (!exclude.empty()) out += "  exclude:\n" + exclude;
  if (group.rebuild.order_id || group.rebuild.message) out += "  rebuild:\n";
  if (group.rebuild.order_id) out += fmt::format("    order_id: {}\n", *group.rebuild.order_id);
  if (group.rebuild.message) out += fmt::format("    message: \"{}\"\n", *group.rebuild.message);
  return out + fmt::format("  rollout: {{batch_size: {}, max_unavailable: {}, max_failures: {}}}\n",
                           group.rollout.batch_size, amount(group.rollout.max_unavailable),
                           amount(group.rollout.max_failures));
}

std::string workspace_text(const Workspace& workspace) {
  return fmt::format(
      "---\napiVersion: gild/v1\nkind: Workspace\nmetadata: {{name: {}}}\nspec: {{region: {}, project_id: {}, "
      "max_in_flight: {}}}\n",
      workspace.name, workspace.region, workspace.project_id, workspace.max_in_flight);
}

// The manifest in files, in an order drawn from `random`: of the documents in a file, of the files, of the desktops in
// lists and of what is excluded.
void write_shuffled(const Folder& folder, Manifest manifest, Random& random) {
  std::vector<std::string> documents;
  for (const Workspace& workspace : manifest.workspaces) documents.push_back(workspace_text(workspace));
  for (std::size_t i = 0; i < manifest.groups.size(); ++i) {
    std::vector<DesktopEntry>& desktops = manifest.groups[i].desktops;
    std::shuffle(desktops.begin(), desktops.end(), random);
    documents.push_back(group_text(folder, manifest.groups[i], i % 2 == 1));
  }
  std::shuffle(documents.begin(), documents.end(), random);
  std::vector<std::string> files(40);
  for (std::string& document : documents) files[random() % files.size()] += document;
  for (std::size_t i = 0; i < files.size(); ++i) folder.write(fmt::format("{:02}.yaml", i), files[i]);
}

// `{"a":1,"b":{…},"c":[…]}` with its members in the opposite order.
std::string with_members_reversed(std::string_view object) {
  std::vector<std::string_view> members;
  int depth = 0;
  bool quoted = false;
  std::size_t begin = 1;
  for (std::size_t i = 1; i + 1 < object.size(); ++i) {
    const char c = object[i];
    if (c == '\\') ++i;
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    depth += c == '{' || c == '[' ? 1 : 0;
    depth -= c == '}' || c == ']' ? 1 : 0;
    if (c != ',' || depth != 0) continue;
    members.push_back(object.substr(begin, i - begin));
    begin = i + 1;
  }
  members.push_back(object.substr(begin, object.size() - 1 - begin));
  std::reverse(members.begin(), members.end());
  return fmt::format("{{{}}}", fmt::join(members, ","));
}

constexpr std::string_view kDesktopLine = "    {\"workspace\":";

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end, text.size() - 1) + 1);
  }
  return lines;
}

std::string text_of(const std::vector<std::string>& lines) {
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

std::string plan_of(const Folder& folder, const State& known) {
  const LoadedManifest loaded = load_manifest({folder.path()});
  if (!loaded.manifest) FAIL(render(loaded.diagnostics.items().front(), loaded.sources));
  return write_plan(make_plan(*loaded.manifest, known));
}

}  // namespace

TEST_CASE("a plan is what the slow, obvious planner makes", "[plan]") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    check_against_reference(test::random_fleet(seed));
  }
}

TEST_CASE("the plan of 100,000 desktops is what the slow, obvious planner makes", "[plan][scale]") {
  REQUIRE(desktops_of(large_fleet().wanted) > 95'000);
  check_against_reference(large_fleet());
}

TEST_CASE("the order of files, documents and lists does not change a byte of a plan of 100,000 desktops",
          "[plan][scale]") {
  const test::Fleet& fleet = large_fleet();
  const std::string expected = write_plan(make_plan(fleet.wanted, fleet.known));
  Random random(4711);
  const Folder folder;
  write_shuffled(folder, fleet.wanted, random);
  check_same(plan_of(folder, fleet.known), expected);
  const Folder other;
  write_shuffled(other, fleet.wanted, random);
  check_same(plan_of(other, fleet.known), expected);
}

TEST_CASE("a state of 100,000 desktops reads back as it was, whatever the order of members", "[plan][scale]") {
  const test::Fleet& fleet = large_fleet();
  const std::string text = write_state(fleet.known, "1.2.3");
  const std::string expected = write_plan(make_plan(fleet.wanted, fleet.known));
  check_same(write_plan(make_plan(fleet.wanted, read_state(text, "gild.state.json"))), expected);
  std::vector<std::string> lines = lines_of(text);
  for (std::string& line : lines) {
    if (!line.starts_with(kDesktopLine)) continue;
    const bool last = line.back() != ',';
    const std::string_view object = std::string_view{line}.substr(4, line.size() - (last ? 4 : 5));
    line = fmt::format("    {}{}", with_members_reversed(object), last ? "" : ",");
  }
  check_same(write_state(read_state(text_of(lines), "gild.state.json"), "1.2.3"), text);
}

TEST_CASE("a state of 100,000 desktops with two lines out of order is refused, wherever they are", "[plan][scale]") {
  const std::vector<std::string> lines = lines_of(write_state(large_fleet().known, "1.2.3"));
  std::vector<std::size_t> desktops;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with(kDesktopLine)) desktops.push_back(i);
  }
  REQUIRE(desktops.size() > 70'000);
  Random random(4711);
  for (int i = 0; i < 8; ++i) {
    // Not the last one, which has no comma behind it. The first and a middle one are always tried.
    const std::size_t at = i == 0 ? 0 : i == 1 ? desktops.size() / 2 - 1 : random() % (desktops.size() - 2);
    INFO("desktop " << at);
    std::vector<std::string> swapped = lines;
    std::swap(swapped[desktops[at]], swapped[desktops[at + 1]]);
    CHECK_THROWS_WITH(read_state(text_of(swapped), "gild.state.json"), Catch::Contains("is not in sorted order"));
    swapped = lines;
    swapped[desktops[at + 1]] = swapped[desktops[at]];
    CHECK_THROWS_WITH(read_state(text_of(swapped), "gild.state.json"), Catch::Contains("is listed twice"));
  }
}

}  // namespace gild
