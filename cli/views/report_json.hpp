// SPDX-License-Identifier: Apache-2.0
// A run as JSON, format "gild.report/1" (schemas/report.schema.json).
#pragma once

#include <string>

#include "cli/views/run_report.hpp"

namespace gild {

std::string write_report(const RunReport& report);

}  // namespace gild
