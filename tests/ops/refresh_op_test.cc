// SPDX-License-Identifier: Apache-2.0
// What a refresh may believe.
#include "engine/ops/refresh_op.hpp"

#include <catch2/catch.hpp>

#include "tests/ops/hand.hpp"

namespace gild::test {

TEST_CASE("the image of a desktop in ERROR is not believed: a rebuild that failed may show it too") {
  Hand hand;
  const std::vector<DesktopId> ids = add_fleet(hand.model, 2, "new");
  for (const DesktopId& id : ids) hand.model.desktop(id).status = "ERROR";
  hand.write(Refreshed{kProd, {{ids[0], kFinance, std::nullopt, ImageId{"old"}, std::nullopt, {}}}});

  Manifest manifest;
  manifest.workspaces.emplace_back();
  manifest.workspaces[0].name = kProd;
  DesktopGroup group;
  group.name = kFinance;
  group.workspace = kProd;
  group.target = kNew;
  for (const DesktopId& id : ids) group.desktops.push_back({id, std::nullopt, std::nullopt, false, false, {}});
  manifest.groups.push_back(group);
  const RefreshResult result = refresh_op(hand.deps(), {manifest, RefreshScope::named, {}}, {});

  CHECK(result.report.images.empty());
  CHECK(hand.record(ids[0].str()).image.image_id == ImageId{"old"});
  // The other one was never recorded, and is not now.
  CHECK(hand.store.read().find(kProd, ids[1]) == nullptr);
  REQUIRE(result.report.image_not_shown.size() == 1);
  CHECK(result.report.image_not_shown[0].id == ids[1]);
}

}  // namespace gild::test
