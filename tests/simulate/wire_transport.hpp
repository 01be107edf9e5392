// SPDX-License-Identifier: Apache-2.0
// Carries the real client's requests to the emulator's wire code without a socket: what gild writes and reads is what
// it writes and reads in production, byte by byte, short of HTTP's own framing and TLS.
#pragma once

#include <memory>

#include "engine/seams/transport.hpp"
#include "tests/simulate/world.hpp"

namespace gild::simulate {

std::unique_ptr<Transport> make_wire_transport(World& world);

}  // namespace gild::simulate
