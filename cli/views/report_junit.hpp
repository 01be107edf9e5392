// SPDX-License-Identifier: Apache-2.0
// A run as JUnit XML, which CI systems show test by test: a suite for each group, a test case for each desktop, and
// before them a suite "gild apply" whose one case is the run itself. A desktop passes where it is ready. Failed,
// unhealthy and refused ones are failures; unknown and settling ones are errors, since nobody knows yet. Desktops that
// were left alone, or not sent, or are still being rebuilt are skipped.
#pragma once

#include <string>

#include "cli/views/run_report.hpp"

namespace gild {

std::string write_junit(const RunReport& report);

}  // namespace gild
