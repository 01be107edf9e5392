// SPDX-License-Identifier: Apache-2.0
// What a look at the live desktops found: of refresh, which recorded it, and of drift, which did not.
#pragma once

#include <cstddef>
#include <string>

#include "cli/streams.hpp"
#include "cli/style.hpp"
#include "engine/ops/refresh_op.hpp"

namespace gild {

enum class RefreshKind { refresh, drift };

struct RefreshTextOptions {
  RefreshKind kind = RefreshKind::refresh;
  std::size_t width = kPlainWidth;
  bool every_desktop = false;
};

std::string render_refresh(const RefreshReport& report, const RefreshTextOptions& options, const Style& style);

// Format "gild.refresh/1" (schemas/refresh.schema.json), on one line.
std::string write_refresh(const RefreshReport& report, RefreshKind kind);

}  // namespace gild
