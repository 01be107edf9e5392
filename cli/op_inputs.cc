// SPDX-License-Identifier: Apache-2.0
#include "cli/op_inputs.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/command_text.hpp"
#include "cli/inputs.hpp"
#include "cli/version.hpp"
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
void OpInputs::tell_of_lock() {
  if (lock_timeout_ <= Duration{0}) return;
  const std::vector<LockHolder> holders = store_->lock_holders();
  const auto holder = std::find_if(holders.begin(), holders.end(),
                                   [](const LockHolder& candidate) { return candidate.hold != LockHold::gone; });
  if (holder == holders.end()) return;
  app_.err.write(fmt::format("Waiting up to {} for the state's lock: {} on {} (process {}) runs {} since {}.\n",
                             describe_duration(lock_timeout_), escape_controls(holder->user),
                             escape_controls(holder->host), holder->pid, escape_controls(holder->command),
                             format_time(holder->since)));
}

OpDeps OpInputs::deps(Observer& observer) {
  tell_of_lock();
  Identity identity = app_.identify();
  Began who{command_, std::move(identity.user), std::move(identity.host), std::move(identity.commit),
            std::string{version()}};
  return {*store_,
          connector_,
          app_.clock,
          observer,
          std::move(who),
          {lock_timeout_, app_.stop.get_token()},
          [this](const State& state) { return keep_errored(state); }};
}

std::string OpInputs::keep_errored(const State& state) const {
  const std::optional<std::string> path = app_.keep_errored(state);
  const std::string where =
      path ? "in " + escape_controls(*path) : "the JSON above, which could be written to no file: save it as FILE";
  return fmt::format(
      "Nothing more was sent. What this run knows and the store may not is {}. When the store can be written again, "
      "and before anything else is applied:\n    {}",
      where, CommandText("gild state push").option("--state", state_).words({path.value_or("FILE")}).str());
}

}  // namespace gild
