// SPDX-License-Identifier: Apache-2.0
// A run as one page of HTML that needs nothing else: no network, no script. Light or dark as the reader's system is.
#pragma once

#include <string>

#include "cli/views/run_report.hpp"

namespace gild {

std::string render_report_html(const RunReport& report);

}  // namespace gild
