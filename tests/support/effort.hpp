// SPDX-License-Identifier: Apache-2.0
// How much a test that tries very many cases tries. Under the thread sanitizer everything takes ten times as long and
// each case has the same threads: there a part of them is enough. All of them run in the ordinary build.
#pragma once

#include <cstddef>

namespace gild::test {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr std::size_t kOneIn = 7;
#define GILD_TEST_FEWER
#endif
#endif
#ifndef GILD_TEST_FEWER
inline constexpr std::size_t kOneIn = 1;
#endif

}  // namespace gild::test
