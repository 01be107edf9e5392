// SPDX-License-Identifier: Apache-2.0
#include "engine/store/s3/s3_state_store.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "engine/codec/state_codec.hpp"
#include "engine/core/digest.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/model/fold.hpp"
#include "engine/store/buffered_state.hpp"
#include "engine/store/s3/s3_journal.hpp"
#include "engine/store/unlock_command.hpp"

namespace gild {
namespace {

constexpr const char* kNumberField = "gild-journal";  // the last object that the snapshot holds
constexpr const char* kDigestField = "gild-sha256";
constexpr int kMostRemovals = 10;
constexpr Duration kLongestPause = std::chrono::seconds{16};  // between two tries for a lock
// Objects behind the snapshot that a reader has to fetch one by one, before there is a new one.
constexpr std::int64_t kMostTail = 256;

struct Stored {
  State state;
  std::int64_t number = 0;    // of the last journal object; 0: none
  std::int64_t snapshot = 0;  // what the snapshot holds of them
};

std::string place_of(const S3Client& client, const std::string& key) {
  return fmt::format("s3://{}/{}", client.settings().bucket, key);
}

Error damaged(const std::string& what) {
  return {ErrorKind::input, what,
          "Nothing was changed. The objects of a journal are never removed by gild: somebody did that, or a lifecycle "
          "rule of the bucket, which must leave them alone. Where the bucket keeps versions, bring them back (remove "
          "their delete markers). Without them gild does not know of requests that were sent."};
}

// The numbers from `first` on, which must be there without a gap.
std::vector<std::int64_t> numbers_from(S3Client& client, std::int64_t first) {
  const std::string& key = client.settings().key;
  const std::string after = first > 1 ? s3_journal_key(key, first - 1) : std::string{};
  std::vector<std::int64_t> numbers;
  for (const std::string& name : client.list(s3_journal_prefix(key), after)) {
    const auto number = s3_journal_number(key, name);
    if (!number) continue;
    const std::int64_t expected = numbers.empty() ? first : numbers.back() + 1;
    if (*number != expected) {
      throw damaged(fmt::format("The journal of {} lacks {}", escape_controls(client.settings().shown),
                                escape_controls(place_of(client, s3_journal_key(key, expected)))));
    }
    numbers.push_back(*number);
  }
  return numbers;
}

S3JournalObject read_object(S3Client& client, std::int64_t number) {
  const std::string key = s3_journal_key(client.settings().key, number);
  const std::string name = place_of(client, key);
  const std::optional<S3Object> object = client.get(key);
  if (!object) {
    throw damaged(
        fmt::format("The journal of {} lacks {}", escape_controls(client.settings().shown), escape_controls(name)));
  }
  return read_s3_journal(object->body, number, name);
}

void apply(State& state, S3JournalObject object, const std::string& name) {
  if (object.base) {
    state = std::move(*object.base);
    return;
  }
  for (const JournalRecord& record : object.records) {
    if (record.serial <= state.serial) {
      throw Error(ErrorKind::input,
                  fmt::format("{} holds record {}, which belongs before it", escape_controls(name), record.serial));
    }
    fold(state, record);
  }
  if (!object.lineage.empty() && object.lineage != state.lineage) {
    if (!state.lineage.empty()) {
      throw Error(ErrorKind::input, fmt::format("{} belongs to another state", escape_controls(name)),
                  "Nothing was changed. Somebody has copied it there. Where the bucket keeps versions, bring the first "
                  "version of this object back.");
    }
    state.lineage = object.lineage;
  }
}

std::int64_t number_in(const S3Object& snapshot) {
  const auto found = snapshot.metadata.find(kNumberField);
  const auto digest = snapshot.metadata.find(kDigestField);
  if (found == snapshot.metadata.end() || digest == snapshot.metadata.end()) return 0;
  std::int64_t number = 0;
  const char* end = found->second.data() + found->second.size();
  if (std::from_chars(found->second.data(), end, number).ptr != end) return 0;
  return digest->second == sha256_hex(snapshot.body) ? number : 0;
}

Stored load(S3Client& client) {
  const std::string& key = client.settings().key;
  Stored stored;
  if (const std::optional<S3Object> snapshot = client.get(key)) {
    const std::string name = place_of(client, key);
    stored.snapshot = number_in(*snapshot);
    if (stored.snapshot <= 0) {
      throw Error(ErrorKind::input,
                  fmt::format("{} holds something that gild has not written there", escape_controls(name)),
                  "Nothing was changed. Give the state another key. Where somebody has put a file in the place of the "
                  "state's object: its journal is beside it and whole, so the file can be removed, and gild makes the "
                  "object again.");
    }
    stored.state = read_state(snapshot->body, name);
  }
  // The last one that it holds must be there too: where even that is gone, others that came behind it may be as well.
  const std::vector<std::int64_t> numbers = numbers_from(client, std::max<std::int64_t>(stored.snapshot, 1));
  if (stored.snapshot > 0 && numbers.empty()) {
    throw damaged(fmt::format("The journal of {} lacks {}", escape_controls(client.settings().shown),
                              escape_controls(place_of(client, s3_journal_key(key, stored.snapshot)))));
  }
  for (const std::int64_t number : numbers) {
    if (number <= stored.snapshot) continue;
    apply(stored.state, read_object(client, number), place_of(client, s3_journal_key(key, number)));
  }
  stored.number = numbers.empty() ? 0 : numbers.back();
  return stored;
}

Error taken_away(const S3Settings& settings) {
  return {ErrorKind::storage,
          fmt::format("The lock on {} was taken away from this run", escape_controls(settings.shown)),
          "Nothing more was written or sent. What was recorded until then is in the state; gild apply follows it."};
}

class LockedS3State : public BufferedState {
 public:
  LockedS3State(S3Client& client, Clock& clock, Began who, S3Lock lock, Stored stored, BeatingClock* beats,
                UuidSource make_uuid)
      : BufferedState(clock, std::move(who), std::move(stored.state), std::move(make_uuid)),
        client_(client),
        lock_(std::move(lock)),
        number_(stored.number),
        snapshot_(stored.snapshot),
        known_(state().serial) {
    if (beats != nullptr) {
      beat_ = beats->beat(kS3LockBeat, [this] { show_life(); });
    }
  }

