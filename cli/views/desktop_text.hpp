// SPDX-License-Identifier: Apache-2.0
// Recorded desktops for people: how a status, an image and a desktop are named, a table of many (`state list`) and all
// there is to say of one (`state show`).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/style.hpp"
#include "cli/views/short_ids.hpp"
#include "engine/model/state.hpp"

namespace gild {

// `text` in the colour of a status.
std::string paint(const Style& style, DesktopStatus status, std::string_view text);

// "image 6b0f77d1…, revision 2026-w47"
std::string describe_image(const ShortIds& images, const std::optional<ImageId>& image,
                           const std::optional<std::string>& revision);

// "FIN-017 (2f4a…)", or the id alone.
std::string describe_desktop(const ShortIds& ids, const DesktopId& id, const DesktopRecord& desktop);

// All image ids of a state, cut to tell them apart, or whole.
enum class IdLength { cut, whole };
ShortIds image_ids(const State& state, IdLength length);

// What a look at an open request found of one of its desktops: "2026-11-24T20:02:00Z: complete; quiet: …"
std::string describe_look(const Look& look, const DesktopId& id);

std::string_view describe_completeness(LookCompleteness completeness);
std::string describe_finding(const Finding& finding);

struct DesktopRow {
  const DesktopKey* key = nullptr;
  const DesktopRecord* desktop = nullptr;
};

// Ids in full, since commands want them so. One line each where that fits, else two.
std::string render_desktop_table(const std::vector<DesktopRow>& rows, const ShortIds& images, std::size_t width,
                                 const Style& style);

// One desktop with everything that the state knows of it: ids in full, the image before, its last job, and what is
// open with the looks at it. `now` gives ages.
std::string render_desktop(const State& state, const DesktopKey& key, Time now, std::size_t width, const Style& style);

}  // namespace gild
