// SPDX-License-Identifier: Apache-2.0
// Where the state lives. The store hands out the journal, because the journal lives where the state lives.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/time.hpp"
#include "engine/model/journal_record.hpp"
#include "engine/model/state.hpp"

namespace gild {

// The part of the state that a run is about. A store that keeps its state as one document reads and locks all of it,
// whatever this says; one that keeps rows reads and locks these groups and whatever is tied to them: the groups in
// which the desktops are recorded, and those that share an open rollout with one of these.
struct StateScope {
  bool whole = true;  // the rest says nothing then
  std::set<GroupName> groups;
  // Wanted in these groups, or meant by id. They may be recorded in another group, in several Workspaces, or nowhere.
  std::vector<DesktopId> desktops;
};

enum class LockHold {
  process,  // lives in a process and ends with it, however it ends; cannot be taken away
  lease,    // lives in the store and can be taken away: the holder can write no more then
  gone,     // only a record of a holder that has certainly ended: it stops nobody
};

// Who holds, or last held, a lock.
struct LockHolder {
  std::string id;  // a UUID per locking
  std::string user;
  std::string host;
  std::int64_t pid = 0;  // 0: not known
  std::string command;
  Time since{};
  std::vector<GroupName> groups;  // what the lock covers, sorted; empty: the whole state
  std::optional<Time> seen;       // its last sign of life by the store's clock, where the store has such signs
  LockHold hold = LockHold::process;
};

enum class LockLook {
  beside,   // as any reader may, as often as it likes
  probing,  // for a person who asks about the lock itself: may take it for a moment
};

// How long to wait for a lock that somebody else has.
struct LockWait {
  LockWait(Duration most, std::stop_token until_stop = {}) : at_most(most), stop(std::move(until_stop)) {}
  Duration at_most;
  std::stop_token stop;
  std::function<void(const LockHolder&)> tell;  // called once when waiting begins, with whom it is for; may be empty
  // Called where the lock of a run was taken over that has shown no sign of life for long; may be empty.
  std::function<void(const LockHolder&)> tell_taken_over;
};

// Appends records. Only the lock's holder has one.
class Journal {
 public:
  virtual ~Journal() = default;
  // Makes sure that `bytes` more can be appended, and that the lock is still held; false where there is no room. Asked
  // before a request is sent, so that its answer can always be recorded. Throws Error for what is no lack of room.
  [[nodiscard]] virtual bool reserve(std::size_t bytes) = 0;
  // Gives the body the next serial, appends it and folds it into state(). Not durable before sync().
  // Throws IoError, after which nothing more may be sent, and Error(input) where the record does not fit the state:
  // then it is stored nowhere. The record stays good until the next one is appended.
  virtual const JournalRecord& append(RecordBody body) = 0;
  // Durable, all of what was appended or none, and only while the lock is still held. Throws Error(storage) where that
  // is not certain; then nothing more may be sent.
  virtual void sync() = 0;
  // Snapshot + journal, always; of the part that the lock covers.
  virtual const State& state() const = 0;

  // Desktops of this Workspace that are under way in groups which this lock does not cover: they count for
  // max_in_flight.
  virtual std::size_t under_way_elsewhere(const WorkspaceName&) { return 0; }
  // From now until the next sync() nobody else records a request in this Workspace, so that what the call above says
  // stays true until our own is recorded. Held for moments only.
  virtual void claim(const WorkspaceName&) {}
};

// The lock, held. Folding, replacing and appending need it; destroying it releases it.
class LockedState : public Journal {
 public:
  // Folds to disk: writes the snapshot and moves the journal into the history. Does nothing where nothing was appended
  // and the journal is empty.
  virtual void fold_to_disk() = 0;
  // `state push`: another state takes the place of this one, under its own serial + 1 or ours + 1, whichever is
  // greater. Needs the lock of the whole state.
  virtual void replace(State state) = 0;
  // `state migrate`: takes over a state that lives elsewhere, as it is, with its history, oldest record first. Needs
  // the lock of the whole state, in a store that holds nothing, or nothing but the sign that this very state (lineage)
  // has moved away; its serial is then ahead of the one here, since some servers take none twice.
  virtual void import(State state, const std::vector<JournalRecord>& history) = 0;
  // Something could not be stored, and the lock will not be given back because of it: nobody should go on with less
  // knowledge than this run has.
  virtual bool keeps_lock() const { return false; }
  // The store no longer has what it had confirmed: it has been set back, or a standby that lagged behind has taken
  // over. Requests may be under way of which it knows nothing.
  virtual bool store_forgot() const { return false; }
};

class StateStore {
 public:
  virtual ~StateStore() = default;
  // For people: "gild.state.json". Without secrets.
  virtual std::string describe() const = 0;
  // Reading it needs nothing but this machine's disk, so it may be read before it is certain that it is needed.
  virtual bool at_hand() const { return false; }
  // Folds in memory, ignores a torn tail, writes nothing; safe beside a running apply. An empty State (no lineage)
  // where nothing is stored. Throws Error(input) where something is damaged, with what to do about it.
  virtual State read(const StateScope& scope = {}) = 0;
  // Everything that was ever journalled here, oldest first. Each run's records follow its own Began.
  virtual std::vector<JournalRecord> read_history() = 0;
  // Who holds a lock, and who left the record of one; those that hold come first. Looking beside a run may not disturb
  // it, so a store that tells the holder only to who tries to lock says nothing then.
  virtual std::vector<LockHolder> lock_holders(LockLook look = LockLook::beside) = 0;
  // Whether that tells all who hold a lock also LockLook::beside, so that nobody named means that nobody holds one.
  virtual bool shows_holders() const { return true; }
  // Throws Error(locked), naming the holder, where somebody else has it after that time; Interrupted on a stop.
  virtual std::unique_ptr<LockedState> lock(const Began& who, const LockWait& wait, const StateScope& scope = {}) = 0;
  // Ends the lock with this id, or forgets its record; false: it is not there any more. Whoever held it can write no
  // more. Throws Error(locked) where it cannot be taken away (LockHold::process).
  virtual bool unlock(const std::string& id) = 0;
};

}  // namespace gild
