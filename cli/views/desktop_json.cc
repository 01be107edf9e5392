// SPDX-License-Identifier: Apache-2.0
#include "cli/views/desktop_json.hpp"

#include <algorithm>
#include <set>

#include "engine/codec/model_json.hpp"
#include "engine/codec/state_codec.hpp"

namespace gild {
namespace {

// The open ones of `all` that name one of the desktops.
template <class Open, class Map>
std::vector<const Open*> of_them(const Map& all, const std::set<DesktopKey>& keys) {
  std::vector<const Open*> found;
  for (const auto& [id, open] : all) {
    if (std::any_of(open.desktops.begin(), open.desktops.end(), [&, &entry = open](const auto& desktop) {
          return keys.contains({entry.workspace, desktop.id});
        })) {
      found.push_back(&open);
    }
  }
  return found;
}

}  // namespace

std::string write_desktops(const State& state, const std::vector<DesktopRow>& rows) {
  std::set<DesktopKey> keys;
  for (const DesktopRow& row : rows) keys.insert(keys.end(), *row.key);
  std::string out;
  JsonWriter json(out, 2);
  json.begin_object();
  json.field("format", "gild.desktops/1");
  json.key("lineage");
  state.lineage.empty() ? json.null() : json.string(state.lineage);
  json.field("serial", state.serial);
  write_list(json, "desktops", rows, [&](const DesktopRow& row) { write_desktop(json, *row.key, *row.desktop); });
  write_list(json, "intents", of_them<Intent>(state.intents, keys),
             [&](const Intent* intent) { write_intent(json, *intent); });
  write_list(json, "jobs", of_them<Job>(state.jobs, keys), [&](const Job* job) { write_job(json, *job); });
  json.end_object();
  return out + "\n";
}

}  // namespace gild
