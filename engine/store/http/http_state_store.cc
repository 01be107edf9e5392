// SPDX-License-Identifier: Apache-2.0
#include "engine/store/http/http_state_store.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/codec/remote_document.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/store/buffered_state.hpp"
#include "engine/store/unlock_command.hpp"

namespace gild {
namespace {

constexpr std::size_t kMostHistory = std::size_t{1024} * 1024;  // bytes of records in the document
constexpr Duration kLongestPause = std::chrono::seconds{16};    // between two tries for a lock

RemoteDocument parse(const std::optional<std::string>& text, const std::string& name) {
  if (!text) return {};
  if (text->find("\"terraform_version\"") != std::string::npos && text->find("\"gild.remote/") == std::string::npos) {
    throw Error(ErrorKind::input, fmt::format("{} holds a state of Terraform or OpenTofu", name),
                "gild keeps a state of its own. Give it another address, in GitLab another name.");
  }
  return read_remote_document(*text, name);
}

// GitLab answers with the command of whoever asks, in the place of the holder's.
LockHolder holder_of(const HttpLockInfo& info, const HttpSettings& settings) {
  LockHolder holder;
  if (!settings.gitlab) holder.command = info.info;
  holder.id = info.id;
  const std::size_t at = info.who.rfind('@');
  holder.user = info.who.substr(0, at);
  if (at != std::string::npos) holder.host = info.who.substr(at + 1);
  holder.since = info.created;
  holder.hold = LockHold::lease;
  return holder;
}

// Where there is nobody to tell that it failed, or something worse to tell.
void give_back(HttpStateClient& client, const HttpLockInfo& lock) noexcept {
  try {
    static_cast<void>(client.unlock(lock));
  } catch (...) {
    // It stays locked, which whoever comes next is told.
  }
}

class LockedHttpState : public BufferedState {
 public:
  LockedHttpState(HttpStateClient& client, Clock& clock, Began who, HttpLockInfo lock,
                  std::optional<std::string> stored, RemoteDocument document, UuidSource make_uuid)
      : BufferedState(clock, std::move(who), std::move(document.state), std::move(make_uuid)),
        client_(client),
        lock_(std::move(lock)),
        stored_(std::move(stored)),
        journal_(std::move(document.journal)) {}

  // Where something could not be stored, the lock stays: nobody should go on with less knowledge than this run has.
  ~LockedHttpState() override {
    if (lock_.id.empty() || keeps_lock()) return;
    give_back(client_, lock_);
  }
  LockedHttpState(const LockedHttpState&) = delete;
  LockedHttpState& operator=(const LockedHttpState&) = delete;

  bool keeps_lock() const override { return !lock_.id.empty() && has_unstored(); }

 protected:
  void prove_held() override { check_ours(); }

  void write_records(const std::vector<JournalRecord>& records) override {
    std::vector<JournalRecord> journal = journal_;
    journal.insert(journal.end(), records.begin(), records.end());
    save(state(), std::move(journal));
  }

  void write_snapshot() override {}  // every document is one

  void write_replacement(const State& state, const std::vector<JournalRecord>& history) override {
    std::vector<JournalRecord> journal = journal_;
    for (const JournalRecord& record : history) {
      if (journal.empty() || record.serial > journal.back().serial) journal.push_back(record);
    }
    save(state, std::move(journal));
  }

 private:
  // GitLab takes a write from the holder of its lock alone, so the write itself proves it. Of others that is not known:
  // there somebody else's write is looked for before each of ours, lest it be overwritten.
  void check_ours() {
    if (client_.settings().gitlab || client_.read() == stored_) return;
    throw Error(ErrorKind::storage,
                fmt::format("Somebody else has written the state at {}", escape_controls(client_.settings().shown())),
                "The lock must have been taken away from this run. Nothing more was sent.");
  }

  void save(const State& state, std::vector<JournalRecord> journal) {
    check_ours();
    trim_journal(journal, kMostHistory);
    RemoteDocument document{state, std::move(journal)};
    std::string text = write_remote_document(document, who().gild_version);
    if (text != stored_) client_.save(text, lock_.id, stored_);  // GitLab takes no serial twice
    stored_ = std::move(text);
    journal_ = std::move(document.journal);
  }

