// SPDX-License-Identifier: Apache-2.0
#include "bench/simulated_service.hpp"

#include <ctime>
#include <utility>

namespace gild::bench {

ServiceModel model_of(const Fleet& fleet, const JobTimes& jobs) {
  ServiceKnobs knobs;
  knobs.job_min = jobs.least;
  knobs.job_max = jobs.most;
  ServiceModel model(1, knobs);
  for (const auto& [key, record] : fleet.known.desktops) {
    const ImageId& image = *record.image.image_id;
    if (!model.images().contains(image)) model.add_image({{image, "private", "Windows"}, image.str()});
    ServiceDesktop desktop;
    desktop.live.id = key.id;
    desktop.live.name = record.name.value_or("");
    desktop.live.status = "ACTIVE";
    desktop.live.login_status = "UNREGISTER";
    desktop.live.attach_state = "ATTACHED";
    desktop.live.desktop_type = "DEDICATED";
    desktop.live.image_id = image;
    desktop.live.os_type = "Windows";
    model.add_desktop(std::move(desktop));
  }
  const ImageRef& wanted = fleet.wanted.groups.front().target.image;
  if (!model.images().contains(wanted.image_id)) model.add_image({wanted, "golden"});
  return model;
}

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace gild::bench
