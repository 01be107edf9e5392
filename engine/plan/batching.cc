// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/batching.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace gild {

std::size_t batch_limit(const PlannedGroup& group) {
  const auto asked = static_cast<std::size_t>(std::max(1, std::min(group.batch_size, group.max_unavailable)));
  return std::min(asked, kMaxDesktopsPerRequest);
}

void cut_batches(const PlannedGroup& group, const std::vector<BatchCandidate>& candidates,
                 std::vector<PlannedBatch>& batches) {
  // The request without an order comes first, then by order: an order is all in which requests of one group differ.
  std::map<std::optional<std::string>, std::vector<PlannedDesktop*>> by_order;
  for (const BatchCandidate& candidate : candidates) by_order[candidate.order_id].push_back(candidate.desktop);

  const std::size_t limit = batch_limit(group);
  std::size_t number = 0;
  for (const auto& [order_id, desktops] : by_order) {
    for (std::size_t first = 0; first < desktops.size(); first += limit) {
      PlannedBatch& batch = batches.emplace_back();
      batch.id = BatchId(fmt::format("{}-{:03}", group.name, ++number));
      batch.group = group.name;
      batch.workspace = group.workspace;
      batch.request.image = group.target.image;
      batch.request.options = group.rebuild;
      batch.request.options.order_id = order_id;
      const std::size_t end = std::min(first + limit, desktops.size());
      batch.request.desktop_ids.reserve(end - first);
      for (std::size_t i = first; i < end; ++i) {
        batch.request.desktop_ids.push_back(desktops[i]->id);
        desktops[i]->batch = batch.id;
      }
    }
  }
}

}  // namespace gild
