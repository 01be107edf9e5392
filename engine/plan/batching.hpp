// SPDX-License-Identifier: Apache-2.0
// Cuts the desktops to be rebuilt in a group into requests (contract 6).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/model/plan.hpp"

namespace gild {

// A desktop to be rebuilt and what sets its request apart from others of its group.
struct BatchCandidate {
  PlannedDesktop* desktop = nullptr;
  std::optional<std::string> order_id;  // the desktop's own, or the group's
};

// Most desktops in a request of this group.
std::size_t batch_limit(const PlannedGroup& group);

// Appends the batches of `group` to `batches` and notes in each desktop which one it is in. `candidates` are in id
// order. Desktops whose requests would differ never share one; of each kind of request only the last is smaller than
// the limit.
void cut_batches(const PlannedGroup& group, const std::vector<BatchCandidate>& candidates,
                 std::vector<PlannedBatch>& batches);

}  // namespace gild
