// SPDX-License-Identifier: Apache-2.0
// Short words for the tests of the simulation.
#pragma once

#include <catch2/catch.hpp>

#include "engine/simulation/simulated_cloud.hpp"

namespace gild {

inline RebuildRequest request_for(std::vector<DesktopId> ids, const std::string& image) {
  return {std::move(ids), {ImageId(image), "private", std::nullopt}, {}};
}

template <class Value>
Value accepted(const Reply<Value>& reply) {
  if (const Refusal* refusal = std::get_if<Refusal>(&reply)) FAIL(refusal->message);
  return std::get<Value>(reply);
}

template <class Value>
Refusal refused(const Reply<Value>& reply) {
  REQUIRE(std::holds_alternative<Refusal>(reply));
  return std::get<Refusal>(reply);
}

// A model with `count` desktops on img-1, and img-2 to go to; a rebuild takes exactly nine minutes.
struct Service {
  explicit Service(std::size_t count, ServiceKnobs knobs = {}) : model(7, fixed(std::move(knobs))) {
    ids = add_fleet(model, count, "img-1");
    add_private_image(model, "img-2");
  }
  static ServiceKnobs fixed(ServiceKnobs knobs) {
    knobs.job_min = knobs.job_max = std::chrono::minutes{9};
    return knobs;
  }
  JobId rebuild(std::vector<DesktopId> which, std::optional<int> delay = {}) {
    RebuildRequest request = request_for(std::move(which), "img-2");
    request.options.delay_time = delay;
    return accepted(model.rebuild(request));
  }
  SubJob sub_job(const JobId& job, std::size_t number = 0) {
    SubJobQuery query;
    query.job = job;
    return accepted(model.list_sub_jobs(query)).sub_jobs.at(number).shown;
  }
  std::optional<ImageId> image(std::size_t number) const { return model.desktop(ids[number]).image_id; }

  ServiceModel model;
  std::vector<DesktopId> ids;
};

}  // namespace gild
