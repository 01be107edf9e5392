// SPDX-License-Identifier: Apache-2.0
// The desktops of a plan as cli/page/plan.js reads them: a column for each thing that differs, and everything that
// many have alike once. 100,000 desktops are some 6 MB, a sixth of the plan's own JSON.
#pragma once

#include <string>

#include "cli/views/short_ids.hpp"
#include "engine/model/plan.hpp"

namespace gild {

// JSON. By group, what is wiped first, as its batches are sent:
//   groups, workspaces, reasons, batches: texts
//   images: [short id, id, type, operating system, revision], each text or null
//   kinds: [workspace, group, action, reason, from, to, data disks]: places in the lists above, data disks as a number;
//     null where there is none or it is not known. Of actions see the page
//   ids, names, kind, batch: one entry for each desktop; the last two are places in `kinds` and `batches`
std::string plan_html_data(const Plan& plan, const ShortIds& images);

}  // namespace gild
