// SPDX-License-Identifier: Apache-2.0
// Puts together what the use cases of engine/ops are given.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/app.hpp"
#include "engine/ops/op_deps.hpp"

namespace gild {

// For commands that nobody watches.
class SilentObserver : public Observer {
 public:
  void on(const Event&) noexcept override {}
};

// Makes the real connector when the first Workspace is asked for: a command that asks nothing of the service needs
// neither credentials nor a network.
class LazyConnector : public CloudConnector {
 public:
  explicit LazyConnector(App& app) : app_(app) {}
  DesktopCloud& connect(const Workspace& workspace) override;

 private:
  App& app_;
  std::unique_ptr<CloudConnector> connector_;
};

// The world as one command sees it. `command` is its name, for the lock's record and the journal.
class OpInputs {
 public:
  OpInputs(App& app, const std::optional<std::string>& state, std::string command, Duration lock_timeout);
  OpInputs(const OpInputs&) = delete;
  OpInputs& operator=(const OpInputs&) = delete;

  StateStore& store() { return *store_; }
  OpDeps deps() { return deps(silent_); }
  OpDeps deps(Observer& observer);

 private:
  void tell_of_lock(const LockHolder& holder) const;
  void tell_of_taken_lock(const LockHolder& holder) const;
  std::string keep_errored(const State& state, StoreAfterwards store) const;

  App& app_;
  std::optional<std::string> state_;
  std::unique_ptr<StateStore> store_;
  LazyConnector connector_;
  SilentObserver silent_;
  std::string command_;
  Duration lock_timeout_;
};

}  // namespace gild