  HttpStateClient& client_;
  HttpLockInfo lock_;
  std::optional<std::string> stored_;  // as the server has it
  std::vector<JournalRecord> journal_;
};

}  // namespace

HttpStateStore::HttpStateStore(HttpSettings settings, std::unique_ptr<Transport> transport, Clock& clock,
                               WithoutLock without_lock, UuidSource make_uuid)
    : client_(std::move(settings), std::move(transport), clock),
      clock_(clock),
      without_lock_(without_lock),
      make_uuid_(std::move(make_uuid)) {}

State HttpStateStore::read(const StateScope&) {
  return parse(client_.read(), describe()).state;
}

std::vector<JournalRecord> HttpStateStore::read_history() {
  return parse(client_.read(), describe()).journal;
}

std::vector<LockHolder> HttpStateStore::lock_holders(LockLook look) {
  if (look == LockLook::beside || client_.settings().lock_address.empty()) return {};
  const HttpLockInfo us{make_uuid_(), "", "state unlock", "", clock_.now()};
  const auto answer = client_.lock(us);
  if (const auto* held = std::get_if<HttpLockInfo>(&answer)) return {holder_of(*held, client_.settings())};
  static_cast<void>(client_.unlock(us));
  return {};
}

bool HttpStateStore::unlock(const std::string& id) {
  if (client_.settings().unlock_address.empty()) return false;
  HttpLockInfo info;
  info.id = id;
  return client_.unlock(info);
}

std::unique_ptr<LockedState> HttpStateStore::lock(const Began& who, const LockWait& wait, const StateScope&) {
  const std::string name = escape_controls(describe());
  HttpLockInfo us{make_uuid_(), fmt::format("{}@{}", who.user, who.host), who.command, who.gild_version, clock_.now()};
  if (client_.settings().lock_address.empty()) {
    if (without_lock_ == WithoutLock::refused) {
      throw Error(ErrorKind::refused, fmt::format("The server of {} has no lock that gild knows of", name),
                  "Two runs at once could each send what the other does not know of. Set TF_HTTP_LOCK_ADDRESS and "
                  "TF_HTTP_UNLOCK_ADDRESS. Where this server has no locks and you make sure yourself that runs never "
                  "overlap:\n\n    GILD_STATE_WITHOUT_LOCK=yes\n");
    }
    us.id.clear();
  } else {
    const Instant deadline = clock_.instant() + wait.at_most;
    bool told = false;
    for (Duration pause{1000};; pause = std::min(pause * 2, kLongestPause)) {
      const auto answer = client_.lock(us);
      if (std::holds_alternative<HttpStateClient::Locked>(answer)) break;
      const auto& holder = std::get<HttpLockInfo>(answer);
      const Instant now = clock_.instant();
      if (now >= deadline) {
        std::string message = fmt::format("{} is locked", name);
        message += holder.id.empty()
                       ? std::string{" by somebody whom the server does not name"}
                       : fmt::format(" by {} since {}", escape_controls(holder.who), format_time(holder.created));
        if (!client_.settings().gitlab && !holder.info.empty()) message += ": " + escape_controls(holder.info);
        if (!holder.id.empty()) message += fmt::format(" (lock {})", escape_controls(holder.id));
        throw Error(ErrorKind::locked, std::move(message),
                    "Wait for it with --lock-timeout. Where that run has certainly ended without giving it back (a "
                    "machine that was lost), take it away:" +
                        unlock_command(describe()));
      }
      if (!std::exchange(told, true) && wait.tell) wait.tell(holder_of(holder, client_.settings()));
      clock_.sleep_until(std::min(deadline, now + pause), wait.stop);
      if (wait.stop.stop_requested()) throw Interrupted{};
    }
  }
  try {
    std::optional<std::string> stored = client_.read();
    RemoteDocument document = parse(stored, describe());
    return std::make_unique<LockedHttpState>(client_, clock_, who, us, std::move(stored), std::move(document),
                                             make_uuid_);
  } catch (...) {
    if (!us.id.empty()) give_back(client_, us);
    throw;
  }
}

}  // namespace gild
