// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/push_check.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "engine/codec/state_codec.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

bool is_open(const DesktopRecord& desktop) {
  return desktop.status == DesktopStatus::settling || desktop.status == DesktopStatus::rebuilding;
}

template <class Desktops>
auto find(const Desktops& desktops, const DesktopId& id) {
  return std::find_if(desktops.begin(), desktops.end(), [&](const auto& desktop) { return desktop.id == id; });
}

template <class Desktops>
bool names(const Desktops& desktops, const DesktopId& id) {
  return find(desktops, id) != desktops.end();
}

// What a desktop is open in: at most one request or job.
using OpenIn = std::map<DesktopKey, std::string>;

OpenIn open_in(const State& state, const std::string& name) {
  OpenIn open;
  const auto add = [&](const DesktopKey& key, const std::string& what) {
    const auto [found, added] = open.emplace(key, what);
    if (added) return;
    throw Error(ErrorKind::input, fmt::format("{}: desktop {} is open in {} and in {}", name,
                                              escape_controls(key.id.str()), found->second, what));
  };
  for (const auto& [number, intent] : state.intents) {
    for (const IntentDesktop& desktop : intent.desktops) {
      add({intent.workspace, desktop.id}, fmt::format("request {}", number));
    }
  }
  for (const auto& [job_key, job] : state.jobs) {
    for (const JobDesktop& desktop : job.desktops) {
      add({job.workspace, desktop.id}, fmt::format("job {}", escape_controls(job_key.id.str())));
    }
  }
  return open;
}

class Comparison {
 public:
  Comparison(const State& pushed, const State& here)
      : pushed_(pushed),
        here_(here),
        continues_(!pushed.lineage.empty() && pushed.lineage == here.lineage && pushed.serial > here.serial) {}

  bool knows(const Intent& intent, const IntentDesktop& desktop) const {
    const DesktopKey key{intent.workspace, desktop.id};
    if (pushed_.lineage == here_.lineage) {
      const auto same = pushed_.intents.find(intent.number);
      if (same != pushed_.intents.end() && same->second.workspace == intent.workspace &&
          names(same->second.desktops, desktop.id)) {
        return true;
      }
    }
    const DesktopRecord* record = pushed_.find(key.workspace, key.id);
    if (!continues_ || record == nullptr) return false;
    // An outcome of this request or of a later one. A later one cannot have been sent before this one was closed.
    if (record->intent >= intent.number) return true;
    return was_put_back(intent, desktop, *record);
  }

  bool knows(const Job& job, const JobDesktop& desktop) const {
    const auto same = pushed_.jobs.find(job.key());
    if (same != pushed_.jobs.end() && names(same->second.desktops, desktop.id)) return true;
    const DesktopRecord* record = pushed_.find(job.workspace, desktop.id);
    if (!continues_ || record == nullptr) return false;
    if (record->intent > job.intent) return true;
    return !is_open(*record) && (record->intent == job.intent || record->job_id == job.id);
  }

 private:
  // A request that turned out not to have been executed leaves a record as it was before, but for the time at which
  // that was found out.
  bool was_put_back(const Intent& intent, const IntentDesktop& desktop, const DesktopRecord& record) const {
    const DesktopRecord* ours = here_.find(intent.workspace, desktop.id);
    if (ours == nullptr || is_open(record) || record.updated_at < ours->updated_at) return false;
    const auto target_id = [](const std::optional<Target>& target) {
      return target ? std::optional{std::pair{target->image.image_id, target->revision}} : std::nullopt;
    };
    const DesktopStatus before = desktop.known ? desktop.status_before : DesktopStatus::ready;
    return record.status == before && record.intent == desktop.intent_before && record.job_id == desktop.job_before &&
           target_id(record.target) == target_id(desktop.target_before);
  }

  const State& pushed_;
  const State& here_;
  bool continues_;
};

}  // namespace

std::vector<Forgotten> forgotten_by(const State& pushed, const State& here) {
  const Comparison comparison(pushed, here);
  std::vector<Forgotten> all;
  const auto add = [&](std::string what, const auto& open) {
    Forgotten forgotten{std::move(what), open.group, {}};
    for (const auto& desktop : open.desktops) {
      if (!comparison.knows(open, desktop)) forgotten.desktops.push_back({open.workspace, desktop.id});
    }
    if (!forgotten.desktops.empty()) all.push_back(std::move(forgotten));
  };
  for (const auto& [number, intent] : here.intents) add(fmt::format("request {}", number), intent);
  for (const auto& [key, job] : here.jobs) add(fmt::format("job {}", escape_controls(key.id.str())), job);
  return all;
}

void check_whole(const State& pushed, const std::string& name) {
  if (!pushed.whole()) {
    throw Error(
        ErrorKind::refused,
        fmt::format("{} is a part of a state: {} of it are not there", name, plural(pushed.unread.desktops, "desktop")),
        "Nothing was written: those would be forgotten. What was sent is open in the store all the same, since "
        "that is recorded first, unless the store has been set back since. Run gild apply again: it finds out what "
        "became of it.");
  }
  const OpenIn open = open_in(pushed, name);
  const auto fail = [&](const DesktopKey& key, std::string_view what) {
    throw Error(ErrorKind::input,
                fmt::format("{}: desktop {} in workspace {} {}", name, escape_controls(key.id.str()),
                            escape_controls(key.workspace.str()), what),
                "gild never writes a state like that. Push a file as gild state pull or a failed run made it.");
  };
  for (const auto& [key, desktop] : pushed.desktops) {
    const auto found = open.find(key);
    if (is_open(desktop) && found == open.end()) {
      fail(key, fmt::format("is recorded as {}, but no open request or job names it", name_of(desktop.status)));
    }
    // An overdue desktop is recorded as unknown while its job is open.
    const bool overdue = desktop.status == DesktopStatus::unknown && pushed.open_job_of(key) != nullptr;
    if (!is_open(desktop) && found != open.end() && !overdue) {
      fail(key, fmt::format("is open in {}, but recorded as {}", found->second, name_of(desktop.status)));
    }
  }
  for (const auto& [key, what] : open) {
    if (pushed.find(key.workspace, key.id) == nullptr) fail(key, fmt::format("is open in {}, but not recorded", what));
  }
}

PushVerdict compare(const State& pushed, const State& here) {
  if (here.lineage.empty()) return PushVerdict::push;
  if (pushed.lineage != here.lineage) return PushVerdict::other_lineage;
  if (pushed.serial < here.serial) return PushVerdict::older;
  if (pushed.serial > here.serial) return PushVerdict::push;
  return write_state(pushed, {}) == write_state(here, {}) ? PushVerdict::same : PushVerdict::fork;
}

}  // namespace gild
