// SPDX-License-Identifier: Apache-2.0
// What `state list` prints with --format csv: RFC 4180, one line of column names, then a desktop a line. The columns
// are fields of the state by their names there; new ones come at the end.
#pragma once

#include <string>
#include <vector>

#include "cli/views/desktop_text.hpp"

namespace gild {

// Text that a spreadsheet would run as a formula (names come from the service and from manifests) gets a ' in front.
std::string write_desktops_csv(const std::vector<DesktopRow>& rows);

}  // namespace gild
