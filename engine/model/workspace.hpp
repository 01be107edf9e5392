// SPDX-License-Identifier: Apache-2.0
// A Workspace project: where to send requests and how hard to press; never with which secret.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/core/ids.hpp"
#include "engine/core/time.hpp"

namespace gild {

struct RequestRates {
  int reads = 200;  // requests a minute (W 8.3: 200 reads and 100 writes are published for sister calls)
  int writes = 100;
  friend bool operator==(const RequestRates&, const RequestRates&) = default;
};

struct Workspace {
  WorkspaceName name;
  std::string region;
  std::string project_id;
  std::string endpoint;  // https://host[:port]; http only to loopback
  std::string iam_endpoint;
  std::optional<std::string> credentials;  // "prod": HW_PROD_ACCESS_KEY … are read before HW_ACCESS_KEY …
  std::optional<std::string> ca_file;      // path as seen from the working folder
  std::chrono::seconds settle{1800};       // how late an accepted rebuild may show itself (contract 7)
  Duration poll{15000};                    // shortest time between two looks at a job or a desktop
  int max_in_flight = 200;                 // desktops under way at once, over all groups
  RequestRates requests_per_minute;
  friend bool operator==(const Workspace&, const Workspace&) = default;
};

}  // namespace gild
