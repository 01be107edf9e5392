// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/state_ops.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "engine/codec/state_codec.hpp"
#include "engine/core/shell_word.hpp"
#include "engine/core/text.hpp"
#include "engine/ops/desktop_lookup.hpp"
#include "engine/ops/locked_run.hpp"
#include "engine/ops/push_check.hpp"
#include "engine/ops/state_scope.hpp"

namespace gild {
namespace {

constexpr std::size_t kShownDesktops = 5;

template <class Tag>
std::string shown(const Id<Tag>& id) {
  return escape_controls(id.str());
}

std::optional<JobId> running_job_of(const State& state, const DesktopKey& key) {
  for (const auto& [job_key, job] : state.jobs) {
    if (job.workspace == key.workspace &&
        std::any_of(job.desktops.begin(), job.desktops.end(), [&](const auto& d) { return d.id == key.id; })) {
      return job.id;
    }
  }
  return std::nullopt;
}

// "request 40" or "job a1…": what is open for a desktop; nullopt: nothing is.
std::optional<std::string> open_for(const State& state, const DesktopKey& key) {
  for (const auto& [number, intent] : state.intents) {
    if (intent.workspace == key.workspace &&
        std::any_of(intent.desktops.begin(), intent.desktops.end(), [&](const auto& d) { return d.id == key.id; })) {
      return fmt::format("request {}", number);
    }
  }
  if (const std::optional<JobId> job = running_job_of(state, key)) return fmt::format("job {}", shown(*job));
  return std::nullopt;
}

std::string some_of(const std::vector<DesktopKey>& keys) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(keys.size(), kShownDesktops); ++i) names.push_back(shown(keys[i].id));
  if (names.size() < keys.size()) names.push_back(fmt::format("{} more", grouped(keys.size() - names.size())));
  return join_and(names);
}

void check_closed(const State& state, const std::vector<DesktopKey>& keys) {
  for (const DesktopKey& key : keys) {
    const DesktopStatus status = state.desktops.at(key).status;
    const std::optional<std::string> open = open_for(state, key);
    if (!open && status != DesktopStatus::settling && status != DesktopStatus::rebuilding) continue;
    throw Error(
        ErrorKind::refused,
        fmt::format("Desktop {} is {}: {} is open for it", shown(key.id), name_of(status), open.value_or("something")),
        fmt::format("Nothing was changed. A rebuild may be under way, and without its record a second one "
                    "could follow. Let gild follow it:\n\n    gild apply\n\n"
                    "or, where you know what became of it, say so first:\n\n"
                    "    gild state resolve {} --as ready|failed|not-received --reason TEXT",
                    shown(key.id)));
  }
}

void check_undecided(const State& state, const std::vector<DesktopKey>& keys) {
  for (const DesktopKey& key : keys) {
    if (state.desktops.at(key).status != DesktopStatus::ready) continue;
    throw Error(ErrorKind::usage,
                fmt::format("Desktop {} is recorded as ready: there is nothing to decide", shown(key.id)),
                "Nothing was changed. Where another image is on it than the recorded one, gild refresh finds out; to "
                "have it rebuilt onto the same image, give its group another revision.");
  }
}

// The work runs once; its result comes out of the frame with it.
template <class Result, class Work>
Result locked(const OpDeps& deps, const StateScope& scope, Work work) {
  Result result;
  run_locked_or_throw(deps, scope, [&](LockedState& state) { result = work(state); });
  return result;
}

std::string describe(const std::vector<Forgotten>& all) {
  std::string text;
  for (const Forgotten& forgotten : all) {
    text += fmt::format("\n{} of group {}: {}", forgotten.what, shown(forgotten.group), some_of(forgotten.desktops));
  }
  return text;
}

void check_nothing_forgotten(const PushRequest& request, const State& here) {
  const std::vector<Forgotten> all = forgotten_by(request.state, here);
  if (all.empty()) return;
  const DesktopKey& first = all.front().desktops.front();
  throw Error(ErrorKind::refused, fmt::format("{} knows nothing of what is open here:{}", request.name, describe(all)),
              fmt::format("Nothing was written, and --force does not change that: were they forgotten, the desktops "
                          "could be wiped a second time. Let gild find out what became of them:\n\n    gild apply\n\n"
                          "or, where you know, decide it for each of them:\n\n"
                          "    gild state resolve {} --as ready|failed|not-received --reason TEXT\n\n"
                          "Then push again. The state here will be the newer one by then, so that takes --force.",
                          shown(first.id)));
}

void check_verdict(PushVerdict verdict, const PushRequest& request, const State& here) {
  const auto refuse = [](std::string message, std::string_view advice) {
    throw Error(ErrorKind::refused, std::move(message), fmt::format("Nothing was written. {}", advice));
  };
  switch (verdict) {
    case PushVerdict::push:
    case PushVerdict::same:
      return;
    case PushVerdict::other_lineage:
      return refuse(fmt::format("{} is another state: its lineage is {}, the one here has {}", request.name,
                                escape_controls(request.state.lineage), escape_controls(here.lineage)),
                    "Check --state. If it is to take the place of this one all the same, add --force.");
    case PushVerdict::older:
      return refuse(fmt::format("{} is older than the state here: serial {}, while this one is at {}", request.name,
                                request.state.serial, here.serial),
                    "What happened since would be forgotten; see gild history. To go back all the same, add --force.");
    case PushVerdict::fork:
      return refuse(
          fmt::format("{} has the serial of the state here, {}, and other content", request.name, here.serial),
          "One of them went another way. Look at both with gild show; to take the pushed one, add --force.");
  }
}

