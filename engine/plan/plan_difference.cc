// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/plan_difference.hpp"

#include <chrono>
#include <compare>
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "engine/plan/guardrail_rules.hpp"

namespace gild {
namespace {

// Each of two sorted ranges once: those that both have together, the others with nullptr in place of the other one.
template <class Item, class Order, class Visit>
void merge(const std::vector<Item>& before, const std::vector<Item>& after, Order order, Visit visit) {
  auto old = before.begin();
  auto now = after.begin();
  while (old != before.end() || now != after.end()) {
    const bool has_old = old != before.end();
    const bool has_now = now != after.end();
    const bool take_old = has_old && (!has_now || order(*old, *now) <= 0);
    const bool take_now = has_now && (!has_old || order(*old, *now) >= 0);
    visit(take_old ? &*old : nullptr, take_now ? &*now : nullptr);
    if (take_old) ++old;
    if (take_now) ++now;
  }
}

const auto kByName = [](const auto& a, const auto& b) { return a.name <=> b.name; };
const auto kByWorkspaceAndId = [](const PlannedDesktop& a, const PlannedDesktop& b) {
  return std::tie(a.workspace, a.id) <=> std::tie(b.workspace, b.id);
};

// Settings ------------------------------------------------------------------------------------------------------------

std::string in_words(const std::string& value) {
  return value;
}
std::string in_words(int value) {
  return std::to_string(value);
}
std::string in_words(std::chrono::seconds value) {
  return std::to_string(value.count());
}
std::string in_words(Duration value) {
  return fmt::format("{}", std::chrono::duration<double>(value).count());
}
std::string in_words(SessionPolicy value) {
  return value == SessionPolicy::skip ? "skip" : "force";
}
std::string in_words(const SharedText& value) {
  return std::string{value.view()};
}
template <class Tag>
std::string in_words(const Id<Tag>& value) {
  return in_words(value.str());
}
template <class Value>
std::string in_words(const std::optional<Value>& value) {
  return value ? in_words(*value) : std::string{"none"};
}
template <class Text>
std::string in_words(const OptionalText<Text>& value) {
  return value ? in_words(*value) : std::string{"none"};
}

template <class Value>
void compare_setting(std::vector<SettingDifference>& out, std::string_view name, const Value& before,
                     const Value& after) {
  if (!(before == after)) out.push_back({name, in_words(before), in_words(after)});
}

std::vector<SettingDifference> compare_settings(const Workspace& before, const Workspace& after) {
  std::vector<SettingDifference> out;
  compare_setting(out, "region", before.region, after.region);
  compare_setting(out, "project_id", before.project_id, after.project_id);
  compare_setting(out, "endpoint", before.endpoint, after.endpoint);
  compare_setting(out, "iam_endpoint", before.iam_endpoint, after.iam_endpoint);
  compare_setting(out, "credentials", before.credentials, after.credentials);
  compare_setting(out, "ca_file", before.ca_file, after.ca_file);
  compare_setting(out, "settle_seconds", before.settle, after.settle);
  compare_setting(out, "poll_seconds", before.poll, after.poll);
  compare_setting(out, "max_in_flight", before.max_in_flight, after.max_in_flight);
  compare_setting(out, "requests_per_minute.reads", before.requests_per_minute.reads, after.requests_per_minute.reads);
  compare_setting(out, "requests_per_minute.writes", before.requests_per_minute.writes,
                  after.requests_per_minute.writes);
  return out;
}

std::vector<SettingDifference> compare_settings(const PlannedGroup& before, const PlannedGroup& after) {
  std::vector<SettingDifference> out;
  compare_setting(out, "workspace", before.workspace, after.workspace);
  compare_setting(out, "image_id", before.target.image.image_id, after.target.image.image_id);
  compare_setting(out, "image_type", before.target.image.image_type, after.target.image.image_type);
  compare_setting(out, "os_type", before.target.image.os_type, after.target.image.os_type);
  compare_setting(out, "revision", before.target.revision, after.target.revision);
  compare_setting(out, "delay_time", before.rebuild.delay_time, after.rebuild.delay_time);
  compare_setting(out, "message", before.rebuild.message, after.rebuild.message);
  compare_setting(out, "order_id", before.rebuild.order_id, after.rebuild.order_id);
  compare_setting(out, "enterprise_project_id", before.rebuild.enterprise_project_id,
                  after.rebuild.enterprise_project_id);
  compare_setting(out, "encrypt_type", before.rebuild.encrypt_type, after.rebuild.encrypt_type);
  compare_setting(out, "kms_id", before.rebuild.kms_id, after.rebuild.kms_id);
  compare_setting(out, "batch_size", before.batch_size, after.batch_size);
  compare_setting(out, "max_unavailable", before.max_unavailable, after.max_unavailable);
  compare_setting(out, "max_failures", before.max_failures, after.max_failures);
  compare_setting(out, "sessions", before.sessions, after.sessions);
  return out;
}

std::size_t unchanged_of(const PlannedGroup* group) {
  return group == nullptr ? 0 : group->counts.unchanged;
}
std::size_t unchanged_of(const Workspace* /*one*/) {
  return 0;
}

template <class Part>
std::vector<PartDifference> compare_parts(const std::vector<Part>& before, const std::vector<Part>& after) {
  std::vector<PartDifference> out;
  merge(before, after, kByName, [&](const Part* old, const Part* now) {
    PartDifference part;
    part.name = (now != nullptr ? now : old)->name.str();
    part.presence = old == nullptr ? Presence::added : now == nullptr ? Presence::removed : Presence::changed;
    part.unchanged_before = unchanged_of(old);
    part.unchanged_after = unchanged_of(now);
    if (part.presence == Presence::changed) part.settings = compare_settings(*old, *now);
    const bool differs =
        part.presence != Presence::changed || !part.settings.empty() || part.unchanged_before != part.unchanged_after;
    if (differs) out.push_back(std::move(part));
  });
  return out;
}

// Desktops ------------------------------------------------------------------------------------------------------------

// The order_id with which each batch goes out, by the batch's id.
using Orders = std::unordered_map<std::string_view, const std::optional<std::string>*>;

Orders orders_of(const Plan& plan) {
  Orders orders;
  orders.reserve(plan.batches.size());
  for (const PlannedBatch& batch : plan.batches) orders.emplace(batch.id.str().view(), &batch.request.options.order_id);
  return orders;
}

class DesktopJudge {
 public:
  DesktopJudge(const Plan& before, const Plan& after) : before_(orders_of(before)), after_(orders_of(after)) {}

