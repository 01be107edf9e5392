// SPDX-License-Identifier: Apache-2.0
#include "engine/config/manifest_loader.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/config/desktop_lists.hpp"
#include "engine/config/document_readers.hpp"
#include "engine/config/drafts.hpp"
#include "engine/config/manifest_rules.hpp"
#include "engine/config/reporter.hpp"
#include "engine/config/text_file.hpp"
#include "engine/config/yaml_reader.hpp"
#include "engine/core/parallel.hpp"
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

template <class Item>
void move_to_end(std::vector<Item>& to, std::vector<Item>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Reads one file, with nothing in common with the readers of other files.
class FileReader {
 public:
  FileReader(std::uint32_t file, SourceMap& sources, std::uint64_t alias_nodes = 0)
      : file_(file), sources_(sources), alias_nodes_(alias_nodes) {}

  void read_file() { read(read_source(file_, sources_, reporter_)); }
  void read_text(std::string text) { read(take_source(file_, std::move(text), sources_, reporter_)); }
  // Once more, where the files before it have used up `alias_nodes` of what aliases may stand for.
  FileReader again(std::uint64_t alias_nodes) const {
    FileReader other{file_, sources_, alias_nodes};
    other.read(true);
    return other;
  }

  std::uint64_t alias_nodes() const { return alias_nodes_; }
  Reporter& reporter() { return reporter_; }
  Drafts& drafts() { return drafts_; }

 private:
  void read(bool readable) {
    if (!readable) {
      drafts_.names_incomplete = true;
      return;
    }
    const std::string_view text = sources_.text(file_);
    const Locator locator{file_, text};
    read_yaml(text, {[&](const YamlDocument& document) { take(document, locator); },
                     [&](const YamlProblem& problem) { complain(problem, locator); }});
  }

  void complain(const YamlProblem& problem, const Locator& locator) {
    drafts_.names_incomplete = true;
    std::string detail = problem.detail;
    if (sources_.text(file_).find("gild/") == std::string::npos) {
      detail += " If this file is not meant for gild, name the ones that are on the command line.";
    }
    reporter_.error(problem.code, problem.summary, std::move(detail), locator.range(problem.begin, problem.end));
  }

  void take(const YamlDocument& document, const Locator& locator) {
    const YamlValue root = document.root();
    if (!root.is_mapping()) return;
    const DocumentContext context{{locator, reporter_}, sources_.path(file_)};
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

  std::uint32_t file_;
  SourceMap& sources_;
  std::uint64_t alias_nodes_;
  Reporter reporter_;
  Drafts drafts_;
};

class Loader {
 public:
  void read_files(const std::vector<std::string>& paths) {
    const FoundFiles found = find_manifest_files(paths, sources_, reporter_);
    if (!found.complete) drafts_.names_incomplete = true;
    // Their numbers first: the files are read side by side, and what is said of them comes in this order all the same.
    std::vector<FileReader> readers;
    readers.reserve(found.paths.size());
    for (const std::string& path : found.paths) readers.emplace_back(sources_.add(path, {}), sources_);
    for_each_index(readers.size(), [&](std::size_t i) { readers[i].read_file(); });
    for (FileReader& reader : readers) take_over(reader);
    files_ = found.paths.size();
  }
  void complain_if_nothing_is_there(const std::vector<std::string>& paths) {
    complain_if_nothing_is_there(paths, files_);
  }

  void read_text(std::string path, std::string text) {
    FileReader reader{sources_.add(path, {}), sources_};
    reader.read_text(std::move(text));
    take_over(reader);
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

  LoadedGuardrails finish_guardrails(const std::string& path) && {
    const auto complain = [&](std::string_view kind, const auto& drafts) {
      for (const auto& draft : drafts) {
        reporter_.error(
            "not-guardrails", "Document that is no Guardrails",
            fmt::format("--guardrails names files with documents of kind Guardrails alone, and this is a {}. "
                        "Manifests are named as paths.",
                        kind),
            draft.name.place);
      }
    };
    complain("Workspace", drafts_.workspaces);
    complain("Image", drafts_.images);
    complain("DesktopGroup", drafts_.groups);
    // A file without any would be a guard that is not there.
    if (drafts_.documents == 0 && !drafts_.names_incomplete) {
      reporter_.error("no-guardrails", "No Guardrails found",
                      fmt::format("No document at {} says apiVersion: gild/v1 and kind: Guardrails.", in_quotes(path)),
                      place_of_path(path, sources_));
    }
    Drafts alone;
    alone.guardrails = std::move(drafts_.guardrails);
    Manifest manifest = combine(std::move(alone), reporter_);
    LoadedGuardrails out;
    if (!reporter_.has_errors()) out.guardrails = std::move(manifest.guardrails);
    out.diagnostics = reporter_.take();
    out.sources = std::move(sources_);
    return out;
  }

 private:
  void take_over(FileReader& reader) {
    if (reader.alias_nodes() > 0 && alias_nodes_ + reader.alias_nodes() > kMostAliasNodes) {
      FileReader again = reader.again(alias_nodes_);
      alias_nodes_ = again.alias_nodes();
      return add(again);
    }
    alias_nodes_ += reader.alias_nodes();
    add(reader);
  }

  void add(FileReader& reader) {
    reporter_.absorb(std::move(reader.reporter()));
    drafts_.absorb(std::move(reader.drafts()));
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
  std::size_t files_ = 0;
};

}  // namespace

void Drafts::absorb(Drafts&& other) {
  move_to_end(workspaces, std::move(other.workspaces));
  move_to_end(images, std::move(other.images));
  move_to_end(groups, std::move(other.groups));
  move_to_end(guardrails, std::move(other.guardrails));
  documents += other.documents;
  names_incomplete = names_incomplete || other.names_incomplete;
}

LoadedManifest load_manifest(const std::vector<std::string>& paths) {
  const std::vector<std::string> places = paths.empty() ? std::vector<std::string>{"."} : paths;
  Loader loader;
  loader.read_files(places);
  loader.complain_if_nothing_is_there(places);
  return std::move(loader).finish();
}

LoadedGuardrails load_guardrails(const std::string& path) {
  Loader loader;
  loader.read_files({path});
  return std::move(loader).finish_guardrails(path);
}

LoadedManifest load_manifest_text(std::string path, std::string text) {
  Loader loader;
  loader.read_text(std::move(path), std::move(text));
  return std::move(loader).finish();
}

}  // namespace gild
