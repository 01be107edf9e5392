// SPDX-License-Identifier: Apache-2.0
// `gild history` for people: run by run, newest last, what was rebuilt and how it ended; or every record of the
// journal; or the story of single desktops, up to why they are in the status that they are in.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/style.hpp"
#include "engine/model/state.hpp"
#include "engine/ops/history_report.hpp"

namespace gild {

// Requests that were not executed (throttled, say) are left out: they rebuilt nothing.
std::string render_history(const History& history, std::size_t width, const Style& style);

// Every record, whole, with its serial and evidence.
std::string render_records(const std::vector<ToldRecord>& records, std::size_t width, const Style& style);

// One desktop: each record that is about it, and what the state says of it now.
std::string render_story(const std::vector<ToldRecord>& records, const DesktopKey& key, const State& state,
                         std::size_t width, const Style& style);

}  // namespace gild
