// SPDX-License-Identifier: Apache-2.0
// Answers to rebuild requests that are not what they seem.
#include <catch2/catch.hpp>

#include "tests/apply/judge.hpp"

namespace gild {

TEST_CASE("an answer that names the job of an earlier request is a lost one: nothing is followed by the wrong job") {
  Scenario s(4);
  s.batch_size = 2;
  s.model.knobs().accepts_second_rebuild = true;
  s.cloud.repeat_answer_at_submission(2);
  s.apply();
  // The second job was found by evidence, and each desktop was followed by its own.
  CHECK(s.last.count(DesktopEnd::ready) == 4);
  CHECK(s.recorded(DesktopStatus::ready) == 4);
  CHECK(s.model.requests().size() == 2);
  judge_wipes(s);
  for (const DesktopId& id : s.ids) {
    const auto wipe = std::find_if(s.model.wipes().begin(), s.model.wipes().end(),
                                   [&](const Wipe& candidate) { return candidate.desktop == id; });
    REQUIRE(wipe != s.model.wipes().end());
    CHECK(s.store.read().find(s.workspace.name, id)->job_id == wipe->job);
  }
}

TEST_CASE("sub-jobs that show themselves only after their job has ended are waited for, within settle_seconds") {
  Scenario s(3);
  s.model.knobs().job_min = s.model.knobs().job_max = std::chrono::minutes{1};
  s.model.knobs().sub_jobs_listed_after = std::chrono::minutes{20};
  s.apply();
  CHECK(s.last.count(DesktopEnd::ready) == 3);
}

TEST_CASE("an ended job whose sub-jobs never show themselves leaves its desktops to a person") {
  Scenario s(3);
  s.model.knobs().sub_jobs_never_listed = true;
  s.apply();
  CHECK(s.last.count(DesktopEnd::unknown) == 3);
}

}  // namespace gild
