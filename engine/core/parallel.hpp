// SPDX-License-Identifier: Apache-2.0
// Independent pieces of work side by side on the processors that are there. For pure work on values and for reading
// files; what talks to the service runs on one thread.
#pragma once

#include <cstddef>
#include <functional>

namespace gild {

// Calls work(i) once for each i below `count`, in any order, from several threads where that may be worth it, and
// returns when all have ended. Where calls throw, the exception of the lowest index comes out, so that the same input
// has the same end; calls with higher indices may be left out then.
void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace gild
