// SPDX-License-Identifier: Apache-2.0
#include "cli/inputs.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>

#include <fmt/format.h>

#include "cli/views/diagnostic_text.hpp"
#include "cli/views/error_text.hpp"
#include "engine/config/manifest_loader.hpp"
#include "engine/core/error.hpp"
#include "engine/core/shell_word.hpp"
#include "engine/core/text.hpp"

namespace gild {

Manifest require_manifest(App& app, const std::vector<std::string>& paths, const std::string& so) {
  LoadedManifest loaded = load_manifest(paths.empty() ? std::vector<std::string>{"."} : paths);
  if (!loaded.diagnostics.empty()) {
    app.err.write(render_diagnostics(loaded.diagnostics, loaded.sources, app.sentence_width(), app.style_of(app.err)));
  }
  if (!loaded.manifest || loaded.diagnostics.has_errors()) {
    throw Error(ErrorKind::input,
                fmt::format("{}; {}.", count_problems(loaded.diagnostics, loaded.sources.size()), so));
  }
  return std::move(*loaded.manifest);
}

std::vector<Guardrails> require_guardrails(App& app, const std::vector<std::string>& files, const std::string& so) {
  std::vector<Guardrails> out;
  for (const std::string& file : files) {
    LoadedGuardrails loaded = load_guardrails(file);
    if (!loaded.diagnostics.empty()) {
      app.err.write(
          render_diagnostics(loaded.diagnostics, loaded.sources, app.sentence_width(), app.style_of(app.err)));
    }
    if (!loaded.guardrails) {
      throw Error(ErrorKind::input,
                  fmt::format("{}; {}.", count_problems(loaded.diagnostics, loaded.sources.size()), so));
    }
    std::move(loaded.guardrails->begin(), loaded.guardrails->end(), std::back_inserter(out));
  }
  return out;
}

void add_guardrails_of(App& app, const std::vector<std::string>& files, const std::string& so, Manifest& manifest) {
  for (Guardrails& rails : require_guardrails(app, files, so)) manifest.guardrails.push_back(std::move(rails));
}

std::unique_ptr<StateStore> open_state(App& app, const std::optional<std::string>& option) {
  if (option) return app.open_state(*option);
  return app.open_state(app.environment("GILD_STATE").value_or("gild.state.json"));
}

State look_at_state(App& app, StateStore& store) {
  State state = store.read();
  warn_if_moved(app, state, store);
  return state;
}

void warn_if_moved(App& app, const State& state, const StateStore& store) {
  if (!state.moved_to) return;
  app.err.write(render_message("warning",
                               fmt::format("The state in {} has moved to {}. What is left here is as old as that.",
                                           escape_controls(store.describe()), escape_controls(*state.moved_to)),
                               fmt::format("See the new place with:\n\n    --state {}", shell_word(*state.moved_to)),
                               app.sentence_width(), app.style_of(app.err)));
}

std::string read_file(App& app, const std::string& path) {
  const auto file = app.disk.open(app.disk.resolve(path), FileAccess::read);
  if (file == nullptr) throw IoError(path, "read", ENOENT);
  return file->read();
}

}  // namespace gild
