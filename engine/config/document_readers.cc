// SPDX-License-Identifier: Apache-2.0
#include "engine/config/document_readers.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::string_view kVersion = "gild/v1";
constexpr std::array<std::string_view, 4> kKinds = {"DesktopGroup", "Guardrails", "Image", "Workspace"};

constexpr std::array<std::string_view, 4> kDocumentKeys = {"apiVersion", "kind", "metadata", "spec"};
constexpr std::array<Block::Hint, 2> kDocumentHints = {{
    {"name", "It belongs under \"metadata\"."},
    {"labels", "It belongs under \"metadata\"."},
}};
constexpr Block kDocument{"a document", "document", kDocumentKeys, kDocumentHints};

constexpr std::array<std::string_view, 2> kMetadataKeys = {"name", "labels"};
constexpr Block kMetadata{"metadata", "metadata", kMetadataKeys};

constexpr std::array<std::string_view, 3> kImageKeys = {"image_id", "image_type", "os_type"};
constexpr Block kImage{"an image", "image", kImageKeys};

constexpr std::size_t kLongestLabelKey = 63;
constexpr std::size_t kLongestLabelValue = 255;

bool is_label_key(std::string_view text) {
  const auto allowed = [](char c) { return c == '/' || c == '.' || is_word({&c, 1}); };
  return !text.empty() && text.size() <= kLongestLabelKey && is_id(text.substr(0, 1)) &&
         std::all_of(text.begin(), text.end(), allowed);
}

std::optional<PlacedText> read_metadata(const ReadContext& context, const Field& metadata,
                                        std::map<std::string, std::string>& labels_out) {
  if (!is_mapping(context, metadata)) return std::nullopt;
  const FieldReader reader{context, metadata.value, kMetadata};
  if (const auto labels = reader.find_mapping("labels")) labels_out = read_labels(context, *labels);
  const auto name = reader.require("name", context.place(metadata.key));
  if (!name) return std::nullopt;
  auto text = read_text(context, *name, kNameRule);
  if (!text) return std::nullopt;
  return PlacedText{std::move(*text), context.use(name->value)};
}

// The kind as one of ours, or a complaint.
std::optional<std::string_view> read_kind(const ReadContext& context, const Field& kind) {
  const auto text = read_any_text(context, kind);
  if (!text) return std::nullopt;
  const auto known = std::find(kKinds.begin(), kKinds.end(), *text);
  if (known != kKinds.end()) return *known;
  std::string detail = fmt::format(
      "{} is not a kind of document; there are DesktopGroup, Guardrails, Image and Workspace.", in_quotes(*text));
  if (const auto near = nearest(text->substr(0, 100), {kKinds.begin(), kKinds.end()})) {
    detail += fmt::format(" Did you mean \"{}\"?", *near);
  }
  context.error("unknown-kind", "Unknown kind of document", std::move(detail), kind.value);
  return std::nullopt;
}

bool is_known_version(const ReadContext& context, const Field& version) {
  if (version.value.is_scalar() && version.value.text() == kVersion) return true;
  context.error(
      "unknown-version", "Unknown version of the manifest format",
      fmt::format("This gild reads {}, and the document says {}. Write apiVersion: {}, or use the gild that the "
                  "document was written for.",
                  kVersion, in_quotes(version.value.text()), kVersion),
      version.value);
  return false;
}

// Explicit tags would change what values mean; nothing in a manifest needs them.
void refuse_tags(const ReadContext& context, const YamlValue& value) {
  if (value.is_tagged()) {
    context.error("tag", "Tag before a value",
                  "A manifest has no tags such as !!str. Delete it, and put text that looks like a number in quotes.",
                  value);
  }
  if (value.through_alias()) return;
  if (value.is_sequence()) value.for_each_item([&](const YamlValue& item) { refuse_tags(context, item); });
  if (!value.is_mapping()) return;
  value.for_each_pair([&](const YamlValue& key, const YamlValue& member) {
    refuse_tags(context, key);
    refuse_tags(context, member);
  });
}

}  // namespace

// Labels are for people and other tools, and for Guardrails that protect groups by them.
std::map<std::string, std::string> read_labels(const ReadContext& context, const Field& labels) {
  std::vector<std::pair<std::string_view, YamlValue>> seen;
  std::map<std::string, std::string> out;
  labels.value.for_each_pair([&](const YamlValue& key, const YamlValue& value) {
    if (!key.is_scalar() || key.type() != PlainType::text || !is_label_key(key.text())) {
      return context.error(
          "bad-key", "Label that cannot be a name",
          "The name of a label has 1 to 63 letters, digits and _ . / - and begins with a letter or digit. "
          "One that looks like a number needs quotes.",
          key);
    }
    seen.emplace_back(key.text(), key);
    const auto text = read_any_text(context, {key.text(), key, value});
    if (text && (count_code_points(*text) > kLongestLabelValue || !is_single_line(*text))) {
      context.error("bad-value", "Value not allowed", "The value of a label is one line of 255 characters at most.",
                    value);
    } else if (text) {
      out.emplace(key.text(), *text);
    }
  });
  std::stable_sort(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 1; i < seen.size(); ++i) {
    if (seen[i].first != seen[i - 1].first) continue;
    context.reporter.error("duplicate-key", "Key given twice",
                           "This label stands twice in the same mapping, and only one could hold. Delete one of them.",
                           context.place(seen[i].second),
                           {{context.place(seen[i - 1].second).location, "It stands here for the first time."}});
  }
  return out;
}

