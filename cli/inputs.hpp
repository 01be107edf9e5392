// SPDX-License-Identifier: Apache-2.0
// What most commands begin with: manifests, the state, files by name. Problems of what the user wrote are shown on
// standard error, all of them, before the command gives up.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/app.hpp"
#include "engine/model/manifest.hpp"

namespace gild {

// The manifests at `paths`, or in the current folder where there are none. Warnings are shown and do no harm. Throws
// Error(input) where there are errors; `so` says what was not done: "nothing was planned".
Manifest require_manifest(App& app, const std::vector<std::string>& paths, const std::string& so);

// The Guardrails in these files (--guardrails). Throws Error(input) where there are errors, or where one has none.
std::vector<Guardrails> require_guardrails(App& app, const std::vector<std::string>& files, const std::string& so);
// The same, added to those of the manifests: all of them hold.
void add_guardrails_of(App& app, const std::vector<std::string>& files, const std::string& so, Manifest& manifest);

// --state, else GILD_STATE, else gild.state.json.
std::unique_ptr<StateStore> open_state(App& app, const std::optional<std::string>& option);

// What is stored there, for commands that only look. Where the state has moved on, a warning on standard error says
// where to, since what is left behind is old.
State look_at_state(App& app, StateStore& store);
void warn_if_moved(App& app, const State& state, const StateStore& store);

// Throws IoError where there is no such file.
std::string read_file(App& app, const std::string& path);

}  // namespace gild
