// SPDX-License-Identifier: Apache-2.0
#include "engine/store/uuid.hpp"

#include <array>
#include <cerrno>
#include <cstdint>

#include <fmt/format.h>
#include <sys/random.h>

#include "engine/core/error.hpp"

namespace gild {

std::string random_uuid() {
  std::array<std::uint8_t, 16> bytes{};
  // Up to 256 bytes come whole or not at all; only before the machine's first randomness can a signal cut it short.
  while (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    if (errno != EINTR) throw IoError("the kernel's random source", "read", errno);
  }
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);  // version 4
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);  // variant of RFC 9562
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", bytes[i]);
  }
  return text;
}

}  // namespace gild
