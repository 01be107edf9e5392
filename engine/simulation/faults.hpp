// SPDX-License-Identifier: Apache-2.0
// What goes wrong on the way to the service and back, call by call: a plan of rules that is asked once for each call. A
// value; used by the simulated seams and by the emulator.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/time.hpp"
#include "engine/simulation/random.hpp"
#include "engine/simulation/service_values.hpp"

namespace gild {

enum class CallKind {
  rebuild,
  sub_jobs,
  job,
  desktops,
  detail,
  desktop,
  connect_desktops,
  images,
  check_images,
  token,
  security_token,
};
inline constexpr std::size_t kCallKinds = 11;
std::string_view name_of(CallKind kind);  // "rebuild", "sub-jobs", "check-images" …
std::optional<CallKind> call_kind_from(std::string_view name);

struct Fault {
  enum class Kind {
    throttle,      // 429, not carried out
    status,        // an error answer in the service's JSON, not carried out
    status_after,  // the same, but it was carried out
    html,          // a proxy's page instead of an answer, not carried out
    html_after,    // the same, but it was carried out
    half,          // carried out; the answer ends in the middle
    lost_before,   // not carried out; the connection ends without an answer
    lost_after,    // carried out; the connection ends without an answer
    reset,         // carried out; the connection is reset
    slow,          // carried out, answered after `wait`
    unreachable,   // no connection
    certificate,   // the certificate does not verify
  };
  Kind kind = Kind::lost_after;
  int status = 503;
  std::string code = "WKS.00019999";
  std::string message = "The service is not available.";
  Duration wait{0};  // slow: how long; throttle: Retry-After, 0: none
  int limit = 100;   // throttle: what its text names
  std::string window = "1 minute";

  bool carried_out() const;
};
std::string_view name_of(Fault::Kind kind);  // "lost_after" …
std::optional<Fault::Kind> fault_kind_from(std::string_view name);

// Holds for calls number `from` to `from + count - 1` of a kind, counted from 1.
struct FaultRule {
  std::optional<CallKind> on;  // nullopt: every kind, counted over all of them
  std::size_t from = 1;
  std::size_t count = 1;  // kForEver: no end
  Fault fault;
  double chance = 1;  // for each of these calls

  static constexpr std::size_t kForEver = SIZE_MAX;
};

class FaultPlan {
 public:
  explicit FaultPlan(std::uint64_t seed = 1) : random_(seed) {}
  // The first rule that holds decides.
  void add(FaultRule rule) {
    rules_.push_back(std::move(rule));
    fired_.push_back(0);
  }
  void clear() { rules_.clear(), fired_.clear(); }
  // Counts the call and says what is to go wrong with it.
  std::optional<Fault> next(CallKind kind);
  std::size_t calls(CallKind kind) const { return calls_[static_cast<std::size_t>(kind)]; }
  std::size_t calls() const { return all_calls_; }
  // How often each rule decided, in the order in which they were added.
  const std::vector<std::size_t>& fired() const { return fired_; }

 private:
  Random random_;
  std::vector<FaultRule> rules_;
  std::vector<std::size_t> fired_;
  std::array<std::size_t, kCallKinds> calls_{};
  std::size_t all_calls_ = 0;
};

}  // namespace gild
