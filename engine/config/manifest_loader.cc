// SPDX-License-Identifier: Apache-2.0
#include "engine/config/manifest_loader.hpp"

#include <utility>

#include <fmt/format.h>

#include "engine/config/desktop_lists.hpp"
#include "engine/config/document_readers.hpp"
#include "engine/config/drafts.hpp"
#include "engine/config/manifest_rules.hpp"
#include "engine/config/reporter.hpp"
#include "engine/config/text_file.hpp"
#include "engine/config/yaml_reader.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

bool is_for_gild(const YamlValue& root) {
  bool found = false;
  root.for_each_pair([&](const YamlValue& key, const YamlValue& value) {
    found = found ||
            (key.is_scalar() && key.text() == "apiVersion" && value.is_scalar() && value.text().starts_with("gild/"));
  });
  return found;
}

class Loader {
 public:
  void read_files(const std::vector<std::string>& paths) {
    const FoundFiles found = find_manifest_files(paths, sources_, reporter_);
    if (!found.complete) drafts_.names_incomplete = true;
    for (const std::string& path : found.paths) {
      if (const auto file = add_file(path, sources_, reporter_)) {
        read(*file);
      } else {
        drafts_.names_incomplete = true;
      }
    }
    complain_if_nothing_is_there(paths, found.paths.size());
  }

  void read_text(std::string path, std::string text) {
    if (const auto file = add_text(path, std::move(text), sources_, reporter_)) {
      read(*file);
    } else {
      drafts_.names_incomplete = true;
    }
    complain_if_nothing_is_there({std::move(path)}, 1);
  }

  LoadedManifest finish() && {
    read_desktop_lists(drafts_.groups, sources_, reporter_);
    Manifest manifest = combine(std::move(drafts_), reporter_);
    LoadedManifest out;
    if (!reporter_.has_errors()) out.manifest = std::move(manifest);
    out.diagnostics = reporter_.take();
    out.sources = std::move(sources_);
    return out;
  }

 private:
  void read(std::uint32_t file) {
    const std::string_view text = sources_.text(file);  // stays where it is: nothing is added while it is read
    const Locator locator{file, text};
    read_yaml(text, {[&](const YamlDocument& document) { take(document, locator); },
                     [&](const YamlProblem& problem) { complain(problem, locator); }});
  }

  void complain(const YamlProblem& problem, const Locator& locator) {
    drafts_.names_incomplete = true;
    std::string detail = problem.detail;
    if (sources_.text(locator.file()).find("gild/") == std::string::npos) {
      detail += " If this file is not meant for gild, name the ones that are on the command line.";
    }
    reporter_.error(problem.code, problem.summary, std::move(detail), locator.range(problem.begin, problem.end));
  }

  void take(const YamlDocument& document, const Locator& locator) {
    const YamlValue root = document.root();
    if (!root.is_mapping()) return;
    const DocumentContext context{{locator, reporter_}, sources_.path(locator.file())};
    if (!is_for_gild(root)) return warn_if_meant_for_gild(context.read, root);
    if (is_reasonable(document, locator)) {
      read_document(context, root, drafts_);
    } else {
      ++drafts_.documents;
      drafts_.names_incomplete = true;
    }
  }

  // The limits of contract 3, before anything is read from the document.
  bool is_reasonable(const YamlDocument& document, const Locator& locator) {
    const YamlExcess& excess = document.excess();
    if (excess.too_deep) {
      reporter_.error("too-deep", "Nesting too deep",
                      fmt::format("Lists and mappings stand inside each other more than {} levels deep from here on. A "
                                  "manifest needs no more than 6.",
                                  kDeepestNesting),
                      locator.range(excess.deep_offset, excess.deep_offset + 1));
    }
    if (excess.contains_itself) {
      reporter_.error(
          "alias-loop", "Alias inside its own anchor",
          "This alias stands for something that it is itself a part of, so it would never end. Write out what "
          "is meant.",
          locator.range(excess.loop_offset, excess.loop_offset + 1));
    }
    if (excess.too_many || alias_nodes_ + excess.alias_nodes > kMostAliasNodes) {
      const std::size_t begin = excess.too_many ? excess.alias_offset : document.root().begin();
      reporter_.error(
          "alias-bomb", "Aliases that stand for too much",
          fmt::format("With this, the aliases of the manifests stand for more than {} values. Write a list once, "
                      "in a file that \"desktop_files\" names.",
                      grouped(kMostAliasNodes)),
          locator.range(begin, begin + 1));
      return false;
    }
    alias_nodes_ += excess.alias_nodes;
    return !excess.too_deep && !excess.contains_itself;
  }

  void complain_if_nothing_is_there(const std::vector<std::string>& paths, std::size_t files) {
    if (drafts_.documents > 0 || drafts_.names_incomplete) return;
    std::vector<std::string> places;
    for (const std::string& path : paths) places.push_back(in_quotes(path));
    const std::string looked =
        files == 0 ? fmt::format("There is no file that ends with .yaml or .yml below {}.", join_and(places))
                   : fmt::format("Looked through {} at {}; no document there says apiVersion: gild/v1.",
                                 plural(files, "file"), join_and(places));
    reporter_.error("no-manifest", "No manifest found",
                    fmt::format("{} To begin with an example, run:\n\n    gild init", looked),
                    place_of_path(paths.front(), sources_));
  }

  SourceMap sources_;
  Reporter reporter_;
  Drafts drafts_;
  std::uint64_t alias_nodes_ = 0;
};

}  // namespace

LoadedManifest load_manifest(const std::vector<std::string>& paths) {
  Loader loader;
  loader.read_files(paths.empty() ? std::vector<std::string>{"."} : paths);
  return std::move(loader).finish();
}

LoadedManifest load_manifest_text(std::string path, std::string text) {
  Loader loader;
  loader.read_text(std::move(path), std::move(text));
  return std::move(loader).finish();
}

}  // namespace gild
