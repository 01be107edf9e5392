// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/plan_rules.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/core/url.hpp"
#include "engine/model/state.hpp"
#include "engine/model/worst_case.hpp"

namespace gild {
namespace {

constexpr std::chrono::seconds kLeastSettle{600};  // contract 3; less only where the service is a test's own
constexpr std::size_t kDigestLength = 64;

bool same_image(const ImageRef& a, const ImageRef& b) {
  return a.image_id == b.image_id && a.image_type == b.image_type && a.os_type == b.os_type;
}

std::size_t& count_of(GroupCounts& counts, Action action) {
  switch (action) {
    case Action::rebuild:
      return counts.rebuild;
    case Action::in_progress:
      return counts.in_progress;
    case Action::held:
      return counts.held;
    case Action::protect:
      return counts.protect;
    case Action::exclude:
      return counts.exclude;
  }
  return counts.rebuild;
}

class Rules {
 public:
  Rules(const Plan& plan, std::string_view name) : plan_(plan), name_(name) {}

  void check() {
    check_head();
    check_workspaces();
    check_groups();
    check_batches();
    check_desktops();
    check_counts();
    check_guardrails();
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw Error(ErrorKind::input, escape_controls(fmt::format("{}: {}", name_, what)));
  }
  template <class... Args>
  void require(bool holds, fmt::format_string<Args...> what, Args&&... args) const {
    if (!holds) fail(fmt::format(what, std::forward<Args>(args)...));
  }
  void require_length(const std::string& text, std::size_t least, std::size_t most, std::string_view where,
                      std::string_view field) const {
    const std::size_t length = count_code_points(text);
    if (length >= least && length <= most) return;
    fail(fmt::format("{}: {} has {} characters, where {} to {} are allowed", where, field, length, least, most));
  }

  void check_head() const {
    require(plan_.manifest_digest.size() == kDigestLength &&
                plan_.manifest_digest.find_first_not_of("0123456789abcdef") == std::string::npos,
            "manifest_digest is not a SHA-256 in lower-case hexadecimal");
    require(plan_.basis.lineage || plan_.basis.serial == 0, "basis has a serial but no lineage");
    require(!plan_.basis.lineage || !plan_.basis.lineage->empty(), "basis has an empty lineage");
  }

  void check_workspaces() {
    const WorkspaceName* last = nullptr;
    for (const Workspace& workspace : plan_.workspaces) {
      const std::string where = fmt::format("workspace {}", workspace.name);
      require(!workspace.name.empty(), "a workspace without a name");
      require(last == nullptr || *last < workspace.name, "{} is listed twice or not in sorted order", where);
      last = &workspace.name;
      require(workspace.settle >= kLeastSettle || is_on_loopback(workspace.endpoint),
              "{}: settle_seconds is {}, where at least {} are needed to prove that a request was not received", where,
              workspace.settle.count(), kLeastSettle.count());
      workspaces_.insert(workspace.name);
    }
  }

  void check_options(const RebuildOptions& options, std::string_view where) const {
    const int delay = options.delay_time.value_or(0);
    require(delay >= 0 && delay <= kMaxDelayMinutes, "{}: delay_time is {}, where 0 to {} are allowed", where, delay,
            kMaxDelayMinutes);
    if (options.message) {
      require_length(*options.message, 0, kMaxMessageLength, where, "message");
      require(count_utf16_units(*options.message) <= kMaxMessageLength, "{}: message is longer than {} UTF-16 units",
              where, kMaxMessageLength);
    }
    if (options.order_id) require_length(*options.order_id, 0, kMaxIdLength, where, "order_id");
    if (options.enterprise_project_id) {
      require_length(*options.enterprise_project_id, 0, kMaxEnterpriseProjectLength, where, "enterprise_project_id");
    }
    if (options.encrypt_type) require_length(*options.encrypt_type, 0, kMaxIdLength, where, "encrypt_type");
    if (options.kms_id) require_length(*options.kms_id, 0, kMaxIdLength, where, "kms_id");
  }

  void check_groups() {
    const GroupName* last = nullptr;
    for (const PlannedGroup& group : plan_.groups) {
      const std::string where = fmt::format("group {}", group.name);
      require(!group.name.empty(), "a group without a name");
      require(last == nullptr || *last < group.name, "{} is listed twice or not in sorted order", where);
      last = &group.name;
      require(workspaces_.contains(group.workspace), "{}: the plan has no workspace {}", where, group.workspace);
      require_length(group.target.image.image_id.str(), 1, kMaxIdLength, where, "image_id");
      require_length(group.target.image.image_type, 0, kMaxIdLength, where, "image_type");
      if (group.target.image.os_type) require_length(*group.target.image.os_type, 0, kMaxIdLength, where, "os_type");
      check_options(group.rebuild, where);
      groups_.emplace(group.name, &group);
    }
  }

  template <class Part>  // a batch or a desktop
  const PlannedGroup& group_of(const Part& part) const {
    const auto found = groups_.find(part.group);
    if (found == groups_.end()) fail(fmt::format("{}: the plan has no group {}", part.id, part.group));
    return *found->second;
  }

  void check_batches() {
    const GroupName* last = nullptr;
    for (const PlannedBatch& batch : plan_.batches) {
      const std::string where = fmt::format("batch {}", batch.id);
      require(!batch.id.empty(), "a batch without an id");
      require(batches_.emplace(batch.id, &batch).second, "{} is listed twice", where);
      require(last == nullptr || !(batch.group < *last), "{} is not in the order of the groups", where);
      last = &batch.group;
      const PlannedGroup& group = group_of(batch);
      require(batch.workspace == group.workspace, "{} is for workspace {}, but group {} is in {}", where,
              batch.workspace, group.name, group.workspace);
      require(same_image(batch.request.image, group.target.image), "{} asks for another image than group {}", where,
              group.name);
      check_options(batch.request.options, where);
      RebuildOptions options = batch.request.options;
      options.order_id = group.rebuild.order_id;  // a desktop may have an order of its own
      require(options == group.rebuild, "{} asks for other rebuild options than group {}", where, group.name);
      check_members(batch, group, where);
    }
  }

