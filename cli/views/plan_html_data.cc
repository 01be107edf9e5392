// SPDX-License-Identifier: Apache-2.0
#include "cli/views/plan_html_data.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/core/json_writer.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

using Place = std::optional<std::int64_t>;

void put(JsonWriter& json, Place number) {
  number ? json.integer(*number) : json.null();
}

// Whatever cannot be seen is seen in the page too.
void put_text(JsonWriter& json, const OptionalText<SharedText>& text) {
  if (!text) {
    json.null();
  } else {
    json.string(escape_controls(*text));
  }
}

// Values of one kind, each once, by the place at which it was first seen.
template <class Value>
class Table {
 public:
  std::int64_t place_of(const Value& value) {
    const auto [known, is_new] = places_.emplace(value, static_cast<std::int64_t>(values_.size()));
    if (is_new) values_.push_back(value);
    return known->second;
  }
  const std::vector<Value>& values() const { return values_; }

 private:
  std::map<Value, std::int64_t> places_;
  std::vector<Value> values_;
};

using Texts = Table<std::string_view>;
using Image = std::tuple<OptionalText<ImageId>, OptionalText<SharedText>, OptionalText<SharedText>,
                         OptionalText<SharedText>>;  // id, type, operating system, revision
using Kind = std::array<Place, 7>;

class PlanData {
 public:
  PlanData(const Plan& plan, const ShortIds& images) : short_images_(images) {
    for (const PlannedGroup& group : plan.groups) groups_.place_of(group.name.str());
    for (const PlannedBatch& batch : plan.batches) batches_.place_of(batch.id.str());
    // Places are given in this order, and the columns are written in it.
    for (const PlannedDesktop& desktop : plan.desktops) rows_.push_back({row_of(desktop), &desktop});
    std::stable_sort(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  }

  std::string render() {
    std::vector<std::int64_t> kind;
    kind.reserve(rows_.size());
    for (const auto& [row, desktop] : rows_) kind.push_back(kinds_.place_of(kind_of(*desktop)));
    std::string out;
    JsonWriter json(out, 1);
    json.begin_object();
    put_texts(json, "groups", groups_);
    put_texts(json, "workspaces", workspaces_);
    put_texts(json, "reasons", reasons_);
    put_texts(json, "batches", batches_);
    put_images(json);
    put_kinds(json);
    column(json, "ids", [&](std::size_t i) { json.string(escape_controls(rows_[i].second->id.str())); });
    column(json, "names", [&](std::size_t i) { put_text(json, rows_[i].second->name); });
    column(json, "kind", [&](std::size_t i) { json.integer(kind[i]); });
    column(json, "batch", [&](std::size_t i) { put(json, batch_of(*rows_[i].second)); });
    json.end_object();
    return out;
  }

 private:
  // Group, action, batch: the order in which people ask.
  using Row = std::tuple<std::int64_t, Action, Place>;

  Row row_of(const PlannedDesktop& desktop) {
    return {groups_.place_of(desktop.group.str()), desktop.action, batch_of(desktop)};
  }

  Place batch_of(const PlannedDesktop& desktop) {
    if (!desktop.batch) return std::nullopt;
    return batches_.place_of(desktop.batch->str());
  }

  Place image_of(const std::optional<ImageState>& image) {
    if (!image) return std::nullopt;
    return images_.place_of({image->image_id, image->image_type, image->os_type, image->revision});
  }

  Kind kind_of(const PlannedDesktop& desktop) {
    const Place disks = desktop.data_disks ? Place{*desktop.data_disks} : std::nullopt;
    return {workspaces_.place_of(desktop.workspace.str()),
            groups_.place_of(desktop.group.str()),
            static_cast<std::int64_t>(desktop.action),
            reasons_.place_of(desktop.reason),
            image_of(desktop.from),
            image_of(desktop.to),
            disks};
  }

  template <class Put>
  void column(JsonWriter& json, std::string_view name, Put put_entry) const {
    json.key(name);
    json.begin_array();
    for (std::size_t i = 0; i < rows_.size(); ++i) put_entry(i);
    json.end_array();
  }

  static void put_texts(JsonWriter& json, std::string_view name, const Texts& texts) {
    json.key(name);
    json.begin_array();
    for (const std::string_view text : texts.values()) json.string(escape_controls(text));
    json.end_array();
  }

  void put_images(JsonWriter& json) const {
    json.key("images");
    json.begin_array();
    for (const auto& [id, type, os, revision] : images_.values()) {
      json.begin_array();
      id ? json.string(short_images_(id->str())) : json.null();
      id ? json.string(escape_controls(id->str())) : json.null();
      put_text(json, type);
      put_text(json, os);
      put_text(json, revision);
      json.end_array();
    }
    json.end_array();
  }

  void put_kinds(JsonWriter& json) const {
    json.key("kinds");
    json.begin_array();
    for (const Kind& kind : kinds_.values()) {
      json.begin_array();
      for (const Place place : kind) put(json, place);
      json.end_array();
    }
    json.end_array();
  }

  const ShortIds& short_images_;
  Texts groups_;
  Texts workspaces_;
  Texts reasons_;
  Texts batches_;
  Table<Image> images_;
  Table<Kind> kinds_;
  std::vector<std::pair<Row, const PlannedDesktop*>> rows_;
};

}  // namespace

std::string plan_html_data(const Plan& plan, const ShortIds& images) {
  return PlanData{plan, images}.render();
}

}  // namespace gild
