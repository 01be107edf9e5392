// SPDX-License-Identifier: Apache-2.0
// `apply --approved` and `--plan-digest`: an approval may shrink, never grow.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/codec/plan_codec.hpp"
#include "tests/cli/service_app.hpp"

namespace gild::test {
namespace {

std::string text(const DesktopId& id) {
  return id.str();
}

// Desktops that are known, with a plan for all of them in plan.json, from a state that has moved on since.
class ApprovedApp : public ServiceApp {
 public:
  explicit ApprovedApp(std::size_t count = 3) : ServiceApp(count) {
    REQUIRE(run({"refresh"}).exit == 0);
    REQUIRE(run({"plan", "--out", "plan.json"}).exit == 0);
    move_on();
  }

  // Another serial, and nothing about any desktop.
  void move_on() {
    model.desktop(ids[0]).name += " again";
    REQUIRE(run({"refresh"}).exit == 0);
  }

  void change_manifest(const std::string& from, const std::string& to) {
    std::string text = folder.read("fleet.yaml");
    REQUIRE(says(text, from));
    text.replace(text.find(from), from.size(), to);
    folder.write("fleet.yaml", text);
  }

  Ended apply(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"apply", "--approved", "plan.json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  void check_refused(std::string_view why) {
    connects = 0;
    const Ended ended = apply();
    CHECK(ended.exit == 5);
    CHECK(says(ended.err, "goes beyond the approved plan plan.json"));
    CHECK(says(ended.err, why));
    CHECK(says(ended.err, "    gild plan --out FILE\n"));
    CHECK(model.requests().empty());
  }
};

}  // namespace

TEST_CASE("an approved plan lets today's manifests go on though the state has moved, and nobody is asked") {
  ApprovedApp app;
  REQUIRE(app.run({"apply", "plan.json"}).exit == 5);
  const Ended ended = app.apply();
  CHECK(ended.exit == 0);
  CHECK(says(ended.out, "Nothing in it goes beyond plan.json, digest "));
  CHECK(app.in.asked == 0);
  for (const DesktopId& id : app.ids) CHECK(app.model.wipes_of(id) == 1);
}

TEST_CASE("an approval may shrink: by narrowing, by the manifests, and by what was done since") {
  ApprovedApp app;
  SECTION("narrowed") {
    CHECK(app.apply({"--desktop", text(app.ids[1])}).exit == 0);
  }
  SECTION("a desktop is protected since") {
    app.change_manifest("- " + text(app.ids[0]), "- {id: " + text(app.ids[0]) + ", protect: true}");
    app.change_manifest("- " + text(app.ids[2]), "- {id: " + text(app.ids[2]) + ", protect: true}");
    CHECK(app.apply().exit == 0);
  }
  SECTION("tighter limits") {
    app.change_manifest("{batch_size: 2, max_unavailable: 4}", "{batch_size: 1, max_unavailable: 1}");
    CHECK(app.apply({"--desktop", text(app.ids[1])}).exit == 0);
  }
  CHECK(app.model.wipes_of(app.ids[0]) == 0);
  CHECK(app.model.wipes_of(app.ids[1]) == 1);
  CHECK(app.model.wipes_of(app.ids[2]) == 0);
  CHECK(app.apply({"--desktop", text(app.ids[1])}).exit == 0);
  CHECK(app.model.wipes_of(app.ids[1]) == 1);
}

TEST_CASE("whatever is more than what was approved is refused before anything is sent, and named") {
  ApprovedApp app;
  SECTION("a desktop more") {
    REQUIRE(app.run({"plan", "--desktop", text(app.ids[1]), "--out", "plan.json"}).exit == 0);
    app.check_refused("Desktop " + text(app.ids[0]) + " (finance): its rebuild is not in the approved plan");
  }
  SECTION("to another image") {
    app.want("newer");
    app.check_refused("approved to image new, private, and wanted now: image newer, private");
  }
  SECTION("to another revision") {
    app.want("new", "r2");
    app.check_refused("and wanted now: image new, private, revision \"r2\"");
  }
  SECTION("from another image") {
    app.model.desktop(app.ids[0]).image_id = ImageId{"newer"};
    app.move_on();
    app.check_refused(", and recorded now: image newer");
  }
  SECTION("from a desktop that was never seen") {
    REQUIRE(app.run({"plan", "--state", "other.json", "--out", "plan.json"}).exit == 0);
    app.check_refused("approved from never seen, and recorded now: image old");
  }
  SECTION("in another group") {
    app.change_manifest("metadata: {name: finance}", "metadata: {name: sales}");
    app.check_refused("approved in group finance, now in sales");
  }
  SECTION("with another request") {
    app.change_manifest("  rollout:", "  rebuild: {message: Now}\n  rollout:");
    app.check_refused("the rest of its request is not what was approved");
  }
  SECTION("in larger batches") {
    app.change_manifest("batch_size: 2", "batch_size: 3");
    app.check_refused("Group finance: batch_size was 2, and is 3");
  }
  SECTION("more at once") {
    app.change_manifest("max_unavailable: 4", "max_unavailable: 5");
    app.check_refused("Group finance: max_unavailable was 4, and is 5");
  }
  SECTION("with more failures") {
    app.change_manifest("max_unavailable: 4", "max_unavailable: 4, max_failures: 1");
    app.check_refused("Group finance: max_failures was 0, and is 1");
  }
  SECTION("under people who are at work") {
    app.change_manifest("max_unavailable: 4}",
                        "max_unavailable: 4, sessions: {policy: force}}\n"
                        "  rebuild: {delay_time: 15}");
    app.check_refused("the policy for sessions was skip, and is force");
  }
}

TEST_CASE("an approved plan says where requests go, and nobody else is asked even once") {
  ApprovedApp app;
  const auto [field, why] = GENERATE(table<std::string, std::string>(
      {{"endpoint: https://workspace.ap-southeast-3.myhuaweicloud.com", "Workspace prod: endpoint was https://"},
       {"iam_endpoint: https://iam.ap-southeast-3.myhuaweicloud.com", "Workspace prod: iam_endpoint was https://"},
       {"credentials: other", "Workspace prod: credentials was none, and is other"},
       {"ca_file: ca.pem", "Workspace prod: ca_file was none, and is "},
       {"max_in_flight: 201", "Workspace prod: max_in_flight was 200, and is 201"},
       {"settle_seconds: 600", "Workspace prod: settle_seconds was 1800, and is 600"}}));
  app.folder.write("ca.pem", "");
  app.change_manifest("  region:", "  " + field + "\n  region:");
  app.check_refused(why);
  CHECK(app.connects == 0);
}

TEST_CASE("an approval is good for one wipe of each desktop") {
  ApprovedApp app;
  SECTION("not for another one after somebody put the old image back") {
    REQUIRE(app.apply().exit == 0);
    add_private_image(app.model, "old");
    app.want("old");
    REQUIRE(app.run({"apply", "--auto-approve"}).exit == 0);
    app.want("new");
    CHECK(app.apply().exit == 5);
    for (const DesktopId& id : app.ids) CHECK(app.model.wipes_of(id) == 2);
  }
  SECTION("not for another try after a failure") {
    app.model.fail_job_of(app.ids[0]);
    REQUIRE(app.apply().exit == 3);
    const std::size_t sent = app.model.requests().size();
    const Ended again = app.apply({"--resume"});
    CHECK(again.exit == 5);
    CHECK(says(again.err, "a request was sent for it since, and an approval is good for one"));
    CHECK(app.model.requests().size() == sent);
  }
}

TEST_CASE("an approval for another state is none") {
  ApprovedApp app;
  Plan plan = read_plan(app.folder.read("plan.json"), "plan.json");
  plan.basis.lineage = "11111111-2222-3333-4444-555555555555";
  app.folder.write("plan.json", write_plan(plan));
  app.check_refused("the approved plan was made for another one");
}

TEST_CASE("a request proven not received goes again within an approval, and never beyond it") {
  ApprovedApp app;
  REQUIRE(app.run({"plan", "--desktop", text(app.ids[0]), "--out", "plan.json"}).exit == 0);
  const Time lost_at = app.clock.now();
  app.cloud.lose_answer_of_submission(1, Executed::no);  // of the first two
  REQUIRE(app.run({"apply", "--auto-approve"}).exit == 3);
  REQUIRE(app.model.wipes_of(app.ids[2]) == 1);
  // The proof is complete within a run that waits for it; at its plan both are still in progress.
  app.clock.advance(lost_at + std::chrono::minutes{29} - app.clock.now());
  const Ended ended = app.apply({"--verbose"});
  INFO(ended.out << ended.err);
  CHECK(says(ended.err, "0 desktops to wipe, 2 under way from before"));
  CHECK(says(ended.out, "1 desktop whose request was not received may not be sent again by this run"));
  CHECK(app.model.wipes_of(app.ids[0]) == 1);
  CHECK(app.model.wipes_of(app.ids[1]) == 0);

  const std::size_t sent = app.model.requests().size();
  const Ended again = app.apply();
  CHECK(again.exit == 5);
  CHECK(says(again.err, "Desktop " + text(app.ids[1]) + " (finance): its rebuild is not in the approved plan"));
  CHECK(app.model.requests().size() == sent);
}

TEST_CASE("what approves has to be a saved plan, and the one that was meant") {
  ApprovedApp app;
  const std::string digest = plan_digest(read_plan(app.folder.read("plan.json"), "plan.json"));
  SECTION("manifests approve nothing") {
    const Ended ended = app.run({"apply", "--approved", "fleet.yaml"});
    CHECK(ended.exit == 1);
    CHECK(says(ended.err, "fleet.yaml is not a saved plan, so it approves nothing"));
  }
  SECTION("a saved plan is not applied within another one") {
    const Ended ended = app.apply({"plan.json"});
    CHECK(ended.exit == 1);
    CHECK(says(ended.err, "--approved goes with manifests"));
  }
  SECTION("a digest needs a plan") {
    CHECK(says(app.run({"apply", "--auto-approve", "--plan-digest", digest}).err, "goes with a saved plan"));
  }
  SECTION("a digest has its form") {
    CHECK(says(app.apply({"--plan-digest", "abc"}).err, "--plan-digest takes 64 digits"));
  }
  SECTION("another digest") {
    const Ended ended = app.apply({"--plan-digest", std::string(64, 'a')});
    CHECK(ended.exit == 5);
    CHECK(says(ended.err, "its digest is " + digest));
    CHECK(app.run({"apply", "plan.json", "--plan-digest", std::string(64, 'a')}).exit == 5);
  }
  CHECK(app.model.requests().empty());
  SECTION("the right digest") {
    CHECK(app.apply({"--plan-digest", digest}).exit == 0);
  }
}

TEST_CASE("a saved plan is applied where its digest is the one that was meant") {
  ServiceApp app(3);
  REQUIRE(app.run({"plan", "--out", "plan.json"}).exit == 0);
  const std::string digest = plan_digest(read_plan(app.folder.read("plan.json"), "plan.json"));
  CHECK(app.run({"apply", "plan.json", "--plan-digest", digest}).exit == 0);
  CHECK(app.model.wipes().size() == 3);
}

TEST_CASE("an approval is good for one wipe, also of a desktop whose request the state has forgotten") {
  ApprovedApp app;
  REQUIRE(app.run({"state", "pull"}).exit == 0);
  app.folder.write("backup.json", app.run({"state", "pull"}).out);
  REQUIRE(app.apply().exit == 0);
  // Somebody puts one back, so that it is from what was approved again.
  app.model.desktop(app.ids[0]).image_id = ImageId{"old"};
  SECTION("it was removed from the state") {
    REQUIRE(app.run({"state", "rm", text(app.ids[0])}).exit == 0);
    REQUIRE(app.run({"refresh"}).exit == 0);
  }
  SECTION("an older state was pushed over it") {
    REQUIRE(app.run({"state", "push", "--force", "backup.json"}).exit == 0);
  }
  const Ended ended = app.apply();
  CHECK(ended.exit == 5);
  CHECK(says(ended.err, "a request was sent for it since, and an approval is good for one"));
  CHECK(app.model.wipes_of(app.ids[0]) == 1);
}

}  // namespace gild::test
