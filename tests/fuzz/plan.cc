// SPDX-License-Identifier: Apache-2.0
// A saved plan, which somebody may have edited since it was reviewed.
#include <set>

#include "engine/codec/plan_codec.hpp"
#include "engine/model/rebuild.hpp"
#include "engine/model/state.hpp"
#include "tests/fuzz/same_json.hpp"

namespace {

using namespace gild;

void check_batches(const Plan& plan) {
  std::set<DesktopKey> named;
  for (const PlannedBatch& batch : plan.batches) {
    const auto& ids = batch.request.desktop_ids;
    fuzz::require(!ids.empty() && ids.size() <= kMaxDesktopsPerRequest, "a request names 1 to 100 desktops");
    for (const DesktopId& id : ids) {
      fuzz::require(named.insert({batch.workspace, id}).second, "no desktop is in two requests", id.str());
    }
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Plan plan;
  try {
    plan = read_plan(fuzz::text_of(data, size), "plan.json");
  } catch (const Error& error) {
    fuzz::require(error.kind() == ErrorKind::input, "what is wrong with a plan is wrong with the input", error.what());
    return 0;
  }
  check_batches(plan);
  const std::string text = write_plan(plan);
  fuzz::require_same_json(fuzz::text_of(data, size), text, "a plan that was read has lost nothing");
  const Plan again = read_plan(text, "plan.json");
  fuzz::require_same(write_plan(again), text, "a plan that was written reads as the same plan");
  fuzz::require_same(plan_digest(again), plan_digest(plan), "it has the same digest");
  return 0;
}
