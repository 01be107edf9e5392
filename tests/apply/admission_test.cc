// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/admission.hpp"

#include <catch2/catch.hpp>

namespace gild {
namespace {

struct Question {
  std::optional<ImageState> planned_from = ImageState{ImageId{"old"}, "private", std::nullopt, std::nullopt};
  Target target{{ImageId{"new"}, "private", std::nullopt}, std::nullopt};
  std::optional<DesktopRecord> record = DesktopRecord{};
  std::optional<LiveDesktop> live = LiveDesktop{};
  std::optional<SubJob> open_sub_job;
  std::vector<SubJob> sub_jobs;
  SessionPolicy sessions = SessionPolicy::skip;
  std::set<std::string> conflicts;

  Question() {
    record->image = *planned_from;
    live->id = DesktopId{"d"};
    live->status = "ACTIVE";
    live->login_status = "REGISTERED";
    live->image_id = ImageId{"old"};
  }

  std::string answer() const {
    std::vector<const SubJob*> pointers;
    for (const SubJob& sub_job : sub_jobs) pointers.push_back(&sub_job);
    const Admission admission = admit({planned_from, target, record ? &*record : nullptr, live ? &*live : nullptr,
                                       open_sub_job ? &*open_sub_job : nullptr, pointers, sessions, conflicts});
    if (const auto* hold = std::get_if<Hold>(&admission)) {
      return std::string(name_of(hold->reason)) + ": " + hold->detail;
    }
    return std::holds_alternative<Admit>(admission) ? "send" : "right";
  }
};

}  // namespace

TEST_CASE("an idle desktop on the planned image is sent") {
  CHECK(Question{}.answer() == "send");
}

TEST_CASE("a desktop is held for everything that makes a rebuild doubtful") {
  Question q;
  SECTION("gone") {
    q.live.reset();
    CHECK(q.answer() == "gone: the service does not show it: deleted, or not visible to these credentials");
  }
  SECTION("another job") {
    q.open_sub_job = SubJob{};
    q.open_sub_job->job_id = JobId{"j9"};
    CHECK(q.answer() == "busy: job j9 is rebuilding it");
  }
  SECTION("a task") {
    q.live->task_status = "powering-off";
    CHECK(q.answer() == "busy: its task is powering-off");
  }
  SECTION("progress of an unnamed task") {
    q.live->process = 10;
    CHECK(q.answer() == "busy: a task runs on it");
  }
  SECTION("a status that does not suit") {
    q.live->status = GENERATE("ERROR", "HIBERNATED", "BRAND_NEW");
    CHECK(q.answer() == "error_status: its status is " + q.live->status);
  }
  SECTION("no status") {
    q.live->status.clear();
    CHECK(q.answer() == "error_status: it has no status: it may be being deleted");
  }
  SECTION("frozen") {
    q.live->frozen = true;
    CHECK(q.answer() == "frozen: it is frozen for billing");
  }
  SECTION("being attached") {
    q.live->attach_state = "ATTACHING";
    CHECK(q.answer() == "busy: a user is being attached or detached (ATTACHING)");
  }
  SECTION("pooled") {
    q.live->desktop_type = "POOLED";
    CHECK(q.answer() == "pooled: it belongs to a desktop pool, which has a rebuild call of its own");
  }
  SECTION("drifted") {
    q.live->image_id = ImageId{"third"};
    CHECK(q.answer() == "drifted: it has image third, while the plan expects image old");
  }
  SECTION("image not shown") {
    q.live->image_id.reset();
    CHECK(q.answer() == "drifted: it has an image that the service does not show, while the plan expects image old");
  }
  SECTION("refused status") {
    q.conflicts = {"ACTIVE"};
    CHECK(q.answer() == "conflict: the service refused another desktop in status ACTIVE; --resume tries again");
  }
  SECTION("recorded as open") {
    q.record->status = DesktopStatus::unknown;
    CHECK(q.answer() == "busy: it is recorded as unknown");
  }
}

TEST_CASE("a desktop in use is left alone unless the policy is force") {
  Question q;
  q.live->login_status = GENERATE("CONNECTED", "DISCONNECTED", "SOMETHING_NEW");
  CHECK(q.answer().starts_with("in_use: "));
  q.sessions = SessionPolicy::force;
  CHECK(q.answer() == "send");
}

TEST_CASE("a silent login status is believed only of a desktop that is off") {
  Question q;
  q.live->login_status.clear();
  CHECK(q.answer() == "in_use: the service does not say whether somebody is logged on");
  q.live->status = "SHUTOFF";
  CHECK(q.answer() == "send");
}

TEST_CASE("the wanted image on the disk is recorded, unless the revision is to change") {
  Question q;
  q.live->image_id = ImageId{"new"};
  CHECK(q.answer() == "right");
  q.record->image = {ImageId{"new"}, "private", std::nullopt, "one"};
  q.planned_from = q.record->image;
  q.target.revision = "two";
  CHECK(q.answer() == "send");
}

TEST_CASE("a desktop never seen may have any image; once recorded, the record is what it must still have") {
  Question q;
  q.planned_from.reset();
  q.record.reset();
  q.live->image_id = ImageId{"third"};
  CHECK(q.answer() == "send");
  q.record = DesktopRecord{};
  q.record->image.image_id = ImageId{"old"};
  CHECK(q.answer().starts_with("drifted: "));
}

TEST_CASE("the image of a failed desktop proves nothing") {
  Question q;
  q.record->status = DesktopStatus::failed;
  q.record->job_id = JobId{"ours"};
  q.live->image_id = ImageId{"new"};
  q.live->status = "ERROR";
  CHECK(q.answer() == "send");

  SubJob ours;
  ours.job_id = JobId{"ours"};
  ours.status = SubJobStatus::failed;
  ours.begin_time = "2026-11-23 20:00:00";
  ours.end_time = "2026-11-23 20:30:00";
  SubJob theirs;
  theirs.id = SubJobId{"s2"};
  theirs.job_id = JobId{"theirs"};
  theirs.status = SubJobStatus::success;
  theirs.begin_time = "2026-11-23 21:00:00";
  q.live->status = "ACTIVE";
  q.sub_jobs = {ours, theirs};
  CHECK(q.answer() == "right");
  // Beside ours, which failed after it and may have left its own mark on the disk.
  q.sub_jobs[1].begin_time = "2026-11-23 20:15:00";
  CHECK(q.answer() == "send");
  q.sub_jobs[1].begin_time = "2026-11-23 19:00:00";
  CHECK(q.answer() == "send");
  q.sub_jobs[1].begin_time = "2026-11-23 21:00:00";
  q.sub_jobs[0].end_time.clear();
  CHECK(q.answer() == "send");
}

}  // namespace gild
