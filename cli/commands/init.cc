// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/embedded.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 3> kStarters{"workspace.yaml", "images.yaml", "groups.yaml"};
// What the first line of each starter names, so that an editor checks it while somebody types: a copy of the schema,
// since it is to work without a network. Manifests are not looked for in a hidden folder.
constexpr const char* kSchemaFolder = ".gild";
constexpr const char* kSchema = ".gild/manifest.schema.json";

struct InitOptions {
  std::optional<std::string> folder;
  bool quiet = false;
};

void declare(Arguments& arguments, InitOptions& options) {
  arguments.positional("DIR", options.folder, "where to write them (default: the current folder)", ValueHint::folder);
  add_quiet(arguments, options.quiet, "do not say what to do next");
}

void refuse_to_overwrite(const fs::path& folder) {
  std::vector<std::string> present;
  const auto look_for = [&](const char* name) {
    std::error_code missing;
    if (fs::exists(fs::symlink_status(folder / name, missing))) present.emplace_back(name);
  };
  std::for_each(kStarters.begin(), kStarters.end(), look_for);
  look_for(kSchema);
  if (present.empty()) return;
  throw Error(ErrorKind::input,
              fmt::format("{} {} in {} already. Nothing was written.", join_and(present),
                          present.size() == 1 ? "exists" : "exist",
                          folder == "." ? std::string{"this folder"} : folder.string()),
              "gild init never overwrites a file. Name another folder:\n\n    gild init DIR");
}

void make_folder(const fs::path& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem && !fs::is_directory(folder)) throw IoError(folder.string(), "make the folder", problem.value());
}

// "x": the file must not exist, also if somebody made it a moment ago.
void write_new(const fs::path& path, std::string_view text) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "wx"), std::fclose};
  if (file == nullptr) throw IoError(path.string(), "create", errno);
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() || std::fflush(file.get()) != 0) {
    throw IoError(path.string(), "write", errno);
  }
}

std::string next_steps(const InitOptions& options) {
  std::string out = "\nNext:\n\n";
  if (options.folder) out += fmt::format("    cd {}\n", escape_controls(*options.folder));
  return out +
         "    $EDITOR workspace.yaml images.yaml groups.yaml    fill in what is marked FILL IN\n"
         "    gild validate                                     check it\n"
         "    gild refresh                                      record what is there now; needs credentials\n"
         "    gild plan                                         see whose disk would be wiped; touches nothing\n";
}

ExitCode run(App& app, const InitOptions& options) {
  const fs::path folder = options.folder.value_or(".");
  make_folder(folder);
  refuse_to_overwrite(folder);
  make_folder(folder / kSchemaFolder);
  write_new(folder / kSchema, embedded::schema("manifest.schema.json"));
  for (const char* name : kStarters) write_new(folder / name, embedded::starter(name));
  const std::string where = options.folder ? fmt::format(" in {}", escape_controls(*options.folder)) : std::string{};
  app.out.write(fmt::format("Wrote {}{}, and {} for editors.\n{}", join_and({kStarters.begin(), kStarters.end()}),
                            where, kSchema, options.quiet ? std::string{} : next_steps(options)));
  return ExitCode::ok;
}

}  // namespace

Command init_command() {
  return make_command<InitOptions>("init", "starter manifests, commented", CommandGroup::describe, declare, run);
}

}  // namespace gild
