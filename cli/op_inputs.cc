// SPDX-License-Identifier: Apache-2.0
#include "cli/op_inputs.hpp"

#include <utility>

#include "cli/inputs.hpp"
#include "cli/version.hpp"

namespace gild {

DesktopCloud& LazyConnector::connect(const Workspace& workspace) {
  if (connector_ == nullptr) connector_ = app_.connect();
  return connector_->connect(workspace);
}

OpInputs::OpInputs(App& app, const std::optional<std::string>& state, std::string command, Duration lock_timeout)
    : app_(app),
      store_(open_state(app, state)),
      connector_(app),
      command_(std::move(command)),
      lock_timeout_(lock_timeout) {}

OpDeps OpInputs::deps(Observer& observer) {
  Identity identity = app_.identify();
  Began who{command_, std::move(identity.user), std::move(identity.host), std::move(identity.commit),
            std::string{version()}};
  return {*store_,          connector_, app_.clock, observer, std::move(who), {lock_timeout_, app_.stop.get_token()},
          app_.keep_errored};
}

}  // namespace gild
