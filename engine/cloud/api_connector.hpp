// SPDX-License-Identifier: Apache-2.0
// Puts the layer together: a Workspace in, a DesktopCloud out. Checks whom it would give credentials to before it looks
// for any, and looks for them before anything is connected.
#pragma once

#include <functional>
#include <memory>

#include "engine/cloud/credentials.hpp"
#include "engine/cloud/poco_transport.hpp"
#include "engine/cloud/retry.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/desktop_cloud.hpp"

namespace gild {

using TransportFactory = std::function<std::unique_ptr<Transport>(TransportOptions)>;

// Over HTTPS. `clock` must outlive the connector.
std::unique_ptr<CloudConnector> make_api_connector(Environment environment, Clock& clock);
// Over anything else that exchanges HTTP messages.
std::unique_ptr<CloudConnector> make_api_connector(Environment environment, Clock& clock, TransportFactory transports,
                                                   RandomSource random);

}  // namespace gild
