// SPDX-License-Identifier: Apache-2.0
// The service's answers as JSON, and its requests read strictly. Written from the API's description, not shared with
// engine/cloud: what both sides got wrong alike would never be seen. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/core/ids.hpp"
#include "engine/emulator/exchange.hpp"
#include "engine/simulation/service_model.hpp"

namespace gild::emulator {

// The body of an error: the gateway's and the service's differ (W 8.1).
Answer refusal_answer(const Refusal& refusal, const std::string& request_id);

// POST …/desktops/rebuild. Throws Error(input) where the body is not exactly what the API describes.
RebuildRequest read_rebuild_request(const std::string& body);
std::string job_accepted(const JobId& job);

std::string detail_page(const DesktopPage& page, const ServiceModel& model);
std::string short_page(const DesktopPage& page, const std::string& project_id);
std::string connect_page(const DesktopPage& page);
std::string one_desktop(const ServiceDesktop& desktop, const ServiceModel& model);
std::string sub_job_page(const SubJobPage& page, const ServiceModel& model, const std::string& project_id);
std::string job_view(const JobView& job, const ServiceModel& model, const std::string& project_id);
std::string image_page(const std::vector<ServiceImage>& images, std::size_t total);

// POST …/desktops/check-images
std::vector<DesktopId> read_check_images(const std::string& body);
std::string checked_images(const std::vector<DesktopId>& ids, const ServiceModel& model);

}  // namespace gild::emulator
