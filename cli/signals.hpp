// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM for commands that must end in order: the first asks to stop, the second leaves at once.
#pragma once

#include <stop_token>

namespace gild {

// From here on, for the rest of the process. To be called while it has one thread: the others inherit that these
// signals are not for them. The journal makes the next run right after the second signal, as after a power cut.
void stop_on_signals(std::stop_source stop);

}  // namespace gild
