// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/migrate_op.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "engine/codec/journal_codec.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/ops/state_scope.hpp"

namespace gild {
namespace {

void check_source(const State& source, const MigrateRequest& request) {
  if (source.lineage.empty()) {
    throw Error(ErrorKind::usage, fmt::format("Nothing is stored in {}", escape_controls(request.from)),
                "There is nothing to take along. Name the new place with --state and run gild refresh.");
  }
  if (!source.moved_to || *source.moved_to == request.to) return;
  check_lives_here(source, request.from);
}

void check_target(const State& target, const State& source, const MigrateRequest& request) {
  const std::string name = escape_controls(request.to);
  if (target.lineage.empty()) {
    if (!source.moved_to) return;
    throw Error(
        ErrorKind::refused,
        fmt::format("{} says that its state went to {}, and nothing is there", escape_controls(request.from), name),
        "Nothing was changed. Bring the new place back from a backup.");
  }
  if (target.lineage != source.lineage) {
    throw Error(ErrorKind::refused, fmt::format("{} holds another state already", name),
                "Nothing was changed. Name a place that holds none; a state is never put in the place of another one "
                "by this command.");
  }
  // It went from there to here once, or an earlier migration was cut short after the copy. Where this place says that
  // the state has left for that one, only the mark of that very migration may be taken off: with another one the state
  // has gone on from there, and taking it off would make two places alive.
  if (target.moved_to && source.moved_to) {
    if (*target.moved_to == request.from) return;
    check_lives_here(target, request.to);
  }
  if (target.moved_to || source.moved_to) return;
  throw Error(ErrorKind::refused, fmt::format("{} holds this very state, and says that it lives there", name),
              "Nothing was changed. Somebody has copied it by hand. Look at both with gild status, and remove the one "
              "that nobody has used since.");
}

// `known`: the last record that the target had before, of an earlier stay of this state there; what it has up to that
// one is its own story of that time.
void verify(const State& written, const std::vector<JournalRecord>& history, std::int64_t known,
            const MigrateRequest& request) {
  const State copy = request.target.read();
  const std::vector<JournalRecord> copied = request.target.read_history();
  bool same = write_state(copy, {}) == write_state(written, {});
  // From the end: a store of whole documents keeps the newest records only.
  for (std::size_t i = 1; same && i <= copied.size() && i <= history.size(); ++i) {
    const JournalRecord& record = history[history.size() - i];
    if (record.serial <= known) break;
    same = write_record(copied[copied.size() - i]) == write_record(record);
  }
  if (same) return;
  throw Error(ErrorKind::storage,
              fmt::format("What {} gives back is not what was written to it", escape_controls(request.to)),
              "The old place is as it was, and goes on being the one. The new place refuses every run.");
}

}  // namespace

MigrateReport migrate_state(const OpDeps& deps, const MigrateRequest& request) {
  if (request.from == request.to) {
    throw Error(ErrorKind::usage, "The state is there already", "Name another place with --to.");
  }
  const std::unique_ptr<LockedState> from = deps.store.lock(deps.who, deps.lock_wait);
  check_source(from->state(), request);
  const std::unique_ptr<LockedState> to = request.target.lock(deps.who, deps.lock_wait);
  check_target(to->state(), from->state(), request);

  MigrateReport report;
  const bool marked = from->state().moved_to.has_value();
  if (marked && !to->state().lineage.empty() && !to->state().moved_to) {
    report.already = true;
    report.desktops = to->state().desktops.size();
    report.records = request.target.read_history().size();
    return report;
  }
  report.resumed = marked || to->state().lineage == from->state().lineage;
  if (!marked) {
    from->fold_to_disk();
    const std::vector<JournalRecord> history = deps.store.read_history();
    State state = from->state();
    state.moved_to = request.from;
    // Where it was before, its serials of that time are used up: some servers take none twice.
    if (!to->state().lineage.empty()) state.serial = std::max(state.serial, to->state().serial + 1);
    const std::vector<JournalRecord> earlier = request.target.read_history();
    to->import(state, history);
    to->fold_to_disk();
    verify(state, history, earlier.empty() ? 0 : earlier.back().serial, request);
    from->append(Migrated{request.to});
    from->sync();
    from->fold_to_disk();
  } else {
    from->fold_to_disk();  // the earlier run ended before it could
  }
  to->append(Migrated{});
  to->sync();
  to->fold_to_disk();
  report.desktops = to->state().desktops.size();
  report.records = request.target.read_history().size();
  return report;
}

}  // namespace gild
