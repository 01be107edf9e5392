// SPDX-License-Identifier: Apache-2.0
#include "cli/op_inputs.hpp"

#include <utility>

#include <fmt/format.h>

#include "cli/command_text.hpp"
#include "cli/inputs.hpp"
#include "cli/version.hpp"
#include "cli/views/status_text.hpp"
#include "engine/core/text.hpp"

namespace gild {

DesktopCloud& LazyConnector::connect(const Workspace& workspace) {
  if (connector_ == nullptr) connector_ = app_.connect();
  return connector_->connect(workspace);
}

OpInputs::OpInputs(App& app, const std::optional<std::string>& state, std::string command, Duration lock_timeout)
    : app_(app),
      state_(state),
      store_(open_state(app, state)),
      connector_(app),
      command_(std::move(command)),
      lock_timeout_(lock_timeout) {}

// Whoever waits wants to know for whom.
void OpInputs::tell_of_lock(const LockHolder& holder) const {
  app_.err.write(fmt::format("Waiting up to {} for the state's lock: it is held by {}.\n",
                             describe_duration(lock_timeout_), describe_holder(holder, app_.clock.now())));
}

void OpInputs::tell_of_taken_lock(const LockHolder& holder) const {
  const std::string seen = holder.seen ? " since " + format_time(*holder.seen) : std::string{};
  app_.err.write(fmt::format("Took over the lock of {}: it has shown no sign of life{}. It can record nothing more.\n",
                             describe_holder(holder, app_.clock.now()), seen));
}

OpDeps OpInputs::deps(Observer& observer) {
  Identity identity = app_.identify();
  Began who{command_, std::move(identity.user), std::move(identity.host), std::move(identity.commit),
            std::string{version()}};
  LockWait wait{lock_timeout_, app_.stop.get_token()};
  wait.tell = [this](const LockHolder& holder) { tell_of_lock(holder); };
  wait.tell_taken_over = [this](const LockHolder& holder) { tell_of_taken_lock(holder); };
  return {*store_,
          connector_,
          app_.clock,
          observer,
          std::move(who),
          std::move(wait),
          [this](const State& state, StoreAfterwards store) { return keep_errored(state, store); }};
}

std::string OpInputs::keep_errored(const State& state, StoreAfterwards store) const {
  const std::optional<std::string> path = app_.keep_errored(state);
  const std::string where =
      path ? "in " + escape_controls(*path) : "the JSON above, which could be written to no file: save it as FILE";
  if (!state.whole() && store == StoreAfterwards::forgot) {
    return fmt::format(
        "Nothing more was sent. The store may not know of requests that were sent, and another run would send them a "
        "second time. Apply nothing to these groups before the service's console shows that no rebuild of their "
        "desktops runs any more; then run gild refresh. What this run knew of them is {}.",
        where);
  }
  if (!state.whole()) {
    return fmt::format(
        "Nothing more was sent. What was sent is open in the store, since that is recorded first: run the "
        "same command again, and gild finds out what became of it. What this run knew of it is {}.",
        where);
  }
  // It is kept so that nobody goes on with less knowledge than this run had.
  const std::string unlock = store == StoreAfterwards::locked
                                 ? CommandText("gild state unlock").option("--state", state_).str() + "\n    "
                                 : "";
  return fmt::format(
      "Nothing more was sent. What this run knows and the store may not is {}. When the store can be written again, "
      "and before anything else is applied:\n    {}{}",
      where, unlock, CommandText("gild state push").option("--state", state_).words({path.value_or("FILE")}).str());
}

}  // namespace gild
