// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/embedded.hpp"

namespace gild {
namespace {

struct SchemaOptions {
  std::string format;
};

void declare(Arguments& arguments, SchemaOptions& options) {
  arguments.positional_choice<std::string>("FORMAT", options.format,
                                           {{"manifest", "manifest"},
                                            {"state", "state"},
                                            {"plan", "plan"},
                                            {"event", "event"},
                                            {"journal", "journal"},
                                            {"validation", "validation"},
                                            {"status", "status"},
                                            {"history", "history"},
                                            {"refresh", "refresh"},
                                            {"remote", "remote"},
                                            {"desktops", "desktops"},
                                            {"report", "report"}},
                                           "whose schema to print");
}

ExitCode run(App& app, const SchemaOptions& options) {
  app.out.write(embedded::schema(fmt::format("{}.schema.json", options.format)));
  return ExitCode::ok;
}

}  // namespace

Command schema_command() {
  return make_command<SchemaOptions>("schema", "print a JSON Schema", CommandGroup::tools, declare, run);
}

}  // namespace gild