  // nullopt: nothing became of it.
  std::optional<DesktopChange> judge(const PlannedDesktop* before, const PlannedDesktop* after) const {
    const bool was_wiped = before != nullptr && before->action == Action::rebuild;
    const bool is_wiped = after != nullptr && after->action == Action::rebuild;
    if (is_wiped && !was_wiped) return DesktopChange::newly_wiped;
    if (was_wiped && !is_wiped) return DesktopChange::no_longer_wiped;
    if (before == nullptr || after == nullptr || before->action != after->action) return DesktopChange::other_verdict;
    if (is_wiped) {
      if (before->to != after->to) return DesktopChange::other_target;
      if (before->group != after->group) return DesktopChange::other_group;
      if (before->from != after->from) return DesktopChange::other_origin;
      if (order_of(before_, *before) != order_of(after_, *after)) return DesktopChange::other_order;
    }
    const bool same = before->name == after->name && before->reason == after->reason &&
                      before->data_disks == after->data_disks && before->group == after->group;
    return same ? std::nullopt : std::optional{DesktopChange::other_details};
  }

 private:
  static std::optional<std::string_view> order_of(const Orders& orders, const PlannedDesktop& desktop) {
    if (!desktop.batch) return std::nullopt;
    const auto found = orders.find(desktop.batch->str().view());
    if (found == orders.end() || !*found->second) return std::nullopt;
    return std::string_view{**found->second};
  }

  Orders before_;
  Orders after_;
};

// Those of `warnings` that are not in `others`, each as often as it is missing there.
std::vector<std::string> not_in(const std::vector<std::string>& warnings, const std::vector<std::string>& others) {
  std::map<std::string_view, std::size_t> known;
  for (const std::string& other : others) ++known[other];
  std::vector<std::string> out;
  for (const std::string& warning : warnings) {
    const auto found = known.find(warning);
    if (found == known.end() || found->second == 0) {
      out.push_back(warning);
    } else {
      --found->second;
    }
  }
  return out;
}

}  // namespace

PlanDifference compare_plans(const Plan& before, const Plan& after) {
  PlanDifference out;
  out.basis_before = before.basis;
  out.basis_after = after.basis;
  out.same_manifests = before.manifest_digest == after.manifest_digest;
  out.before = before.summary;
  out.after = after.summary;
  const DesktopJudge judge(before, after);
  merge(before.desktops, after.desktops, kByWorkspaceAndId, [&](const PlannedDesktop* old, const PlannedDesktop* now) {
    if (const auto change = judge.judge(old, now)) out.desktops.push_back({*change, old, now});
  });
  out.groups = compare_parts(before.groups, after.groups);
  out.workspaces = compare_parts(before.workspaces, after.workspaces);
  out.new_warnings = not_in(after.warnings, before.warnings);
  out.gone_warnings = not_in(before.warnings, after.warnings);
  const std::vector<std::string> old_rules = describe_dated(before.guardrails);
  const std::vector<std::string> rules = describe_dated(after.guardrails);
  out.new_rules = not_in(rules, old_rules);
  out.gone_rules = not_in(old_rules, rules);
  return out;
}

}  // namespace gild
