// SPDX-License-Identifier: Apache-2.0
// The rule that keeps a disk from being wiped twice, clause by clause.
#include "engine/apply/settlement.hpp"

#include <catch2/catch.hpp>

namespace gild {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const Time kSent = *parse_time("2026-11-23T21:00:00Z");
const ImageId kOld{"old"};
const ImageId kNew{"new"};
constexpr seconds kInvisible = minutes{30};
constexpr seconds kSpacing{60};

Intent intent_for(std::vector<std::string> ids) {
  Intent intent;
  intent.number = 7;
  intent.target = {{kNew, "private", std::nullopt}, std::nullopt};
  intent.known_complete = true;
  intent.service_time = kSent;
  for (const std::string& id : ids) {
    IntentDesktop desktop;
    desktop.id = DesktopId{id};
    desktop.from.image_id = kOld;
    intent.desktops.push_back(desktop);
    intent.asked_for.emplace_back(id);
  }
  return intent;
}

SubJob sub_job(const std::string& id, const std::string& job, const std::string& desktop, SubJobStatus status) {
  SubJob out;
  out.id = SubJobId{id};
  out.job_id = JobId{job};
  out.desktop_id = DesktopId{desktop};
  out.status = status;
  out.status_text = "RUNNING";
  return out;
}

LiveDesktop live(const std::string& id, const ImageId& image, const std::string& task = {}) {
  LiveDesktop desktop;
  desktop.id = DesktopId{id};
  desktop.image_id = image;
  desktop.status = "ACTIVE";
  desktop.task_status = task;
  return desktop;
}

struct World {
  Intent intent;
  SubJobLook sub_jobs;
  Inventory inventory;

  explicit World(Intent of) : intent(std::move(of)) {
    sub_jobs.completeness = LookCompleteness::complete;
    for (const IntentDesktop& desktop : intent.desktops) show(live(desktop.id.str(), kOld));
  }
  void show(const LiveDesktop& desktop) { inventory.desktops[desktop.id] = desktop; }

  Settlement look(Time at) {
    sub_jobs.service_time = inventory.service_time = at;
    if (auto made = make_look(intent, sub_jobs, inventory)) intent.looks.push_back(*made);
    return settle({intent, sub_jobs, inventory, kInvisible, kSpacing,
                   [this](const JobId& id) { return other.contains(id); },
                   [this](const JobId& id) {
                     SubJobLook of_job = sub_jobs;
                     std::erase_if(of_job.sub_jobs, [&](const SubJob& s) { return s.job_id != id; });
                     return of_job;
                   }});
  }
  std::set<JobId> other;
};

}  // namespace

TEST_CASE("not received: two complete quiet looks, the last after the time in which it must have shown itself") {
  World world(intent_for({"a"}));
  CHECK(world.look(kSent + seconds{5}).empty());
  CHECK(world.look(kSent + minutes{29}).empty());
  CHECK(world.look(kSent + seconds{5} + kInvisible).empty());  // `Date` cuts seconds off: not yet for sure
  const Settlement settled = world.look(kSent + seconds{5} + kInvisible + seconds{1});
  CHECK(settled.not_received == std::vector<DesktopId>{DesktopId{"a"}});
}

TEST_CASE("one look proves nothing, however late it comes") {
  World world(intent_for({"a"}));
  CHECK(world.look(kSent + std::chrono::hours{24}).empty());
  // The invisible time counts from when the answer had been given up for sure: the first look.
  CHECK(world.look(kSent + std::chrono::hours{24} + minutes{2}).empty());
}

TEST_CASE("an incomplete look proves nothing") {
  World world(intent_for({"a"}));
  world.sub_jobs.completeness = LookCompleteness::incomplete;
  world.look(kSent + seconds{5});
  CHECK(world.look(kSent + minutes{40}).empty());
  CHECK(world.look(kSent + minutes{50}).empty());
}

TEST_CASE("answers without a Date prove nothing") {
  World world(intent_for({"a"}));
  world.look(kSent + seconds{5});
  world.sub_jobs.service_time.reset();
  CHECK_FALSE(make_look(world.intent, world.sub_jobs, world.inventory));
}

TEST_CASE("a task in between starts the quiet anew") {
  World world(intent_for({"a"}));
  world.look(kSent + seconds{5});
  world.show(live("a", kOld, "rebooting"));
  world.look(kSent + minutes{31});
  world.show(live("a", kOld));
  CHECK(world.look(kSent + minutes{32}).empty());
  CHECK(world.look(kSent + minutes{33}).not_received.size() == 1);
}

