// SPDX-License-Identifier: Apache-2.0
// The times of a freeze as people write them: a date, which is a whole day in UTC, or RFC 3339 with its offset.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "engine/core/time.hpp"

namespace gild {

struct FreezeTime {
  Time time{};
  bool whole_day = false;

  Time first() const { return time; }
  // The end of what it names, the first moment that is no longer part of it.
  Time last() const { return whole_day ? time + std::chrono::days{1} : time; }
};

// "2026-12-20", "2026-12-20T18:00:00Z", "2026-12-20T18:00:00+01:00"; nullopt where it is none of these. A time without
// an offset is none: it would mean another moment on every machine.
std::optional<FreezeTime> parse_freeze_time(std::string_view text);

}  // namespace gild
