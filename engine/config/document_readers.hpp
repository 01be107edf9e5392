// SPDX-License-Identifier: Apache-2.0
// One YAML document → one draft, kind by kind, field by field as schemas/manifest.schema.json has them. What they find
// wrong goes to the Reporter; nothing here knows of other documents or opens a file.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/config/drafts.hpp"
#include "engine/config/field_reader.hpp"

namespace gild {

struct DocumentContext {
  ReadContext read;
  std::string_view manifest_path;
};

// Reads a document whose apiVersion begins with gild/ and adds what it says to the drafts.
void read_document(const DocumentContext& context, const YamlValue& root, Drafts& drafts);

// The parts of it: `spec` is the value of that key, a mapping, and `owner` the place to complain at where a key is
// missing.
void read_workspace(const DocumentContext& context, const Field& spec, Workspace& out);
void read_group(const DocumentContext& context, const Field& spec, GroupDraft& out);
void read_guardrails(const DocumentContext& context, const Field& spec, Guardrails& out);
// Of metadata, and of the labels by which groups are protected.
std::map<std::string, std::string> read_labels(const ReadContext& context, const Field& labels);
// Of an Image document and of an image written into a group.
ImageRef read_image(const ReadContext& context, const Field& field);

// A document that gild passes over although somebody probably meant it for gild: a warning.
void warn_if_meant_for_gild(const ReadContext& context, const YamlValue& root);

}  // namespace gild