  void check_members(const PlannedBatch& batch, const PlannedGroup& group, std::string_view where) const {
    const auto& ids = batch.request.desktop_ids;
    const std::size_t most = std::min({static_cast<std::size_t>(group.batch_size),
                                       static_cast<std::size_t>(group.max_unavailable), kMaxDesktopsPerRequest});
    require(!ids.empty(), "{} is empty", where);
    require(ids.size() <= most, "{} has {}, where group {} allows {}", where, plural(ids.size(), "desktop"), group.name,
            most);
    const DesktopId* last = nullptr;
    for (const DesktopId& id : ids) {
      require_length(id.str(), 1, kMaxIdLength, where, "a desktop id");
      require(last == nullptr || *last < id, "{}: desktop {} is named twice or not in sorted order", where, id);
      last = &id;
    }
  }

  void check_desktops() {
    const PlannedDesktop* last = nullptr;
    std::size_t in_batches = 0;
    for (const PlannedBatch& batch : plan_.batches) in_batches += batch.request.desktop_ids.size();
    std::size_t rebuilds = 0;
    for (const PlannedDesktop& desktop : plan_.desktops) {
      require(last == nullptr || std::tie(last->workspace, last->id) < std::tie(desktop.workspace, desktop.id),
              "desktop {} is listed twice or not in sorted order", desktop.id);
      last = &desktop;
      const PlannedGroup& group = group_of(desktop);
      require(desktop.workspace == group.workspace, "desktop {} is in workspace {}, but group {} is in {}", desktop.id,
              desktop.workspace, group.name, group.workspace);
      require(!desktop.to || *desktop.to == image_state_of(group.target),
              "desktop {} is to have another image or revision than group {}", desktop.id, group.name);
      count_of(counts_[desktop.group], desktop.action)++;
      if (desktop.action == Action::rebuild) ++rebuilds;
      check_batch_of(desktop);
    }
    // Each rebuild is in its batch and no desktop is listed twice, so equal numbers mean that a batch names nothing
    // else.
    require(rebuilds == in_batches, "the batches name {}, but {} to be rebuilt", plural(in_batches, "desktop"),
            rebuilds == 1 ? "1 desktop is" : fmt::format("{} desktops are", grouped(rebuilds)));
  }

  void check_batch_of(const PlannedDesktop& desktop) const {
    if (desktop.action != Action::rebuild) {
      return require(!desktop.batch, "desktop {} is in a batch, but is not to be rebuilt", desktop.id);
    }
    require(desktop.to.has_value(), "desktop {} is to be rebuilt, but to nothing", desktop.id);
    if (!desktop.batch) fail(fmt::format("desktop {} is to be rebuilt, but is in no batch", desktop.id));
    const auto found = batches_.find(*desktop.batch);
    if (found == batches_.end()) fail(fmt::format("desktop {}: the plan has no batch {}", desktop.id, *desktop.batch));
    const PlannedBatch& batch = *found->second;
    const auto& ids = batch.request.desktop_ids;
    require(batch.group == desktop.group && std::binary_search(ids.begin(), ids.end(), desktop.id),
            "desktop {} says that it is in batch {}, which does not name it", desktop.id, batch.id);
  }

  void check_guardrails() const {
    std::size_t named = 0;
    for (const PlannedGroup& group : plan_.groups) {
      const GroupCounts& counts = group.counts;
      const std::size_t counted =
          counts.rebuild + counts.unchanged + counts.in_progress + counts.protect + counts.exclude + counts.held;
      require(counted <= group.desktops, "group {}: counts are of more desktops than the group has", group.name);
      named += group.desktops;
    }
    require(named <= plan_.summary.named, "summary: the manifests name fewer desktops than the groups have");
    for (const Guardrails& rails : plan_.guardrails) {
      require(rails.dated(), "guardrails {} hold nothing that needs a date", rails.name);
      for (const Freeze& freeze : rails.freeze) {
        require(freeze.from < freeze.to, "guardrails {}: a freeze ends before it begins", rails.name);
      }
    }
  }

  void check_counts() {
    PlanSummary sum;
    for (const PlannedGroup& group : plan_.groups) {
      GroupCounts counted = counts_[group.name];
      counted.unchanged = group.counts.unchanged;  // these are not listed
      require(counted == group.counts, "group {}: counts are not those of the listed desktops", group.name);
      sum.rebuild += counted.rebuild;
      sum.unchanged += counted.unchanged;
      sum.in_progress += counted.in_progress;
      sum.protect += counted.protect;
      sum.exclude += counted.exclude;
      sum.held += counted.held;
    }
    sum.unmanaged = plan_.summary.unmanaged;  // in no group, so not listed either
    sum.batches = plan_.batches.size();
    sum.worst_case = worst_case(plan_);
    sum.named = plan_.summary.named;  // of all groups, also those that a narrowed plan has not
    require(sum == plan_.summary, "summary is not the sum of the groups");
  }

  const Plan& plan_;
  std::string_view name_;
  std::set<WorkspaceName> workspaces_;
  std::map<GroupName, const PlannedGroup*> groups_;
  std::map<BatchId, const PlannedBatch*> batches_;
  std::map<GroupName, GroupCounts> counts_;
};

}  // namespace

void check_plan_rules(const Plan& plan, std::string_view name) {
  Rules(plan, name).check();
}

}  // namespace gild
