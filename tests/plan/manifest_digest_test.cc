// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/manifest_digest.hpp"

#include <functional>

#include <catch2/catch.hpp>

#include "tests/plan/fleet.hpp"

namespace gild {
namespace {

Manifest example() {
  DesktopEntry cfo = test::entry("d-002");
  cfo.name = "CFO";
  cfo.protect = true;
  DesktopGroup finance = test::group("finance", test::target("img-2", "w47"), {test::entry("d-001"), cfo});
  finance.rebuild.delay_time = 15;
  finance.rollout.max_unavailable = {10, true};
  return test::manifest({finance, test::group("sales", test::target("img-2"), {})});
}

}  // namespace

TEST_CASE("the desired state has one canonical form", "[plan]") {
  CHECK(
      canonical_manifest(example()) ==
      R"({"workspaces":[{"name":"prod","region":"ap-southeast-1","project_id":"0a1b2c3d4e5f60718293a4b5c6d7e8f9",)"
      R"("endpoint":"https://workspace.ap-southeast-1.myhuaweicloud.com",)"
      R"("iam_endpoint":"https://iam.ap-southeast-1.myhuaweicloud.com","ca_file":null,"credentials":null,)"
      R"("settle_seconds":1800,"poll_milliseconds":15000,"max_in_flight":200,"reads_per_minute":200,)"
      R"("writes_per_minute":100}],"groups":[{"name":"finance","workspace":"prod","image_id":"img-2",)"
      R"("image_type":"private","os_type":null,"revision":"w47","desktops":[)"
      R"({"id":"d-001","name":null,"order_id":null,"protect":false,"exclude":false},)"
      R"({"id":"d-002","name":"CFO","order_id":null,"protect":true,"exclude":false}],)"
      R"("rebuild":{"delay_time":15,"message":null,"order_id":null,"enterprise_project_id":null,"encrypt_type":null,)"
      R"("kms_id":null},"rollout":{"batch_size":100,"max_unavailable":"10%","max_failures":0,"sessions":"skip"}},)"
      R"({"name":"sales","workspace":"prod","image_id":"img-2","image_type":"private","os_type":null,"revision":null,)"
      R"("desktops":[],"rebuild":{"delay_time":null,"message":null,"order_id":null,"enterprise_project_id":null,)"
      R"("encrypt_type":null,"kms_id":null},"rollout":{"batch_size":100,"max_unavailable":100,"max_failures":0,)"
      R"("sessions":"skip"}}]})");
}

TEST_CASE("neither order nor place changes the digest", "[plan]") {
  Manifest shuffled = example();
  std::swap(shuffled.groups[0], shuffled.groups[1]);
  std::swap(shuffled.groups[1].desktops[0], shuffled.groups[1].desktops[1]);
  shuffled.groups[1].desktops[0].location = {3, 14, 15};
  CHECK(manifest_digest(shuffled) == manifest_digest(example()));
}

TEST_CASE("each thing that a manifest can want changes the digest", "[plan]") {
  const std::vector<std::function<void(Manifest&)>> changes{
      [](Manifest& m) { m.workspaces[0].region = "x"; },
      [](Manifest& m) { m.workspaces[0].project_id = "x"; },
      [](Manifest& m) { m.workspaces[0].endpoint = "x"; },
      [](Manifest& m) { m.workspaces[0].iam_endpoint = "x"; },
      [](Manifest& m) { m.workspaces[0].ca_file = "x"; },
      [](Manifest& m) { m.workspaces[0].credentials = "x"; },
      [](Manifest& m) { m.workspaces[0].settle += std::chrono::seconds{1}; },
      [](Manifest& m) { m.workspaces[0].poll += Duration{1}; },
      [](Manifest& m) { m.workspaces[0].max_in_flight = 1; },
      [](Manifest& m) { m.workspaces[0].requests_per_minute.reads = 1; },
      [](Manifest& m) { m.workspaces[0].requests_per_minute.writes = 1; },
      [](Manifest& m) { m.groups[0].name = GroupName("x"); },
      [](Manifest& m) { m.groups[0].workspace = WorkspaceName("x"); },
      [](Manifest& m) { m.groups[0].target.image.image_id = ImageId("x"); },
      [](Manifest& m) { m.groups[0].target.image.image_type = "gold"; },
      [](Manifest& m) { m.groups[0].target.image.os_type = "Linux"; },
      [](Manifest& m) { m.groups[0].target.revision = "w48"; },
      [](Manifest& m) { m.groups[0].target.revision.reset(); },
      [](Manifest& m) { m.groups[0].desktops.pop_back(); },
      [](Manifest& m) { m.groups[0].desktops[0].name = "x"; },
      [](Manifest& m) { m.groups[0].desktops[0].order_id = "x"; },
      [](Manifest& m) { m.groups[0].desktops[0].protect = true; },
      [](Manifest& m) { m.groups[0].desktops[0].excluded = true; },
      [](Manifest& m) { m.groups[0].rebuild.delay_time = 14; },
      [](Manifest& m) { m.groups[0].rebuild.message = "x"; },
      [](Manifest& m) { m.groups[0].rebuild.order_id = "x"; },
      [](Manifest& m) { m.groups[0].rebuild.enterprise_project_id = "x"; },
      [](Manifest& m) { m.groups[0].rebuild.encrypt_type = "x"; },
      [](Manifest& m) { m.groups[0].rebuild.kms_id = "x"; },
      [](Manifest& m) { m.groups[0].rollout.batch_size = 1; },
      [](Manifest& m) { m.groups[0].rollout.max_unavailable.percent = false; },
      [](Manifest& m) { m.groups[0].rollout.max_failures.value = 1; },
      [](Manifest& m) { m.groups[0].rollout.sessions = SessionPolicy::force; },
  };
  const std::string before = manifest_digest(example());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    INFO("change " << i);
    Manifest changed = example();
    changes[i](changed);
    CHECK(manifest_digest(changed) != before);
  }
}

}  // namespace gild