ImageRef read_image(const ReadContext& context, const Field& field) {
  ImageRef image;
  if (!is_mapping(context, field)) return image;
  const FieldReader reader{context, field.value, kImage};
  const Place owner = context.place(field.key);
  if (const auto id = reader.require("image_id", owner)) {
    image.image_id = ImageId{read_text(context, *id, kIdRule).value_or("")};
  }
  if (const auto type = reader.require("image_type", owner)) {
    static constexpr TextRule kRule{is_word, kMaxIdLength, "It is \"gold\", \"private\" or \"market\"."};
    image.image_type = read_text(context, *type, kRule).value_or("");
    if (!image.image_type.empty() && image.image_type != "gold" && image.image_type != "private" &&
        image.image_type != "market") {
      std::string detail =
          fmt::format("gild knows \"gold\", \"private\" and \"market\"; {} is sent to the service as it is.",
                      in_quotes(image.image_type));
      std::string lower = image.image_type;
      std::transform(lower.begin(), lower.end(), lower.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
      if (const auto near = nearest(lower, {"gold", "private", "market"}))
        detail += fmt::format(" Did you mean \"{}\"?", *near);
      context.warning("unknown-image-type", "Unknown image type", std::move(detail), type->value);
    }
  }
  if (const auto os = reader.find("os_type")) {
    static constexpr TextRule kRule{is_single_line, kMaxIdLength, "Write one line, such as Windows or Linux."};
    image.os_type = read_text(context, *os, kRule);
  }
  return image;
}

void read_document(const DocumentContext& context, const YamlValue& root, Drafts& drafts) {
  const ReadContext& read = context.read;
  ++drafts.documents;
  refuse_tags(read, root);
  std::optional<Field> version;
  root.for_each_pair([&](const YamlValue& key, const YamlValue& value) {
    if (key.is_scalar() && key.text() == "apiVersion" && !version) version = Field{"apiVersion", key, value};
  });
  if (!version->value.is_scalar() || !is_known_version(read, *version)) {
    drafts.names_incomplete = true;
    return;
  }
  const FieldReader reader{read, root, kDocument};
  const Place owner = read.place(version->key);
  const auto kind_field = reader.require("kind", owner);
  const auto kind = kind_field ? read_kind(read, *kind_field) : std::nullopt;
  const auto metadata = reader.require("metadata", owner);
  std::map<std::string, std::string> labels;
  auto name = metadata ? read_metadata(read, *metadata, labels) : std::nullopt;
  const auto spec = reader.require("spec", owner);
  if (!kind || !name) drafts.names_incomplete = true;
  if (!name) name = PlacedText{"", owner};
  if (!kind) return;
  if (*kind == "Workspace") {
    Workspace workspace;
    workspace.name = WorkspaceName{name->text};
    if (spec && is_mapping(read, *spec)) read_workspace(context, *spec, workspace);
    drafts.workspaces.push_back({std::move(*name), std::move(workspace)});
  } else if (*kind == "Image") {
    ImageRef image = spec ? read_image(read, *spec) : ImageRef{};
    drafts.images.push_back({std::move(*name), std::move(image)});
  } else if (*kind == "Guardrails") {
    Guardrails guardrails;
    guardrails.name = name->text;
    if (spec && is_mapping(read, *spec)) read_guardrails(context, *spec, guardrails);
    drafts.guardrails.push_back({std::move(*name), std::move(guardrails)});
  } else {
    GroupDraft group;
    group.name = std::move(*name);
    group.labels = std::move(labels);
    if (spec && is_mapping(read, *spec)) read_group(context, *spec, group);
    drafts.groups.push_back(std::move(group));
  }
}

void warn_if_meant_for_gild(const ReadContext& context, const YamlValue& root) {
  std::optional<YamlValue> kind;
  std::optional<YamlValue> version;
  root.for_each_pair([&](const YamlValue& key, const YamlValue& value) {
    if (!key.is_scalar()) return;
    if (key.text() == "apiVersion") version = value;
    if (key.text() == "kind" && value.is_scalar()) kind = value;
  });
  if (!kind || std::find(kKinds.begin(), kKinds.end(), kind->text()) == kKinds.end()) return;
  // With an apiVersion of its own the document may well be somebody else's, unless that is nearly ours.
  if (version && (!version->is_scalar() || !nearest(version->text().substr(0, 100), {kVersion}))) return;
  context.warning("passed-over", "Document that is passed over",
                  version ? fmt::format("Its apiVersion is {}, so gild does not read it. For a manifest of gild write "
                                        "apiVersion: {}",
                                        in_quotes(version->text()), kVersion)
                          : fmt::format("It has no apiVersion, so gild does not read it. For a manifest of gild add "
                                        "apiVersion: {}",
                                        kVersion),
                  version.value_or(*kind));
}

}  // namespace gild
