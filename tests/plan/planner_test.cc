// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/planner.hpp"

#include <catch2/catch.hpp>

#include "engine/core/error.hpp"
#include "tests/plan/fleet.hpp"

namespace gild {
namespace {

using test::entries;
using test::entry;
using test::group;
using test::kFinance;
using test::kProd;
using test::manifest;
using test::on_image;
using test::target;

// "rebuild: image differs", or "unchanged".
std::string verdict_of(const DesktopEntry& wanted, const Target& to, const std::optional<DesktopRecord>& record) {
  State known = test::state();
  if (record) known.desktops[{kProd, wanted.id}] = *record;
  const Plan plan = make_plan(manifest({group("finance", to, {wanted})}), known);
  if (plan.desktops.empty()) {
    CHECK(plan.summary.unchanged == 1);
    return "unchanged";
  }
  REQUIRE(plan.desktops.size() == 1);
  const PlannedDesktop& desktop = plan.desktops[0];
  CHECK(desktop.batch.has_value() == (desktop.action == Action::rebuild));
  CHECK(desktop.to == image_state_of(to));
  CHECK(desktop.from == (record ? std::optional(record->image) : std::nullopt));
  const std::array<std::string_view, 5> names{"rebuild", "in-progress", "held", "protected", "excluded"};
  return fmt::format("{}: {}", names[static_cast<std::size_t>(desktop.action)], desktop.reason);
}

DesktopRecord in_status(DesktopStatus status, std::optional<Target> to = std::nullopt) {
  DesktopRecord out = on_image("img-1");
  out.status = status;
  out.target = std::move(to);
  out.job_id = JobId("job-7");
  return out;
}

std::string failure_of(const Manifest& wanted, const PlanOptions& options) {
  try {
    make_plan(wanted, test::state(), options);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.advice().empty() ? error.what() : fmt::format("{} | {}", error.what(), error.advice());
  }
  return "no failure";
}

std::vector<std::string> ids_of(const PlannedBatch& batch) {
  std::vector<std::string> out;
  for (const DesktopId& id : batch.request.desktop_ids) out.push_back(id.str());
  return out;
}

}  // namespace

TEST_CASE("a ready desktop is rebuilt where image or revision differ, and else is unchanged", "[plan]") {
  const DesktopEntry d = entry("d-1");
  CHECK(verdict_of(d, target("img-2"), on_image("img-2")) == "unchanged");
  CHECK(verdict_of(d, target("img-2"), on_image("img-1")) == "rebuild: image differs");
  CHECK(verdict_of(d, target("img-2", "w2"), on_image("img-2", "w1")) == "rebuild: revision differs");
  CHECK(verdict_of(d, target("img-2", "w2"), on_image("img-1", "w1")) == "rebuild: image and revision differ");
  CHECK(verdict_of(d, target("img-2", "w2"), on_image("img-2", "w2")) == "unchanged");
}

TEST_CASE("only the image's id makes two images differ", "[plan]") {
  Target to = target("img-2");
  to.image.image_type = "gold";
  to.image.os_type = "Linux";
  CHECK(verdict_of(entry("d-1"), to, on_image("img-2")) == "unchanged");
}

TEST_CASE("a first revision is taken on, and a removed one changes nothing", "[plan]") {
  CHECK(verdict_of(entry("d-1"), target("img-2", "w2"), on_image("img-2")) == "unchanged");
  CHECK(verdict_of(entry("d-1"), target("img-2"), on_image("img-2", "w1")) == "unchanged");
}

TEST_CASE("a desktop that was never seen, or whose image was not, is rebuilt", "[plan]") {
  CHECK(verdict_of(entry("d-1"), target("img-2"), std::nullopt) == "rebuild: never seen");
  DesktopRecord unseen = on_image("img-1");
  unseen.image.image_id.reset();
  CHECK(verdict_of(entry("d-1"), target("img-2"), unseen) == "rebuild: its image is not known");
}

TEST_CASE("a failed desktop is rebuilt, and the reason names its job and the code", "[plan]") {
  DesktopRecord failed = in_status(DesktopStatus::failed, target("img-2"));
  failed.reason = "WKS.0001 no space";
  CHECK(verdict_of(entry("d-1"), target("img-2"), failed) == "rebuild: job job-7 failed: WKS.0001 no space");
  // Its disk is in doubt, so that it was on the wanted image before does not help.
  CHECK(verdict_of(entry("d-1"), target("img-1"), failed) == "rebuild: job job-7 failed: WKS.0001 no space");
  failed.job_id.reset();
  failed.reason.reset();
  CHECK(verdict_of(entry("d-1"), target("img-2"), failed) == "rebuild: its rebuild failed");
}

TEST_CASE("a desktop that is under way is left to its end, also where the target has changed since", "[plan]") {
  const DesktopEntry d = entry("d-1");
  CHECK(verdict_of(d, target("img-2"), in_status(DesktopStatus::rebuilding, target("img-2"))) ==
        "in-progress: job job-7 is rebuilding it");
  CHECK(verdict_of(d, target("img-3"), in_status(DesktopStatus::rebuilding, target("img-2", "w2"))) ==
        "in-progress: job job-7 is rebuilding it; that one is to image img-2, revision \"w2\", and another target is "
        "wanted since: plan again when it has ended");
  CHECK(verdict_of(d, target("img-2"), in_status(DesktopStatus::settling, target("img-2"))) ==
        "in-progress: a request was sent for it and its fate is not established yet");
  CHECK(verdict_of(d, target("img-3"), in_status(DesktopStatus::settling, target("img-2"))) ==
        "in-progress: a request was sent for it and its fate is not established yet; that one is to image img-2, and "
        "another target is wanted since: plan again when it has ended");
  // Also where the image from before is the wanted one: the disk is about to change.
  CHECK(verdict_of(d, target("img-1"), in_status(DesktopStatus::rebuilding)) ==
        "in-progress: job job-7 is rebuilding it");
}

TEST_CASE("a desktop in an open intent or job is under way whatever its record says", "[plan]") {
  State known = test::state({{"d-001", on_image("img-1")}, {"d-002", on_image("img-1")}, {"d-003", on_image("img-1")}});
  Intent intent;
  intent.workspace = kProd;
  intent.desktops = {{DesktopId("d-001"), {}, false, DesktopStatus::ready, {}, {}, 0, {}}};
  known.intents[40] = intent;
  Job job;
  job.workspace = kProd;
  job.desktops = {{DesktopId("d-002"), std::nullopt}};
  known.jobs[job.key()] = job;
  const Plan plan = make_plan(manifest({group("finance", target("img-2"), entries(3))}), known);
  CHECK(plan.summary.in_progress == 2);
  REQUIRE(plan.batches.size() == 1);
  CHECK(ids_of(plan.batches[0]) == std::vector<std::string>{"d-003"});
}

TEST_CASE("a desktop that is unknown while its job may still run is held, not waited for", "[plan]") {
  DesktopRecord unknown = in_status(DesktopStatus::unknown, target("img-2"));
  State known = test::state({{"d-001", unknown}});
  Job job;
  job.id = *unknown.job_id;
  job.workspace = kProd;
  job.desktops = {{DesktopId("d-001"), std::nullopt, true}};
  known.jobs[job.key()] = job;
  const Plan plan = make_plan(manifest({group("finance", target("img-2"), entries(1))}), known);
  CHECK(plan.summary.held == 1);
  CHECK(plan.batches.empty());
}

TEST_CASE("a desktop in doubt is held, and the plan says how a person decides", "[plan]") {
  DesktopRecord unknown = in_status(DesktopStatus::unknown, target("img-2"));
  unknown.reason = "the job vanished";
  CHECK(verdict_of(entry("d-1"), target("img-2"), unknown) ==
        "held: unknown after job job-7: the job vanished; look at it, then: gild state resolve d-1 --as "
        "ready|failed|not-received --reason TEXT");
  DesktopRecord unhealthy = in_status(DesktopStatus::unhealthy, target("img-2"));
  unhealthy.job_id.reset();
  CHECK(verdict_of(entry("d-1"), target("img-3"), unhealthy) ==
        "held: unhealthy after its rebuild; look at it, then: gild state resolve d-1 --as ready|failed|not-received "
        "--reason TEXT");
}

TEST_CASE("protect and exclude win over every other verdict", "[plan]") {
  const auto status = GENERATE(DesktopStatus::ready, DesktopStatus::rebuilding, DesktopStatus::settling,
                               DesktopStatus::failed, DesktopStatus::unhealthy, DesktopStatus::unknown);
  DesktopEntry d = entry("d-1");
  d.protect = true;
  CHECK_THAT(verdict_of(d, target("img-2"), in_status(status)), Catch::StartsWith("protected: protected"));
  d.excluded = true;
  CHECK_THAT(verdict_of(d, target("img-2"), in_status(status)), Catch::StartsWith("protected: protected"));
  d.protect = false;
  CHECK_THAT(verdict_of(d, target("img-2"), in_status(status)), Catch::StartsWith("excluded: excluded"));
}

TEST_CASE("a plan says what a protected desktop is kept from, and what it cannot be kept from", "[plan]") {
  DesktopEntry d = entry("d-1");
  d.protect = true;
  CHECK(verdict_of(d, target("img-2"), on_image("img-2")) == "protected: protected");
  CHECK(verdict_of(d, target("img-2"), on_image("img-1")) == "protected: protected; image differs");
  CHECK(verdict_of(d, target("img-2"), std::nullopt) == "protected: protected; never seen");
  CHECK(verdict_of(d, target("img-2"), in_status(DesktopStatus::rebuilding, target("img-2"))) ==
        "protected: protected; job job-7 is rebuilding it; a rebuild that was requested cannot be called back");
}

TEST_CASE("what is recorded and in no manifest is counted and left alone", "[plan]") {
  State known = test::state({{"a-before", on_image("img-1")},
                             {"d-001", on_image("img-2")},
                             {"d-001b", on_image("img-1")},
                             {"z-after", on_image("img-1")}});
  known.desktops[{WorkspaceName("other"), DesktopId("d-001")}] = on_image("img-1");
  const Plan plan = make_plan(manifest({group("finance", target("img-2"), entries(1))}), known);
  CHECK(plan.summary == PlanSummary{0, 1, 0, 0, 0, 0, 4, 0, 0, 1});
  CHECK(plan.desktops.empty());
  CHECK(plan.warnings.empty());
}

TEST_CASE("the basis is the state's, or nothing where there is no state", "[plan]") {
  const Manifest wanted = manifest({group("finance", target("img-2"), entries(1))});
  CHECK(make_plan(wanted, test::state()).basis == Basis{test::state().lineage, 42});
  CHECK(make_plan(wanted, State{}).basis == Basis{std::nullopt, 0});
}

TEST_CASE("a desktop's name comes from the manifest, else from what was seen", "[plan]") {
  DesktopRecord seen = on_image("img-1");
  seen.name = "SEEN";
  State known = test::state({{"d-001", seen}, {"d-002", seen}});
  auto desktops = entries(3);
  desktops[0].name = "CFO";
  const Plan plan = make_plan(manifest({group("finance", target("img-2"), desktops)}), known);
  REQUIRE(plan.desktops.size() == 3);
  CHECK(plan.desktops[0].name == "CFO");
  CHECK(plan.desktops[1].name == "SEEN");
  CHECK(plan.desktops[2].name == std::nullopt);
}

TEST_CASE("batches are filled in id order, so that only the last one is smaller", "[plan]") {
  DesktopGroup finance = group("finance", target("img-2"), entries(7));
  finance.rollout.batch_size = 3;
  finance.rebuild = {15, "Save your work.", "CS1", "0", "KEEP", std::nullopt};
  const Plan plan = make_plan(manifest({finance}), test::state({{"d-002", on_image("img-2")}}));
  REQUIRE(plan.batches.size() == 2);
  CHECK(plan.batches[0].id == BatchId("finance-001"));
  CHECK(ids_of(plan.batches[0]) == std::vector<std::string>{"d-001", "d-003", "d-004"});
  CHECK(plan.batches[1].id == BatchId("finance-002"));
  CHECK(ids_of(plan.batches[1]) == std::vector<std::string>{"d-005", "d-006", "d-007"});
  for (const PlannedBatch& batch : plan.batches) {
    CHECK(batch.group == kFinance);
    CHECK(batch.workspace == kProd);
    CHECK(batch.wave == 1);
    CHECK(batch.request.image.image_id == ImageId("img-2"));
    CHECK(batch.request.options == finance.rebuild);
  }
  CHECK(plan.summary.batches == 2);
}

TEST_CASE("a batch is no larger than batch_size, max_unavailable and the service allow", "[plan]") {
  struct Row {
    int desktops, batch_size;
    Amount max_unavailable;
    std::vector<std::size_t> sizes;
  };
  const Row row = GENERATE(values<Row>({
      {250, 100, {100, false}, {100, 100, 50}},
      {250, 100, {1000, false}, {100, 100, 50}},
      {250, 100, {60, false}, {60, 60, 60, 60, 10}},
      {250, 100, {10, true}, {25, 25, 25, 25, 25, 25, 25, 25, 25, 25}},
      {9, 100, {10, true}, {1, 1, 1, 1, 1, 1, 1, 1, 1}},  // rounded down, but never to nothing
      {5, 2, {100, true}, {2, 2, 1}},
  }));
  DesktopGroup finance = group("finance", target("img-2"), entries(row.desktops));
  finance.rollout.batch_size = row.batch_size;
  finance.rollout.max_unavailable = row.max_unavailable;
  std::vector<std::size_t> sizes;
  for (const PlannedBatch& batch : make_plan(manifest({finance}), test::state()).batches) {
    sizes.push_back(batch.request.desktop_ids.size());
  }
  CHECK(sizes == row.sizes);
}

TEST_CASE("shares are of the desktops that the plan rebuilds", "[plan]") {
  DesktopGroup finance = group("finance", target("img-2"), entries(100));
  finance.rollout.max_unavailable = {10, true};
  finance.rollout.max_failures = {3, true};
  State known = test::state();
  for (int i = 1; i <= 50; ++i) known.desktops[{kProd, DesktopId(fmt::format("d-{:03}", i))}] = on_image("img-2");
  const Plan plan = make_plan(manifest({finance}), known);
  CHECK(plan.groups[0].max_unavailable == 5);
  CHECK(plan.groups[0].max_failures == 1);
}

TEST_CASE("desktops with orders of their own never share a request with others", "[plan]") {
  auto desktops = entries(6);
  desktops[1].order_id = "CS9";
  desktops[2].order_id = "CS5";
  desktops[4].order_id = "CS9";
  DesktopGroup finance = group("finance", target("img-2"), desktops);
  SECTION("the group has none") {
    const Plan plan = make_plan(manifest({finance}), test::state());
    REQUIRE(plan.batches.size() == 3);
    CHECK(plan.batches[0].request.options.order_id == std::nullopt);
    CHECK(ids_of(plan.batches[0]) == std::vector<std::string>{"d-001", "d-004", "d-006"});
    CHECK(plan.batches[1].request.options.order_id == "CS5");
    CHECK(ids_of(plan.batches[1]) == std::vector<std::string>{"d-003"});
    CHECK(plan.batches[2].request.options.order_id == "CS9");
    CHECK(ids_of(plan.batches[2]) == std::vector<std::string>{"d-002", "d-005"});
  }
  SECTION("one that repeats the group's own makes no difference") {
    finance.rebuild.order_id = "CS9";
    const Plan plan = make_plan(manifest({finance}), test::state());
    REQUIRE(plan.batches.size() == 2);
    CHECK(ids_of(plan.batches[0]) == std::vector<std::string>{"d-003"});
    CHECK(ids_of(plan.batches[1]) == std::vector<std::string>{"d-001", "d-002", "d-004", "d-005", "d-006"});
  }
}

TEST_CASE("groups go by name, each with batches and counts of its own", "[plan]") {
  DesktopGroup sales = group("sales", target("img-2"), {entry("s-1"), entry("s-2")});
  DesktopGroup finance = group("finance", target("img-2"), entries(2));
  const Plan plan = make_plan(manifest({sales, finance}), test::state({{"s-1", on_image("img-2")}}));
  REQUIRE(plan.groups.size() == 2);
  CHECK(plan.groups[0].name == kFinance);
  CHECK(plan.groups[0].counts == GroupCounts{2, 0, 0, 0, 0, 0});
  CHECK(plan.groups[1].counts == GroupCounts{1, 1, 0, 0, 0, 0});
  REQUIRE(plan.batches.size() == 2);
  CHECK(plan.batches[0].id == BatchId("finance-001"));
  CHECK(plan.batches[1].id == BatchId("sales-001"));
  CHECK(plan.summary == PlanSummary{3, 1, 0, 0, 0, 0, 0, 2, 3, 4});
}

TEST_CASE("a narrowed plan holds and counts only what is in scope", "[plan]") {
  const Manifest wanted = manifest(
      {group("finance", target("img-2"), entries(3)), group("sales", target("img-2"), {entry("s-1"), entry("s-2")})});
  const State known = test::state({{"d-001", on_image("img-2")}, {"stray", on_image("img-1")}});
  CHECK(make_plan(wanted, known).summary == PlanSummary{4, 1, 0, 0, 0, 0, 1, 2, 4, 5});

  PlanOptions only_sales;
  SECTION("by group") {
    only_sales.groups = {GroupName("sales")};
  }
  SECTION("by what is left out") {
    only_sales.exclude_groups = {kFinance};
  }
  SECTION("by desktop") {
    only_sales.desktops = {DesktopId("s-2"), DesktopId("s-1")};
  }
  const Plan plan = make_plan(wanted, known, only_sales);
  CHECK(plan.summary == PlanSummary{2, 0, 0, 0, 0, 0, 0, 1, 2, 5});
  REQUIRE(plan.groups.size() == 1);
  CHECK(plan.groups[0].name == GroupName("sales"));
  CHECK(plan.workspaces.size() == 1);
  CHECK(plan.manifest_digest == manifest_digest(wanted));
}

TEST_CASE("a name that no manifest has is an error with the nearest one", "[plan]") {
  const Manifest wanted =
      manifest({group("finance", target("img-2"), entries(2)), group("sales", target("img-2"), {})});
  CHECK(failure_of(wanted, {{GroupName("finanse")}, {}, {}}) ==
        "There is no group \"finanse\" in the manifests | Did you mean \"finance\"?");
  CHECK(failure_of(wanted, {{}, {GroupName("x\x1b")}, {}}) == "There is no group \"x\\x1b\" in the manifests");
  CHECK(failure_of(wanted, {{}, {}, {DesktopId("d-02")}}) ==
        "There is no desktop \"d-02\" in the manifests | Did you mean \"d-002\"?");
  CHECK(
      failure_of(wanted, {{GroupName("sales")}, {}, {DesktopId("d-001")}}) ==
      "Desktop \"d-001\" is in group \"finance\", which is left out | Name the group too, or name the desktop alone.");
}

TEST_CASE("a desktop that is wanted twice is never planned", "[plan]") {
  CHECK_THROWS_WITH(
      make_plan(manifest({group("a", target("img-1"), entries(1)), group("b", target("img-2"), entries(1))}),
                test::state()),
      "PreparedManifest: desktop d-001 is wanted twice");
}

}  // namespace gild
