// SPDX-License-Identifier: Apache-2.0
#include "tests/simulate/watched_cloud.hpp"

#include <utility>

#include <fmt/format.h>

#include "engine/cloud/api_connector.hpp"
#include "engine/simulation/random.hpp"
#include "tests/simulate/wire_transport.hpp"

namespace gild::simulate {
namespace {

std::string_view word_for(const Submission& answer) {
  constexpr std::string_view kWords[] = {"accepted", "refused", "conflict", "not executed", "lost"};
  return kWords[answer.index()];
}

std::optional<std::string> environment(Credential credential, std::string_view name) {
  if (credential == Credential::keys && name == "HW_ACCESS_KEY") return "ACCESSKEYOFTESTS";
  if (credential == Credential::keys && name == "HW_SECRET_KEY") return "secret-key-of-tests";
  if (credential == Credential::password && name == "HW_USER_NAME") return "admin";
  if (credential == Credential::password && name == "HW_USER_PASSWORD") return "password-of-tests";
  if (credential == Credential::password && name == "HW_DOMAIN_NAME") return "tenant";
  return std::nullopt;
}

}  // namespace

class WatchedClouds::Cloud : public DesktopCloud {
 public:
  Cloud(World& world, Judge& judge, std::size_t number, DesktopCloud& inner)
      : world_(world), judge_(judge), number_(number), site_(*world.sites[number]), inner_(inner) {}

  Inventory read_desktops(const std::vector<DesktopId>& ids, std::stop_token stop) override {
    judge_.before_call();
    Inventory inventory = inner_.read_desktops(ids, std::move(stop));
    judge_.saw(number_, inventory);
    say(fmt::format("reads {} desktops", ids.size()));
    return inventory;
  }
  Inventory list_desktops(std::stop_token stop) override {
    judge_.before_call();
    return inner_.list_desktops(std::move(stop));
  }
  SubJobLook list_all_sub_jobs(std::stop_token stop) override {
    return watched_list("all sub-jobs", [&] { return inner_.list_all_sub_jobs(std::move(stop)); });
  }
  SubJobLook list_open_sub_jobs(std::stop_token stop) override {
    return watched_list("open sub-jobs", [&] { return inner_.list_open_sub_jobs(std::move(stop)); });
  }
  SubJobLook list_sub_jobs_of(const JobId& job, std::stop_token stop) override {
    return watched("sub-jobs of a job", [&] { return inner_.list_sub_jobs_of(job, std::move(stop)); });
  }
  JobSummary read_job(const JobId& job, std::stop_token stop) override {
    judge_.before_call();
    return inner_.read_job(job, std::move(stop));
  }
  void await_submission(std::stop_token stop) override {
    judge_.before_call();
    inner_.await_submission(std::move(stop));
  }

  Submission submit_rebuild(const RebuildRequest& request, const StillWanted& still_wanted) override {
    const std::size_t submission = ++site_.submissions;
    const auto [first, last] = site_.before_submission.equal_range(submission);
    std::vector<std::function<void()>> due;
    for (auto hook = first; hook != last; ++hook) due.push_back(hook->second);
    for (const auto& hook : due) hook();
    Sent& sent = judge_.before_request(number_, request);
    say(fmt::format("sends {} desktops of group {}", request.desktop_ids.size(), sent.group));
    const std::size_t received = site_.model().requests().size();
    const auto note_truth = [&] {
      const auto& requests = site_.model().requests();
      if (requests.size() > received) sent.job = requests.back().job;
      sent.given_up = site_.model().now();
    };
    const auto crash = site_.crash_in_submission.extract(submission);
    try {
      if (crash && submission % 2 == 0) die(crash.mapped());
      Submission answer = inner_.submit_rebuild(request, still_wanted);
      note_truth();
      if (crash) die(crash.mapped());
      world_.crash.at_call();  // the answer is here, and nobody has read it yet
      if (site_.repeat_answer_at.contains(submission) && earlier_ &&
          std::holds_alternative<SubmissionAccepted>(answer)) {
        world_.fire(Kind::repeated_answer);
        answer = *earlier_;
      } else if (const auto* accepted = std::get_if<SubmissionAccepted>(&answer)) {
        earlier_ = *accepted;
      }
      say(fmt::format("the answer: {}", word_for(answer)));
      judge_.after_request(sent, answer);
      return answer;
    } catch (const SimulatedCrash&) {
      note_truth();
      throw;
    }
  }

 private:
  template <class Look>
  SubJobLook watched(std::string_view what, Look look) {
    judge_.before_call();
    SubJobLook seen = look();
    say(fmt::format("reads {}: {}, {}", what, seen.sub_jobs.size(),
                    seen.completeness == LookCompleteness::complete ? "complete" : "not complete"));
    judge_.saw(number_, seen);
    return seen;
  }
  template <class Look>
  SubJobLook watched_list(std::string_view what, Look look) {
    SubJobLook seen = watched(what, std::move(look));
    judge_.saw_list(number_, seen);
    return seen;
  }
  [[noreturn]] void die(Kind kind) {
    world_.fire(kind);
    world_.crash.crash();
  }
  void say(std::string text) {
    if (world_.trace.on()) world_.say(fmt::format("{}: {}", site_.workspace.name, text));
  }

  World& world_;
  Judge& judge_;
  std::size_t number_;
  Site& site_;
  DesktopCloud& inner_;
  std::optional<SubmissionAccepted> earlier_;
};

WatchedClouds::WatchedClouds(World& world, Judge& judge) : world_(world), judge_(judge) {
  if (world.scenario().client == Client::wire) {
    const Credential credential = world.scenario().credential;
    auto transports = [&world](const TransportOptions&) { return make_wire_transport(world); };
    real_client_ = make_api_connector([credential](std::string_view name) { return environment(credential, name); },
                                      world.clock, std::move(transports),
                                      [random = Random(world.scenario().seed)]() mutable {
                                        return static_cast<double>(random.below(1'000'000)) / 1'000'000;
                                      });
  }
  clouds_.resize(world.sites.size());
}

WatchedClouds::~WatchedClouds() = default;

DesktopCloud& WatchedClouds::connect(const Workspace& workspace) {
  const std::size_t number = judge_.site_of(workspace.name);
  auto& cloud = clouds_[number];
  if (!cloud) {
    DesktopCloud& inner = real_client_ ? real_client_->connect(workspace) : *world_.sites[number]->cloud;
    cloud = std::make_unique<Cloud>(world_, judge_, number, inner);
  }
  return *cloud;
}

}  // namespace gild::simulate
