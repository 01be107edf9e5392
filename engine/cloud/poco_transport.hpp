// SPDX-License-Identifier: Apache-2.0
// Transport over HTTPS: sockets of Poco/Net, TLS of OpenSSL. Certificates and host names are always verified; there is
// no switch. Nothing is read or connected before the first exchange.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/cloud/credentials.hpp"
#include "engine/seams/transport.hpp"

namespace gild {

struct TransportOptions {
  std::vector<std::string> ca_files;  // beside the system's own certificates
};

// `environment` says which proxy to take.
std::unique_ptr<Transport> make_poco_transport(TransportOptions options, Environment environment);

}  // namespace gild
