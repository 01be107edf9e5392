// SPDX-License-Identifier: Apache-2.0
// The parts that the state, the journal, plans and events have in common, each as a pair of functions. Every field is
// always present and null means none (schemas/README.md). Used inside this folder, and by what else prints JSON (cli).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/codec/members.hpp"
#include "engine/core/json_writer.hpp"
#include "engine/model/journal_record.hpp"
#include "engine/model/state.hpp"

namespace gild {

template <class IdType>
void write_id(JsonWriter& json, std::string_view key, const std::optional<IdType>& id) {
  json.key(key);
  id ? json.string(id->str()) : json.null();
}
template <class IdType>
void write_id(JsonWriter& json, std::string_view key, const OptionalText<IdType>& id) {
  id ? json.field(key, id->str()) : json.null_field(key);
}
template <class IdType>
void write_id(JsonWriter& json, std::string_view key, const IdType& id) {
  json.field(key, id.str());
}
template <class Ids>
void write_ids(JsonWriter& json, std::string_view key, const Ids& ids) {
  json.key(key);
  json.begin_array();
  for (const auto& id : ids) json.string(id.str());
  json.end_array();
}
// A list of objects, each written by write(item).
template <class Items, class Write>
void write_list(JsonWriter& json, std::string_view key, const Items& items, Write write) {
  json.key(key);
  json.begin_array();
  for (const auto& item : items) {
    json.begin_object();
    write(item);
    json.end_object();
  }
  json.end_array();
}
void write_strings(JsonWriter& json, std::string_view key, const std::vector<std::string>& strings);
void write_integer(JsonWriter& json, std::string_view key, const std::optional<int>& number);
void write_time(JsonWriter& json, std::string_view key, Time time);
void write_time(JsonWriter& json, std::string_view key, const std::optional<Time>& time);
// Seconds, with a fraction of up to three digits where there is one: 15, 0.5.
void write_seconds(JsonWriter& json, std::string_view key, Duration duration);
Duration read_seconds(const JsonValue& value, double least, double most);

// {"image_id","image_type","os_type","revision"}: the form of both a target and an image that was there. The _fields
// forms write the members into an object that is open already.
void write_target(JsonWriter& json, std::string_view key, const Target& target);
Target read_target(const JsonValue& value);
std::optional<Target> read_optional_target(const JsonValue* value);
void write_image_fields(JsonWriter& json, const ImageState& image);
void write_image(JsonWriter& json, std::string_view key, const ImageState& image);
ImageState read_image_fields(Members& members);
ImageState read_image(const JsonValue& value);
std::optional<ImageState> read_optional_image(const JsonValue* value);

void write_option_fields(JsonWriter& json, const RebuildOptions& options);
RebuildOptions read_option_fields(Members& members);

void write_details(JsonWriter& json, std::string_view key, const ObservedDetails& details);
ObservedDetails read_details(const JsonValue& value);

void write_look(JsonWriter& json, const Look& look);  // an open object's members
Look read_look(Members& members);

void write_rollout_groups(JsonWriter& json, std::string_view key, const std::vector<RolloutGroup>& groups);
void write_rollout_group_fields(JsonWriter& json, const RolloutGroup& group);
RolloutGroup read_rollout_group(const JsonValue& value);

void write_error(JsonWriter& json, std::string_view key, const ServiceError& error);
ServiceError read_error(const JsonValue& value);

// The same for what may not be there, in a std::optional or a SharedOptional.
template <template <class> class Optional>
void write_target(JsonWriter& json, std::string_view key, const Optional<Target>& target) {
  target ? write_target(json, key, *target) : json.null_field(key);
}
template <template <class> class Optional>
void write_image(JsonWriter& json, std::string_view key, const Optional<ImageState>& image) {
  image ? write_image(json, key, *image) : json.null_field(key);
}
template <template <class> class Optional>
void write_details(JsonWriter& json, std::string_view key, const Optional<ObservedDetails>& details) {
  details ? write_details(json, key, *details) : json.null_field(key);
}

// The value of an enumeration by its name: `parse` is its …_from() function.
template <class Parse>
auto read_name(const JsonValue& value, Parse parse) {
  const auto found = parse(value.as_string());
  if (!found) value.fail("\"" + std::string(value.as_string()) + "\" is not one of the values that this gild knows");
  return *found;
}

}  // namespace gild