TEST_CASE("a sub-job that was seen once and vanished forbids the proof for ever: a person decides") {
  World world(intent_for({"a"}));
  world.intent.known_complete = false;
  world.sub_jobs.sub_jobs = {sub_job("s1", "j1", "a", SubJobStatus::success)};
  world.look(kSent + seconds{5});
  world.sub_jobs.sub_jobs.clear();
  CHECK(world.look(kSent + minutes{40}).empty());
  const Settlement settlement = world.look(kSent + minutes{50});
  CHECK(settlement.not_received.empty());
  REQUIRE(settlement.unknown.size() == 1);
  CHECK(settlement.unknown[0].second ==
        "the answer was lost, and job j1 named the desktop since; its records have vanished");
}

TEST_CASE("a rebuild onto the same image is never proven not received") {
  Intent intent = intent_for({"a"});
  intent.desktops[0].from.image_id = kNew;
  World world(intent);
  world.show(live("a", kNew));
  world.look(kSent + seconds{5});
  CHECK(world.look(kSent + minutes{40}).empty());
  CHECK_FALSE(time_to_proof(world.intent, kInvisible, kSpacing));
}

TEST_CASE("where more has ended than paging reaches, both looks come late and twenty minutes apart") {
  World world(intent_for({"a"}));
  world.sub_jobs.completeness = LookCompleteness::ended_beyond_reach;
  world.look(kSent + seconds{5});
  CHECK(world.look(kSent + minutes{31}).empty());
  CHECK(world.look(kSent + minutes{50}).empty());
  CHECK(world.look(kSent + minutes{51}).not_received.size() == 1);
}

TEST_CASE("a new sub-job is adopted at once, each desktop by its own") {
  World world(intent_for({"a", "b"}));
  world.sub_jobs.sub_jobs = {sub_job("s1", "j1", "a", SubJobStatus::running)};
  const Settlement settled = world.look(kSent + seconds{5});
  REQUIRE(settled.adopted.size() == 1);
  CHECK(settled.adopted[0].id == DesktopId{"a"});
  CHECK(settled.adopted[0].job == JobId{"j1"});
  CHECK(settled.not_received.empty());
}

TEST_CASE("nothing is adopted out of a list with gaps, which may hide a second candidate") {
  World world(intent_for({"a"}));
  world.sub_jobs.sub_jobs.push_back(sub_job("s1", "j1", "a", SubJobStatus::running));
  world.sub_jobs.completeness = LookCompleteness::incomplete;
  CHECK(world.look(kSent + seconds{5}).adopted.empty());
  world.sub_jobs.completeness = LookCompleteness::complete;
  CHECK(world.look(kSent + seconds{70}).adopted.size() == 1);
}

TEST_CASE("a sub-job known from before, or of another request of ours, is not adopted") {
  World world(intent_for({"a"}));
  world.sub_jobs.sub_jobs = {sub_job("s1", "j1", "a", SubJobStatus::success)};
  SECTION("known from before") {
    world.intent.known_sub_jobs = {SubJobId{"s1"}};
    CHECK(world.look(kSent + seconds{5}).empty());
  }
  SECTION("another request's job") {
    world.other = {JobId{"j1"}};
    CHECK(world.look(kSent + seconds{5}).empty());
  }
}

TEST_CASE("a job that names desktops outside the request is somebody else's") {
  World world(intent_for({"a"}));
  world.sub_jobs.sub_jobs = {sub_job("s1", "j1", "a", SubJobStatus::success),
                             sub_job("s2", "j1", "stranger", SubJobStatus::success)};
  CHECK(world.look(kSent + seconds{5}).adopted.empty());
  world.look(kSent + minutes{31});
  const Settlement settled = world.look(kSent + minutes{33});
  REQUIRE(settled.unknown.size() == 1);
  CHECK(settled.unknown[0].second ==
        "the answer was lost, and job j1 named the desktop since; whose it is cannot be told");
}

TEST_CASE("a sub-job that had ended when first seen is adopted only if the look before the request was complete") {
  World world(intent_for({"a"}));
  world.sub_jobs.sub_jobs = {sub_job("s1", "j1", "a", SubJobStatus::success)};
  SECTION("complete") {
    CHECK(world.look(kSent + seconds{5}).adopted.size() == 1);
  }
  SECTION("incomplete") {
    world.intent.known_complete = false;
    CHECK(world.look(kSent + seconds{5}).adopted.empty());
  }
  SECTION("complete, but it began before the request, after that look") {
    world.sub_jobs.sub_jobs[0].begin_time = format_time(kSent - minutes{5});
    CHECK(world.look(kSent + seconds{5}).adopted.empty());
  }
  SECTION("complete, and it began with the request") {
    world.sub_jobs.sub_jobs[0].begin_time = format_time(kSent);
    CHECK(world.look(kSent + seconds{5}).adopted.size() == 1);
  }
}

