// SPDX-License-Identifier: Apache-2.0
// A state in a bucket that a test can break.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/core/environment.hpp"
#include "engine/store/s3/s3_journal.hpp"
#include "engine/store/s3/s3_state_store.hpp"
#include "tests/store/s3/fake_s3.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/state_store_conformance.hpp"

namespace gild::test {

using Fault = FakeS3::Fault;

inline constexpr const char* kAddress = "s3://golden-images/fleet/gild state.json?endpoint=https://s3.example.com";
inline const std::string kKey = "fleet/gild state.json";
inline const std::string kLock = kKey + ".lock";

inline Environment variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(std::string(name));
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

inline Environment keys() {
  return variables({{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                    {"AWS_SECRET_ACCESS_KEY", "hidden-s3cret"},
                    {"AWS_SESSION_TOKEN", "hidden-t0ken"}});
}

struct Site {
  FakeS3 server;
  FakeClock clock;
  BeatingClock beating{clock};

  std::unique_ptr<StateStore> open() {
    return std::make_unique<S3StateStore>(s3_settings(kAddress, keys()), std::make_unique<FakeS3Transport>(server),
                                          beating, &beating);
  }
  // The first `times` calls that begin so go wrong.
  void break_calls(const std::string& beginning, Fault what, std::size_t times = 1) {
    server.fault = [beginning, what, times, seen = std::size_t{0}](std::size_t, const std::string& call) mutable {
      return call.starts_with(beginning) && seen++ < times ? what : Fault::none;
    };
  }
  std::string journal(std::int64_t number) const { return s3_journal_key(kKey, number); }
  void pass(std::chrono::seconds time) { server.now += time; }
};

inline std::unique_ptr<LockedState> locked_by(StateStore& store, const std::string& user, LockWait wait = Duration{0}) {
  return store.lock(began_as(user), wait);
}

}  // namespace gild::test