  // Where something could not be stored, the lock stays: nobody should go on with less knowledge than this run has.
  ~LockedS3State() override {
    beat_.reset();
    if (lost_) return;
    try {
      keeps_lock() ? lock_.keep() : lock_.release();
    } catch (...) {
      // It stays until it runs out, or is taken away. A destructor has nobody to tell.
    }
  }
  LockedS3State(const LockedS3State&) = delete;
  LockedS3State& operator=(const LockedS3State&) = delete;

  bool keeps_lock() const override { return has_unstored() && !lost_; }

 protected:
  // Each write proves it by its number; between two of them, a look at the lock now and then does.
  void prove_held() override {
    if (!lost_ && lock_.beat_is_due()) lost_ = !lock_.beat();
    check_held();
  }

  void write_records(const std::vector<JournalRecord>& records) override {
    write({number_ + 1, lock_.id(), state().lineage, records, std::nullopt});
    known_ = state().serial;
  }

  void written() override {
    if (number_ - snapshot_ < kMostTail) return;
    try {
      write_snapshot();
    } catch (const Error&) {
      // The records are stored, and that is what counts. The end of the run tries again, and says so.
      snapshot_ = number_;
    }
  }

  void write_snapshot() override {
    // All that we know is in the journal, and whoever has the lock now makes the snapshots.
    if (lost_) return;
    const std::string text = write_state(state(), who().gild_version);
    client_.put(client_.settings().key, text,
                {{kNumberField, std::to_string(number_)}, {kDigestField, sha256_hex(text)}});
    snapshot_ = number_;
  }

  void write_replacement(const State& state, const std::vector<JournalRecord>& history) override {
    S3JournalObject object{number_ + 1, lock_.id(), state.lineage, {}, state};
    for (const JournalRecord& record : history) {
      if (record.serial > known_) object.records.push_back(record);
    }
    write(object);
    known_ = state.serial;
  }

 private:
  void check_held() const {
    if (lost_) throw taken_away(client_.settings());
  }

  void write(const S3JournalObject& object) {
    check_held();
    const std::string key = s3_journal_key(client_.settings().key, object.number);
    lost_ = client_.create(key, write_s3_journal(object, who().gild_version)).has_value();
    check_held();
    number_ = object.number;
  }

  void show_life() noexcept {
    try {
      if (!lost_) lost_ = !lock_.beat();
    } catch (...) {
      // The store does not answer just now. The next beat tries again, and the next write fails if it must.
    }
  }