// Only once neither job can be wiping a disk any more: until then a person's answer would be a guess.
TEST_CASE("two jobs that may both be the request's own leave it to a person") {
  World world(intent_for({"a", "b"}));
  world.sub_jobs.sub_jobs = {sub_job("s1", "j1", "a", SubJobStatus::running),
                             sub_job("s2", "j2", "b", SubJobStatus::running)};
  CHECK(world.look(kSent + seconds{5}).empty());
  CHECK(world.look(kSent + minutes{31}).empty());  // a's and b's run
  world.sub_jobs.sub_jobs[0].status = SubJobStatus::success;
  CHECK(world.look(kSent + minutes{32}).empty());  // b's runs
  if (GENERATE(true, false)) {
    world.sub_jobs.sub_jobs[1].status = SubJobStatus::failed;
  } else {
    world.sub_jobs.sub_jobs.pop_back();  // its records vanished: what was seen of it counts
  }
  world.show(live("a", kNew, "rebuilding"));
  CHECK(world.look(kSent + minutes{33}).empty());
  world.show(live("a", kNew));
  world.sub_jobs.completeness = LookCompleteness::incomplete;
  CHECK(world.look(kSent + minutes{34}).empty());
  world.sub_jobs.completeness = LookCompleteness::complete;
  const Settlement settled = world.look(kSent + minutes{35});
  CHECK(settled.adopted.empty());
  REQUIRE(settled.unknown.size() == 2);
  CHECK(settled.unknown[0].second == "the answer was lost, and two jobs (j1 and j2) may be its own");
}

TEST_CASE("ready without a record: two late looks show the new image and nothing going on") {
  World world(intent_for({"a"}));
  world.show(live("a", kNew));
  world.look(kSent + seconds{5});
  CHECK(world.look(kSent + minutes{31}).empty());
  CHECK(world.look(kSent + minutes{32}).ready == std::vector<DesktopId>{DesktopId{"a"}});
}

TEST_CASE("a desktop in ERROR is not called ready by its image") {
  World world(intent_for({"a"}));
  LiveDesktop broken = live("a", kNew);
  broken.status = "ERROR";
  world.show(broken);
  CHECK(world.look(kSent + minutes{31}).empty());
  CHECK(world.look(kSent + minutes{65}).empty());
  const Settlement settlement = world.look(kSent + minutes{67});
  CHECK(settlement.ready.empty());
  REQUIRE(settlement.unknown.size() == 1);
  CHECK(settlement.unknown[0].second ==
        "the answer was lost; the desktop shows the wanted image, but its status is ERROR");
}

TEST_CASE("a desktop that is in ERROR since its answer was lost is not proven untouched by the image it shows") {
  World world(intent_for({"a", "b"}));
  world.intent.desktops[1].known = true;
  world.intent.desktops[1].status_before = DesktopStatus::failed;
  for (const char* id : {"a", "b"}) {
    LiveDesktop broken = live(id, kOld);
    broken.status = "ERROR";
    world.show(broken);
  }
  CHECK(world.look(kSent + seconds{5}).empty());
  const Settlement settlement = world.look(kSent + minutes{32});
  REQUIRE(settlement.unknown.size() == 1);
  CHECK(settlement.unknown[0].first == DesktopId{"a"});
  CHECK(settlement.unknown[0].second == "the answer was lost, and the desktop's status is ERROR since");
  // The other one was in ERROR before, from a rebuild that had failed.
  CHECK(settlement.not_received == std::vector<DesktopId>{DesktopId{"b"}});
}

TEST_CASE("an image that nobody planned is a contradiction") {
  World world(intent_for({"a"}));
  world.show(live("a", ImageId{"third"}));
  world.look(kSent + seconds{5});
  world.look(kSent + minutes{31});
  const Settlement settled = world.look(kSent + minutes{32});
  REQUIRE(settled.unknown.size() == 1);
  CHECK(settled.unknown[0].second ==
        "the answer was lost, and the desktop now has image third, which is neither the old nor the wanted one");
}

TEST_CASE("today's longer delay or settle time counts, never the shorter one") {
  Intent intent = intent_for({"a"});
  intent.options.delay_time = 5;
  intent.settle = minutes{30};
  CHECK(invisible_for(intent, minutes{15}, minutes{10}) == minutes{45});
  CHECK(invisible_for(intent, minutes{0}, minutes{40}) == minutes{45});
}

}  // namespace gild