void check_not_left_behind(const PushRequest& request) {
  if (!request.state.moved_to || request.force) return;
  const std::string place = escape_controls(*request.state.moved_to);
  throw Error(
      ErrorKind::refused, fmt::format("{} is what a state left behind when it moved to {}", request.name, place),
      fmt::format("Nothing was written: what was sent since then is not in it, and could be sent a second time. "
                  "Take it from the new place:\n\n    gild state pull --state {}\n\n"
                  "Where that is lost for good, make sure that no rebuild runs any more, and add --force: the "
                  "state lives here then. Run gild refresh before anything else.",
                  shell_word(*request.state.moved_to)));
}

void count_differences(PushReport& report, const State& before, const State& after) {
  const auto text_of = [](const DesktopKey& key, const DesktopRecord& record) {
    std::string text;
    JsonWriter json(text);
    json.begin_object();
    write_desktop(json, key, record);
    json.end_object();
    return text;
  };
  report.desktops = after.desktops.size();
  for (const auto& [key, record] : after.desktops) {
    const DesktopRecord* old = before.find(key.workspace, key.id);
    if (old == nullptr) {
      ++report.added;
    } else if (text_of(key, *old) != text_of(key, record)) {
      ++report.changed;
    }
  }
  report.removed = before.desktops.size() + report.added - after.desktops.size();
}

}  // namespace

std::vector<StoredDesktop> remove_desktops(const OpDeps& deps, const NamedDesktops& desktops) {
  return locked<std::vector<StoredDesktop>>(deps, scope_of(desktops.ids), [&](LockedState& state) {
    const std::vector<DesktopKey> keys = find_desktops(state.state(), desktops.ids, desktops.workspace);
    check_closed(state.state(), keys);
    std::vector<StoredDesktop> removed;
    for (const DesktopKey& key : keys) removed.push_back({key, state.state().desktops.at(key)});
    state.append(Removed{keys});
    state.sync();
    return removed;
  });
}

std::vector<StoredDesktop> regroup_desktops(const OpDeps& deps, const NamedDesktops& desktops, const GroupName& group) {
  StateScope scope = scope_of(desktops.ids);
  scope.groups.insert(group);
  return locked<std::vector<StoredDesktop>>(deps, scope, [&](LockedState& state) {
    const std::vector<DesktopKey> keys = find_desktops(state.state(), desktops.ids, desktops.workspace);
    check_closed(state.state(), keys);
    std::vector<StoredDesktop> moved;
    std::map<std::optional<GroupName>, std::vector<DesktopKey>> by_group;
    for (const DesktopKey& key : keys) {
      const DesktopRecord& record = state.state().desktops.at(key);
      if (record.group == group) continue;
      moved.push_back({key, record});
      by_group[record.group].push_back(key);
    }
    for (auto& [from, of_group] : by_group) state.append(Regrouped{std::move(of_group), from, group});
    state.sync();
    return moved;
  });
}

std::vector<ResolvedDesktop> resolve_desktops(const OpDeps& deps, const NamedDesktops& desktops, Resolution as,
                                              const std::string& reason) {
  return locked<std::vector<ResolvedDesktop>>(deps, scope_of(desktops.ids), [&](LockedState& state) {
    const std::vector<DesktopKey> keys = find_desktops(state.state(), desktops.ids, desktops.workspace);
    check_undecided(state.state(), keys);
    std::vector<ResolvedDesktop> resolved;
    for (const DesktopKey& key : keys) {
      resolved.push_back({key, state.state().desktops.at(key), {}, running_job_of(state.state(), key)});
    }
    state.append(Resolved{keys, as, reason, fmt::format("{}@{}", deps.who.user, deps.who.host)});
    state.sync();
    for (ResolvedDesktop& desktop : resolved) desktop.after = state.state().desktops.at(desktop.key);
    return resolved;
  });
}

PushReport push_state(const OpDeps& deps, const PushRequest& given) {
  PushRequest request = given;
  check_whole(request.state, request.name);
  check_not_left_behind(request);
  request.state.moved_to.reset();
  // Not within run_locked(): where this fails, the state here is as it was, and what was to be stored is still in the
  // file that it came from. There is nothing to keep elsewhere.
  const std::unique_ptr<LockedState> locked = deps.store.lock(deps.who, deps.lock_wait);
  check_lives_here(locked->state(), deps.store.describe());
  const State here = locked->state();
  const PushVerdict verdict = compare(request.state, here);
  PushReport report;
  if (verdict == PushVerdict::same) {
    report.same = true;
    report.serial = here.serial;
    report.desktops = here.desktops.size();
    return report;
  }
  check_nothing_forgotten(request, here);
  if (!request.force) check_verdict(verdict, request, here);
  locked->replace(request.state);
  report.serial = locked->state().serial;
  count_differences(report, here, locked->state());
  return report;
}

}  // namespace gild
