// SPDX-License-Identifier: Apache-2.0
// Guardrails from the manifest to the exit status: which rule, where it stands, which desktops.
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "engine/codec/plan_codec.hpp"
#include "tests/cli/service_app.hpp"

namespace gild::test {
namespace {

std::string text(const DesktopId& id) {
  return id.str();
}

std::string rails(const std::string& spec) {
  return "apiVersion: gild/v1\nkind: Guardrails\nmetadata: {name: prod}\nspec:\n  " + spec + "\n";
}

// Group finance with a label, and guardrails either among the manifests or beside them.
class GuardedApp : public ServiceApp {
 public:
  using ServiceApp::ServiceApp;

  void label() {
    std::string manifest = folder.read("fleet.yaml");
    const std::string name = "{name: finance}";
    manifest.replace(manifest.find(name), name.size(), "{name: finance, labels: {dept: board}}");
    folder.write("fleet.yaml", manifest);
  }

  // Plan and apply both refuse, and say the same.
  void check_refused(const std::vector<std::string>& said, const std::vector<std::string>& more = {}) {
    for (std::vector<std::string> arguments :
         {std::vector<std::string>{"plan", "--out", "plan.json"}, {"apply", "--auto-approve"}}) {
      arguments.insert(arguments.end(), more.begin(), more.end());
      const Ended ended = run(arguments);
      CHECK(ended.exit == 5);
      for (const std::string& part : said) CHECK(says(ended.err, part));
    }
    CHECK_FALSE(folder.has("plan.json"));
    CHECK(model.requests().empty());
  }
  Ended apply(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"apply", "--auto-approve"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  std::string day(int days) { return format_time(clock.now() + std::chrono::days{days}).substr(0, 10); }
};

}  // namespace

TEST_CASE("a plan that breaks a guardrail is shown, and refused by plan and apply with rule, place and desktops") {
  GuardedApp app(3);
  app.label();
  const std::string first = text(app.ids[0]) + " (group finance)";
  const auto [spec, said] = GENERATE_COPY(table<std::string, std::vector<std::string>>(
      {{"max_rebuilds: 2", {"max_rebuilds at ", "The plan would wipe 3 desktops, and 2 are allowed."}},
       {"max_percent: 99", {"max_percent at ", "The plan would wipe 3 of the 3 desktops that the manifests name"}},
       {"require_rollout: [max_unavailable, max_failures]",
        {"require_rollout at ", "Group finance has to set max_failures under \"rollout\" itself."}},
       {"forbid_all_at_once: true",
        {"forbid_all_at_once at ", "All 3 desktops of group finance", "max_unavailable is 4"}},
       {"allowed_images: {ids: [old], types: [gold], names: [golden]}",
        {"allowed_images at ", "Group finance would get image new (private), which is not allowed."}},
       {"protected: {labels: {dept: board, tier: vip}}",
        {"protected at ", "with the label dept: board, which are protected"}}}));
  SECTION("among the manifests") {
    app.folder.write("rails.yaml", rails(spec));
    std::vector<std::string> all = said;
    all.emplace_back("rails.yaml:5:");
    all.emplace_back("error: The plan breaks 1 guardrail");
    app.check_refused(all);
    CHECK(says(app.run({"plan"}).out, "3 desktops will be WIPED"));
  }
  SECTION("beside them, where no manifest can change them") {
    app.folder.write(".ci/rails.yaml", rails(spec));
    app.check_refused(said, {"--guardrails", ".ci/rails.yaml"});
  }
}

TEST_CASE("what keeps the guardrails goes on") {
  GuardedApp app(3, "{batch_size: 2, max_unavailable: 2, max_failures: 0}");
  app.folder.write("rails.yaml",
                   rails("max_rebuilds: 3\n  max_percent: 100\n  max_rebuilds_per_day: 3\n"
                         "  require_rollout: [batch_size, max_unavailable, max_failures]\n  forbid_all_at_once: true\n"
                         "  allowed_images: {ids: [new]}\n  protected: {ids: [other], labels: {dept: board}}\n"
                         "  freeze: [{from: 2001-01-01, to: 2001-01-02, reason: long ago}]"));
  CHECK(app.apply().exit == 0);
  for (const DesktopId& id : app.ids) CHECK(app.model.wipes_of(id) == 1);
}

TEST_CASE("a group cannot be put under way as a whole, a part in each run") {
  GuardedApp app(4);
  app.folder.write("rails.yaml", rails("forbid_all_at_once: true"));
  const Ended ended = app.apply({"--no-wait", "--desktop", text(app.ids[0]), "--desktop", text(app.ids[1])});
  CHECK(ended.exit == 5);
  CHECK(says(ended.err, "forbid_all_at_once at rails.yaml:5:"));
  CHECK(app.model.requests().empty());
}

TEST_CASE("a protected desktop is named, and the others may be wiped without it") {
  GuardedApp app(3);
  app.folder.write("rails.yaml", rails("protected: {ids: [" + text(app.ids[1]) + "]}"));
  app.check_refused({"protected at rails.yaml:5:", text(app.ids[1]) + " (group finance)"});
  CHECK(app.apply({"--desktop", text(app.ids[0])}).exit == 0);
  CHECK(app.model.wipes_of(app.ids[1]) == 0);
}

TEST_CASE("an image is allowed by the name of the Image document that the group names") {
  GuardedApp app(2);
  app.folder.write("rails.yaml", rails("allowed_images: {names: [golden]}"));
  CHECK(app.run({"plan"}).exit == 5);
  std::string manifest = app.folder.read("fleet.yaml");
  const std::string inlined = "{image_id: new, image_type: private}";
  manifest.replace(manifest.find(inlined), inlined.size(), "golden");
  app.folder.write("fleet.yaml", manifest +
                                     "---\napiVersion: gild/v1\nkind: Image\nmetadata: {name: golden}\n"
                                     "spec: {image_id: new, image_type: private}\n");
  CHECK(app.run({"plan"}).exit == 0);
}

TEST_CASE("several Guardrails hold together, and none weakens another") {
  GuardedApp app(3);
  app.folder.write("rails.yaml", rails("max_rebuilds: 100") + "---\n" +
                                     "apiVersion: gild/v1\nkind: Guardrails\nmetadata: {name: strict}\n"
                                     "spec: {max_rebuilds: 2}\n");
  app.folder.write("outside", rails("max_rebuilds: 1\n  max_percent: 1"));
  app.check_refused({"breaks 1 guardrail", "and 2 are allowed"});
  app.check_refused({"breaks 3 guardrails", "and 2 are allowed", "and 1 is allowed", "and 1% are allowed"},
                    {"--guardrails", "outside"});
}

TEST_CASE("a saved plan is judged again by guardrails that are given with it") {
  GuardedApp app(3);
  app.label();
  REQUIRE(app.run({"plan", "--out", "plan.json"}).exit == 0);
  const std::string spec =
      GENERATE("max_rebuilds: 2", "max_percent: 50", "require_rollout: [sessions]", "forbid_all_at_once: true",
               "allowed_images: {names: [golden]}", "protected: {labels: {dept: board}}", "max_rebuilds_per_day: 2",
               "freeze: [{from: 2001-01-01, to: 2999-01-01, reason: ever}]");
  app.folder.write("outside", rails(spec));
  const Ended ended = app.run({"apply", "plan.json", "--guardrails", "outside"});
  CHECK(ended.exit == 5);
  CHECK(says(ended.err, "outside:5:"));
  CHECK(app.model.requests().empty());
  CHECK(app.run({"apply", "plan.json"}).exit == 0);
}

TEST_CASE("a freeze is printed by plan, travels in a saved plan, and is judged by apply alone") {
  GuardedApp app(3);
  app.folder.write("rails.yaml",
                   rails(fmt::format("freeze: [{{from: {}, to: {}, reason: Year end}}]", app.day(0), app.day(1))));
  const Ended planned = app.run({"plan", "--out", "plan.json"});
  CHECK(planned.exit == 0);
  CHECK(says(planned.out, "Judged by apply: no rebuild from " + app.day(0) + "T00:00:00Z until"));
  CHECK(says(planned.out, app.day(2) + "T00:00:00Z (Year end)"));
  CHECK(says(planned.out, "rails.yaml:5:12"));
  CHECK(says(app.run({"plan", "--format", "markdown"}).out, "**Judged by apply:** no rebuild from"));
  app.folder.write("rails.yaml", "");
  const Ended saved = app.run({"apply", "plan.json"});
  CHECK(saved.exit == 5);
  CHECK(says(saved.err, "freeze at rails.yaml:5:12"));
  CHECK(says(saved.err, "Year end"));
  CHECK(app.connects == 0);
  app.clock.advance(std::chrono::days{2});
  CHECK(app.run({"apply", "plan.json"}).exit == 0);
}

TEST_CASE("nobody is asked whether to wipe in a freeze") {
  GuardedApp app(3);
  app.in.terminal = true;
  app.in.answers = {"yes"};
  app.folder.write("rails.yaml", rails("freeze: [{from: 2001-01-01, to: 2999-01-01, reason: ever}]"));
  CHECK(app.run({"apply"}).exit == 5);
  CHECK(app.in.asked == 0);
}

TEST_CASE("a run that comes into a freeze sends no further batch, and follows what it sent") {
  GuardedApp app(6);
  const Time begins = app.clock.now() + std::chrono::seconds{20};
  app.folder.write("rails.yaml", rails(fmt::format("freeze: [{{from: \"{}\", to: 2999-01-01, reason: Year end}}]",
                                                   format_time(begins))));
  const Ended ended = app.apply();
  CHECK(ended.exit == 3);
  CHECK(says(ended.out, "Nothing more was sent in this run. No rebuild may be sent from"));
  CHECK(app.model.requests().size() == 2);  // max_unavailable is 4
  CHECK(says(ended.out, "4 wiped and ready"));
  CHECK(says(ended.out, "2 not sent yet"));
}

TEST_CASE("rebuilds a day are counted over all runs, from the history") {
  GuardedApp app(6);
  app.folder.write("rails.yaml", rails("max_rebuilds_per_day: 4"));
  CHECK(app.apply().exit == 5);
  CHECK(app.model.requests().empty());
  REQUIRE(
      app.apply({"--desktop", text(app.ids[0]), "--desktop", text(app.ids[1]), "--desktop", text(app.ids[2])}).exit ==
      0);
  const Ended more = app.apply();
  CHECK(more.exit == 5);
  CHECK(says(more.err, "max_rebuilds_per_day at rails.yaml:5:"));
  CHECK(
      says(more.err, "3 desktops were rebuilt in the last 24 hours, over all runs, and this one would wipe 3 more; 4"));
  CHECK(app.model.wipes().size() == 3);
  SECTION("until a day has passed") {
    app.clock.advance(std::chrono::hours{25});
    CHECK(app.apply().exit == 0);
    CHECK(app.model.wipes().size() == 6);
  }
  SECTION("and where the history is gone, nothing is sent") {
    std::filesystem::remove_all(app.folder.path() / "gild.state.json.history");
    const Ended blind = app.apply({"--desktop", text(app.ids[4])});
    CHECK(blind.exit == 5);
    CHECK(says(blind.err, "How many desktops were rebuilt in the last 24 hours cannot be told"));
    CHECK(app.model.wipes().size() == 3);
  }
}

TEST_CASE("a saved plan that goes on is not counted twice within a day") {
  GuardedApp app(6);
  app.folder.write("rails.yaml", rails("max_rebuilds_per_day: 6"));
  REQUIRE(app.run({"plan", "--out", "plan.json"}).exit == 0);
  REQUIRE(app.run({"apply", "plan.json", "--no-wait"}).exit == 0);
  app.clock.advance(std::chrono::minutes{10});
  CHECK(app.run({"apply", "plan.json"}).exit == 0);
  CHECK(app.model.wipes().size() == 6);
}

TEST_CASE("a request that was not received does not go again where its desktop is protected since") {
  GuardedApp app(2);
  const Time lost_at = app.clock.now();
  app.cloud.lose_answer_of_submission(1, Executed::no);
  REQUIRE(app.apply().exit == 3);
  const std::string protects = rails("protected: {ids: [" + text(app.ids[0]) + "]}");
  app.clock.advance(lost_at + std::chrono::minutes{29} - app.clock.now());
  SECTION("among the manifests") {
    app.folder.write("rails.yaml", protects);
    app.apply();
  }
  SECTION("in a saved plan") {
    app.folder.write("rails.yaml", protects);
    REQUIRE(app.run({"plan", "--out", "plan.json"}).exit == 0);
    CHECK(says(app.run({"plan"}).out, "protected by the guardrail at rails.yaml:5:"));
    app.run({"apply", "plan.json"});
  }
  SECTION("beside a saved plan") {
    REQUIRE(app.run({"plan", "--out", "plan.json"}).exit == 0);
    app.folder.write("outside", protects);
    app.run({"apply", "plan.json", "--guardrails", "outside"});
  }
  CHECK(app.model.wipes_of(app.ids[0]) == 0);
  CHECK(app.model.wipes_of(app.ids[1]) == 1);
}

TEST_CASE("a guard that is not there is not passed over") {
  GuardedApp app(2);
  SECTION("a file without any") {
    app.folder.write("outside", "kind: Other\n");
    const Ended ended = app.run({"plan", "--guardrails", "outside"});
    CHECK(ended.exit == 1);
    CHECK(says(ended.err, "error[no-guardrails]: No Guardrails found"));
  }
  SECTION("a file that is not there") {
    CHECK(app.run({"plan", "--guardrails", "nowhere.yaml"}).exit == 1);
  }
  SECTION("manifests in its place") {
    const Ended ended = app.run({"validate", "--guardrails", "fleet.yaml"});
    CHECK(ended.exit == 1);
    CHECK(says(ended.err, "error[not-guardrails]: Document that is no Guardrails"));
  }
  SECTION("a mistake in it") {
    app.folder.write("outside", rails("max_rebuild: 3"));
    const Ended ended = app.run({"apply", "--auto-approve", "--guardrails", "outside"});
    CHECK(ended.exit == 1);
    CHECK(says(ended.err, "Did you mean \"max_rebuilds\"?"));
  }
  CHECK(app.connects == 0);
}

TEST_CASE("an approved plan does not get around today's guardrails") {
  GuardedApp app(3);
  REQUIRE(app.run({"plan", "--out", "plan.json"}).exit == 0);
  app.folder.write("rails.yaml", rails("max_rebuilds: 2"));
  CHECK(app.run({"apply", "--approved", "plan.json"}).exit == 5);
  CHECK(app.model.requests().empty());
}

}  // namespace gild::test