  S3Client& client_;
  S3Lock lock_;
  std::int64_t number_;    // of the last journal object that we know of
  std::int64_t snapshot_;  // as in Stored
  std::int64_t known_;     // the last serial in the journal
  bool lost_ = false;      // somebody else has the lock, or has written
  std::unique_ptr<BeatingClock::Beat> beat_;
};

}  // namespace

S3StateStore::S3StateStore(S3Settings settings, std::unique_ptr<Transport> transport, Clock& clock, BeatingClock* beats,
                           UuidSource make_uuid)
    : client_(std::move(settings), std::move(transport), clock),
      clock_(clock),
      beats_(beats),
      make_uuid_(std::move(make_uuid)) {}

State S3StateStore::read(const StateScope&) {
  return load(client_).state;
}

std::vector<JournalRecord> S3StateStore::read_history() {
  std::vector<JournalRecord> history;
  for (const std::int64_t number : numbers_from(client_, 1)) {
    std::vector<JournalRecord> records = read_object(client_, number).records;
    history.insert(history.end(), std::make_move_iterator(records.begin()), std::make_move_iterator(records.end()));
  }
  return history;
}

std::vector<LockHolder> S3StateStore::lock_holders(LockLook) {
  const std::optional<S3Object> lock = client_.get(s3_lock_key(client_.settings().key));
  if (!lock) return {};
  return {read_s3_lock(*lock)};
}

// The fence first: from then on that run can write nothing more, whatever becomes of its lock.
bool S3StateStore::unlock(const std::string& id) {
  const std::string key = s3_lock_key(client_.settings().key);
  const std::optional<S3Object> lock = client_.get(key);
  if (!lock || read_s3_lock(*lock).id != id) return false;
  while (true) {
    // Also where something is missing: a damaged state can be unlocked.
    std::int64_t last = 0;
    for (const std::string& name : client_.list(s3_journal_prefix(client_.settings().key), {})) {
      last = std::max(last, s3_journal_number(client_.settings().key, name).value_or(0));
    }
    const S3JournalObject fence{last + 1, make_uuid_(), {}, {}, std::nullopt};
    if (!client_.create(s3_journal_key(client_.settings().key, fence.number), write_s3_journal(fence, {}))) break;
    // That run was faster once more; each time it is, it has really written something.
  }
  // That run may show a sign of life in between; the object is another one then, and stays.
  for (int tries = 0; tries < kMostRemovals; ++tries) {
    const std::optional<S3Object> now = client_.get(key);
    if (!now || read_s3_lock(*now).id != id) return tries > 0;
    client_.remove(key, now->etag);
  }
  throw Error(
      ErrorKind::storage, fmt::format("{} stays, although it was removed", escape_controls(place_of(client_, key))),
      "The run that holds it can record nothing more. Its lock goes when it ends, or runs out ten minutes after "
      "its last sign of life. A bucket in which objects are locked (WORM) is none for a state.");
}

bool S3StateStore::take_over(S3Lock& us, const S3Object& stale, const std::string& gild_version) {
  const S3JournalObject fence{load(client_).number + 1, us.id(), {}, {}, std::nullopt};
  const std::string key = s3_journal_key(client_.settings().key, fence.number);
  const std::string text = write_s3_journal(fence, gild_version);
  if (client_.create(key, text)) return false;
  if (!client_.refuses_to_create_again(key, text)) throw without_conditions(client_.settings());
  return client_.swap(us.key(), us.body(), stale.etag);
}

void S3StateStore::acquire(S3Lock& us, const LockWait& wait, const std::string& gild_version) {
  const std::string name = escape_controls(describe());
  const Instant deadline = clock_.instant() + wait.at_most;
  bool told = false;
  for (Duration pause{1000};; pause = std::min(pause * 2, kLongestPause)) {
    const std::optional<S3Object> found = client_.create(us.key(), us.body());
    if (!found) {
      if (!client_.refuses_to_create_again(us.key(), us.body())) throw without_conditions(client_.settings());
      return us.taken();
    }
    const LockHolder holder = read_s3_lock(*found);
    if (is_stale(*found) && take_over(us, *found, gild_version)) {
      us.taken();
      if (wait.tell_taken_over) wait.tell_taken_over(holder);
      return;
    }
    const Instant now = clock_.instant();
    if (now >= deadline) {
      throw Error(
          ErrorKind::locked,
          fmt::format("{} is locked by {} on {} (process {}) since {}: {}", name, escape_controls(holder.user),
                      escape_controls(holder.host), holder.pid, format_time(holder.since),
                      escape_controls(holder.command)),
          "Nothing was done. Run it again when that is over, or give --lock-timeout to wait for it, for example "
          "--lock-timeout 10m. Where that run has ended without giving the lock back (a machine that was "
          "lost), it runs out ten minutes after its last sign of life, or can be taken away at once:" +
              unlock_command(describe()));
    }
    if (!std::exchange(told, true) && wait.tell) wait.tell(holder);
    clock_.sleep_until(std::min(deadline, now + pause), wait.stop);
    if (wait.stop.stop_requested()) throw Interrupted{};
  }
}

std::unique_ptr<LockedState> S3StateStore::lock(const Began& who, const LockWait& wait, const StateScope&) {
  S3Lock us(client_, clock_, who, make_uuid_());
  try {
    acquire(us, wait, who.gild_version);
    Stored stored = load(client_);
    return std::make_unique<LockedS3State>(client_, clock_, who, us, std::move(stored), beats_, make_uuid_);
  } catch (...) {
    try {
      us.release();
    } catch (...) {
      // What went wrong first is what is told. Without an answer the lock runs out.
    }
    throw;
  }
}

}  // namespace gild
