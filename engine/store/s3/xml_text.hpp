// SPDX-License-Identifier: Apache-2.0
// The answers of an S3 server: elements and text, and nothing else of XML. What holds more (a DOCTYPE, comments, CDATA
// sections, entities of its own) is no answer of S3 and is not read, so that nobody's entity ever expands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gild {

struct XmlElement {
  std::string name;  // without a namespace's prefix
  std::string text;  // of the element itself
  std::vector<XmlElement> children;

  // The first child of that name, or null.
  const XmlElement* find(std::string_view child) const;
  // Its text; empty where there is none.
  std::string_view text_of(std::string_view child) const;
};

// The root; nullopt for anything else than a whole document of that kind.
std::optional<XmlElement> parse_xml(std::string_view text);

}  // namespace gild
