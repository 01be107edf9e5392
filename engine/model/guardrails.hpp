// SPDX-License-Identifier: Apache-2.0
// Rules that plans have to keep (documents of kind Guardrails). Each carries where it stands, as text: it outlives the
// files, in a saved plan.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/ids.hpp"
#include "engine/core/time.hpp"

namespace gild {

template <class Value>
struct Placed {
  Value value{};
  std::string where;  // "guardrails.yaml:7:3"
  friend bool operator==(const Placed&, const Placed&) = default;
};

// No rebuild is sent from `from` on and before `to`.
struct Freeze {
  Time from{};
  Time to{};
  std::string reason;
  std::string where;
  friend bool operator==(const Freeze&, const Freeze&) = default;
};

// An image is allowed where any of these has it.
struct AllowedImages {
  std::vector<ImageId> ids;
  std::vector<std::string> names;  // of Image documents
  std::vector<std::string> types;
  friend bool operator==(const AllowedImages&, const AllowedImages&) = default;
};

struct Guardrails {
  std::string name;
  std::optional<Placed<std::size_t>> max_rebuilds;
  std::optional<Placed<std::size_t>> max_percent;  // of the desktops that the manifests name
  std::optional<Placed<std::vector<std::string>>> require_rollout;
  std::optional<Placed<bool>> forbid_all_at_once;
  std::optional<Placed<AllowedImages>> allowed_images;
  std::vector<Placed<DesktopId>> protected_ids;
  // Each pair by itself protects every desktop of the groups that have it.
  std::optional<Placed<std::map<std::string, std::string>>> protected_labels;
  // These need today's date: apply judges them.
  std::vector<Freeze> freeze;
  std::optional<Placed<std::size_t>> max_rebuilds_per_day;

  bool dated() const { return !freeze.empty() || max_rebuilds_per_day; }
  friend bool operator==(const Guardrails&, const Guardrails&) = default;
};

}  // namespace gild
