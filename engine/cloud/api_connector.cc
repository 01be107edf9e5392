// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/api_connector.hpp"

#include <list>
#include <utility>

#include "engine/cloud/api_channel.hpp"
#include "engine/cloud/api_cloud.hpp"
#include "engine/cloud/trust.hpp"

namespace gild {
namespace {

class ApiConnector : public CloudConnector {
 public:
  ApiConnector(Environment environment, Clock& clock, TransportFactory transports, RandomSource random)
      : environment_(std::move(environment)),
        clock_(clock),
        transports_(std::move(transports)),
        random_(std::move(random)) {}

  DesktopCloud& connect(const Workspace& workspace) override {
    for (const auto& connected : connected_) {
      if (connected.workspace == workspace) return *connected.cloud;
    }
    TrustedEndpoints endpoints = check_endpoints(workspace, environment_);
    Credentials credentials = find_credentials(environment_, workspace.credentials);
    Connected& added = connected_.emplace_back();
    added.workspace = workspace;
    added.transport = transports_({std::move(endpoints.workspace.ca_files)});
    added.iam_transport = transports_({std::move(endpoints.iam.ca_files)});
    auto channel = std::make_unique<ApiChannel>(workspace, std::move(endpoints.workspace.url), endpoints.iam.url,
                                                std::move(credentials),
                                                ChannelSeams{*added.transport, *added.iam_transport, clock_}, random_);
    added.cloud = std::make_unique<ApiCloud>(std::move(channel), clock_);
    return *added.cloud;
  }

 private:
  struct Connected {
    Workspace workspace;
    std::unique_ptr<Transport> transport;
    std::unique_ptr<Transport> iam_transport;
    std::unique_ptr<ApiCloud> cloud;
  };

  Environment environment_;
  Clock& clock_;
  TransportFactory transports_;
  RandomSource random_;
  std::list<Connected> connected_;  // whose elements stay where they are
};

}  // namespace

std::unique_ptr<CloudConnector> make_api_connector(Environment environment, Clock& clock) {
  auto transports = [environment](TransportOptions options) {
    return make_poco_transport(std::move(options), environment);
  };
  return make_api_connector(std::move(environment), clock, std::move(transports), make_random());
}

std::unique_ptr<CloudConnector> make_api_connector(Environment environment, Clock& clock, TransportFactory transports,
                                                   RandomSource random) {
  return std::make_unique<ApiConnector>(std::move(environment), clock, std::move(transports), std::move(random));
}

}  // namespace gild
