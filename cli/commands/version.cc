// SPDX-License-Identifier: Apache-2.0
#include "cli/version.hpp"

#include <fmt/format.h>

#include "cli/commands/commands.hpp"

namespace gild {
namespace {

struct VersionOptions {};

void declare(Arguments&, VersionOptions&) {}

ExitCode run(App& app, const VersionOptions&) {
  app.out.write(fmt::format("gild {}\n", version()));
  return ExitCode::ok;
}

}  // namespace

Command version_command() {
  return make_command<VersionOptions>("version", "the version of gild", CommandGroup::tools, declare, run);
}

}  // namespace gild
