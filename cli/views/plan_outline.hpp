// SPDX-License-Identifier: Apache-2.0
// A plan as every view of it tells it: group by group, desktops that have the same said of them together, and the
// sentences that read the same everywhere. What a view makes of text from manifests and the service is its own affair:
// no such text is in the sentences here.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/views/short_ids.hpp"
#include "engine/model/plan.hpp"

namespace gild {

using PlannedDesktops = std::vector<const PlannedDesktop*>;

// Never empty: all have the action, the reason and the origin of the first.
using PlanKind = PlannedDesktops;

// An image that desktops which are wiped come from.
struct PlanOrigin {
  const PlannedDesktop* example = nullptr;
  std::size_t desktops = 0;
};

struct GroupOutline {
  const PlannedGroup* group = nullptr;
  const Workspace* workspace = nullptr;  // nullptr: the plan does not have it
  std::size_t batches = 0;
  std::size_t worst_case = 0;
  std::size_t at_once = 0;            // as many may be under way
  std::vector<PlanKind> wiped;        // most frequent first; those of equal count as they come, which is by id
  std::vector<PlanKind> left_alone;   // likewise; those that are unchanged are counted only
  PlannedDesktops without_data_disk;  // of those that are wiped

  // Who these are has to be told where it is not all of them.
  bool names_bare() const { return without_data_disk.size() < group->counts.rebuild; }
  // Whether anything happens to it, or would have to.
  bool is_affected() const {
    const GroupCounts& counts = group->counts;
    return counts.rebuild > 0 || counts.in_progress > 0 || counts.held > 0;
  }
};

// Ids as people get to see them: whole, or cut as far as all of these plans still differ.
ShortIds images_of(const std::vector<const Plan*>& plans, bool whole);
ShortIds desktops_of(const std::vector<const Plan*>& plans, bool whole);
// "FIN-001, FIN-002 and 204 more": at most `most` of them, each as `describe` has it.
std::string list_desktops(const PlannedDesktops& desktops, std::size_t most,
                          const std::function<std::string(const PlannedDesktop&)>& describe);

// In the order of the plan, and pointing into it.
std::vector<GroupOutline> outline_of(const Plan& plan);
// Those that lose most first, and those that are not affected last. How many are affected is returned.
std::size_t put_hardest_hit_first(std::vector<GroupOutline>& outline);
// Most frequent first, each once, whatever the reason is.
std::vector<PlanOrigin> origins_of(const GroupOutline& outline);

// How a view writes an image and its revision, which may not be set.
using DescribeImage = std::function<std::string(std::string_view id, const OptionalText<SharedText>& revision)>;
// The image that it comes from; "never seen", where the state has none of it.
std::string describe_origin(const PlannedDesktop& desktop, const DescribeImage& image);
// Where the group's desktops come from, the most frequent first, and where they go: "A (12), B (1) → C".
std::string describe_move(const GroupOutline& outline, const DescribeImage& image);

// "1,188 unchanged", "1 protected": those of the counts that are not 0.
std::vector<std::string> left_alone_counts(const PlanSummary& counts);
std::vector<std::string> left_alone_counts(const GroupCounts& counts);

// "62 of 119 desktops are lost before the rollout stops."
std::string worst_case_sentence(const PlanSummary& summary);
// Of the desktops that are wiped, as last recorded.
struct DataDisks {
  std::size_t without = 0;  // known to have none
  std::size_t unknown = 0;
};
DataDisks data_disks_of(const Plan& plan);
// "7 of 119 desktops have none: …"; empty where none is known to have none.
std::string data_disk_sentence(const Plan& plan);
// "of these 119 have no data disk", behind their number
std::string bare_of(const GroupOutline& outline);
// "3 desktops in the state are in no manifest and left alone too."; empty where there are none.
std::string unmanaged_sentence(const PlanSummary& summary);
// "at most 30 a request and 60 under way at once; pauses when more than 2 fail"
std::string pace_of(const GroupOutline& outline);
// "5 minutes to save work"
std::string time_to_save(const PlannedGroup& group);
// "held: ", "in progress: ", or nothing where the reason says it already.
std::string_view verdict_before_reason(Action action);

}  // namespace gild
