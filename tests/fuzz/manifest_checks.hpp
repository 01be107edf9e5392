// SPDX-License-Identifier: Apache-2.0
// What holds for every manifest that was read, whatever stood in it.
#pragma once

#include <algorithm>
#include <string>

#include "engine/codec/plan_codec.hpp"
#include "engine/config/manifest_loader.hpp"
#include "engine/core/text.hpp"
#include "engine/plan/planner.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace gild::fuzz {

// A complaint that points past the end of a file, or nowhere, helps nobody.
inline void check_place(const Location& place, std::uint32_t length, const SourceMap& sources) {
  require(place.file < sources.size(), "a complaint names a file that was read");
  if (place.line == 0) return;
  const std::string& text = sources.text(place.file);
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  require(place.line <= lines, "a complaint names a line of its file", sources.describe(place));
  const std::size_t width = count_code_points(sources.line(place));
  // Right behind the last character is a place too: "something is missing here".
  require(place.column >= 1 && place.column <= width + 1, "a complaint names a column of its line",
          sources.describe(place));
  require(length >= 1, "a complaint underlines something", sources.describe(place));
}

inline void check_diagnostics(const LoadedManifest& loaded) {
  require(loaded.manifest.has_value() == !loaded.diagnostics.has_errors(), "a manifest is there where no error is");
  for (const Diagnostic& diagnostic : loaded.diagnostics.items()) {
    require(!diagnostic.code.empty() && !diagnostic.summary.empty() && !diagnostic.detail.empty(),
            "a complaint says what is wrong", diagnostic.code);
    check_place(diagnostic.location, diagnostic.length, loaded.sources);
    for (const RelatedPlace& related : diagnostic.related) check_place(related.location, 1, loaded.sources);
    const std::string shown = render(diagnostic, loaded.sources);
    for_each_line(shown, [](std::string_view line) {
      require_same(escape_controls(line), line, "a complaint drives no terminal");
    });
  }
}

// What the loader lets through can be planned, and the plan can be saved, read again, and carried out to an end.
inline void check_plans(const Manifest& manifest) {
  for (const DesktopGroup& group : manifest.groups) {
    require(std::is_sorted(group.desktops.begin(), group.desktops.end(),
                           [](const DesktopEntry& a, const DesktopEntry& b) { return a.id <= b.id; }),
            "a group's desktops are sorted, each once");
  }
  const Plan plan = make_plan(manifest, State{});
  const std::string text = write_plan(plan);
  require_same(write_plan(read_plan(text, "plan.json")), text, "a plan that was saved reads as the same plan");

  State done;
  done.lineage = "l";
  for (const DesktopGroup& group : manifest.groups) {
    for (const DesktopEntry& entry : group.desktops) {
      done.desktops[{group.workspace, entry.id}].image = image_state_of(group.target);
    }
  }
  require(make_plan(manifest, done).empty(), "where every desktop has what is wanted, nothing is rebuilt");
}

inline void check_manifest(const LoadedManifest& loaded) {
  check_diagnostics(loaded);
  if (loaded.manifest) check_plans(*loaded.manifest);
}

}  // namespace gild::fuzz
