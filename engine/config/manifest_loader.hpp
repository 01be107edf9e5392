// SPDX-License-Identifier: Apache-2.0
// Manifest files → Manifest + Diagnostics. Reads all files, finds all problems of a run and reports them together, each
// at its place. Opens the files that the paths and the manifests in them name, and nothing else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/core/diagnostic.hpp"
#include "engine/core/source_map.hpp"
#include "engine/model/manifest.hpp"

namespace gild {

struct LoadedManifest {
  std::optional<Manifest> manifest;  // set where there are no errors; there may be warnings
  Diagnostics diagnostics;           // sorted by place
  SourceMap sources;                 // what the diagnostics and the locations in the manifest point into
};

// Files and folders as contract 2 has them; no path means the current folder.
LoadedManifest load_manifest(const std::vector<std::string>& paths);

struct LoadedGuardrails {
  std::optional<std::vector<Guardrails>> guardrails;  // set where there are no errors
  Diagnostics diagnostics;
  SourceMap sources;
};

// What `--guardrails` names: documents of kind Guardrails, at least one, and nothing else of gild's.
LoadedGuardrails load_guardrails(const std::string& path);

// One file that is at hand already. Lists of desktops that it names are looked for beside `path`.
LoadedManifest load_manifest_text(std::string path, std::string text);

}  // namespace gild
