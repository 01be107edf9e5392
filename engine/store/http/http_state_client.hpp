// SPDX-License-Identifier: Apache-2.0
// The five calls of Terraform's HTTP state protocol, each with what an answer, or the lack of one, means. Knows nothing
// of what a document holds.
//
// A reply that got lost is never answered by believing or by repeating on hope: a lock that turns out to be held by our
// own id is ours, and a document that turns out to be ours was saved (both go wrong in other clients).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "engine/seams/clock.hpp"
#include "engine/seams/state_store.hpp"
#include "engine/seams/transport.hpp"
#include "engine/store/http/http_settings.hpp"

namespace gild {

// What the protocol tells of a lock.
struct HttpLockInfo {
  std::string id;
  std::string who;      // "user@host"; GitLab puts the name of its user here, whatever was sent
  std::string info;     // our command
  std::string version;  // of gild
  Time created{};
};

class HttpStateClient {
 public:
  HttpStateClient(HttpSettings settings, std::unique_ptr<Transport> transport, Clock& clock);

  const HttpSettings& settings() const { return settings_; }

  // What is stored; nullopt where nothing is. Throws Error(storage).
  std::optional<std::string> read();
  // Returns where it is stored for certain. `before`: what was stored until now. Throws Error(storage) where it is not
  // certain, or certainly not; the message says which.
  void save(const std::string& document, const std::string& lock_id, const std::optional<std::string>& before);

  struct Locked {};
  // Throws Error(storage) where that cannot be found out; then it has been tried to give the lock back.
  std::variant<Locked, HttpLockInfo> lock(const HttpLockInfo& us);
  // True where it is free of this lock afterwards: given back now, or by an earlier try whose reply was lost; false
  // where the server has no lock of that id. Throws Error(storage) where it cannot be found out.
  bool unlock(const HttpLockInfo& info);

 private:
  HttpAnswer send(const std::string& method, const std::string& address, const std::string& body);
  // Waits before try `number` (from 1); false where there are no more.
  bool wait_to_retry(int number, const HttpAnswer& last);
  [[noreturn]] void fail(const std::string& what, const HttpAnswer& answer) const;

  HttpSettings settings_;
  std::unique_ptr<Transport> transport_;
  Clock& clock_;
};

}  // namespace gild
