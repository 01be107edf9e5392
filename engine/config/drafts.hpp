// SPDX-License-Identifier: Apache-2.0
// What single documents said, before they are checked against each other. A field that could not be read is absent
// here, and its complaint is with the Reporter: the checks that follow only look at what is there, so that one mistake
// is not told twice.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/source_text.hpp"
#include "engine/model/manifest.hpp"

namespace gild {

// A name where it stands: of a document, or in a reference to one.
struct PlacedText {
  std::string text;
  Place place;
};

struct WorkspaceDraft {
  PlacedText name;
  Workspace workspace;
};

struct ImageDraft {
  PlacedText name;
  ImageRef image;
};

inline Place place_of(const DesktopEntry& desktop) {
  return {desktop.location, desktop.length};
}

struct GroupDraft {
  PlacedText name;
  bool names_workspace = false;  // the key is there, whether or not it could be read
  std::optional<PlacedText> workspace;
  std::optional<PlacedText> image_name;  // or the image itself, in `target`
  Target target;
  std::vector<DesktopEntry> desktops;  // as they stand, first those of the manifest, then those of the lists
  std::vector<PlacedText> lists;       // desktop_files, as paths seen from the working folder
  std::vector<PlacedText> excluded;
  bool desktops_complete = true;  // false: an id or a list could not be read
  RebuildOptions rebuild;
  RolloutSettings rollout;
  std::map<std::string, std::string> labels;
  std::vector<std::string> rollout_given;
};

struct GuardrailsDraft {
  PlacedText name;
  Guardrails guardrails;
};

struct Drafts {
  std::vector<WorkspaceDraft> workspaces;
  std::vector<ImageDraft> images;
  std::vector<GroupDraft> groups;
  std::vector<GuardrailsDraft> guardrails;
  std::size_t documents = 0;  // of gild, whatever became of them
  // Something could not be read that may have held a name: a reference to nothing proves nothing then.
  bool names_incomplete = false;

  // Takes over what other files said.
  void absorb(Drafts&& other);
};

}  // namespace gild
