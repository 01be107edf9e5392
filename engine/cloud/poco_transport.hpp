// SPDX-License-Identifier: Apache-2.0
// Transport over HTTPS: sockets of Poco/Net, TLS of OpenSSL. Certificates and host names are always verified; there is
// no switch. Nothing is read or connected before the first exchange.
#pragma once

#include <memory>

#include "engine/core/environment.hpp"
#include "engine/seams/transport.hpp"

namespace gild {

// `environment` says which proxy to take.
std::unique_ptr<Transport> make_poco_transport(TransportOptions options, Environment environment);

}  // namespace gild
