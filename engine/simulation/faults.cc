// SPDX-License-Identifier: Apache-2.0
#include "engine/simulation/faults.hpp"

#include <algorithm>

namespace gild {
namespace {

constexpr std::array<std::string_view, kCallKinds> kCallNames{
    "rebuild",          "sub-jobs", "job",          "desktops", "detail",        "desktop",
    "connect-desktops", "images",   "check-images", "token",    "security-token"};
constexpr std::array<std::string_view, 12> kFaultNames{"throttle",   "status", "status_after", "html",
                                                       "html_after", "half",   "lost_before",  "lost_after",
                                                       "reset",      "slow",   "unreachable",  "certificate"};

template <class Enum, std::size_t Size>
std::optional<Enum> from_name(const std::array<std::string_view, Size>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view name_of(CallKind kind) {
  return kCallNames[static_cast<std::size_t>(kind)];
}
std::optional<CallKind> call_kind_from(std::string_view name) {
  return from_name<CallKind>(kCallNames, name);
}
std::string_view name_of(Fault::Kind kind) {
  return kFaultNames[static_cast<std::size_t>(kind)];
}
std::optional<Fault::Kind> fault_kind_from(std::string_view name) {
  return from_name<Fault::Kind>(kFaultNames, name);
}

bool Fault::carried_out() const {
  switch (kind) {
    case Kind::status_after:
    case Kind::html_after:
    case Kind::half:
    case Kind::lost_after:
    case Kind::reset:
    case Kind::slow:
      return true;
    case Kind::throttle:
    case Kind::status:
    case Kind::html:
    case Kind::lost_before:
    case Kind::unreachable:
    case Kind::certificate:
      break;
  }
  return false;
}

std::optional<Fault> FaultPlan::next(CallKind kind) {
  const std::size_t of_kind = ++calls_[static_cast<std::size_t>(kind)];
  ++all_calls_;
  for (std::size_t index = 0; index < rules_.size(); ++index) {
    const FaultRule& rule = rules_[index];
    if (rule.on && *rule.on != kind) continue;
    const std::size_t number = rule.on ? of_kind : all_calls_;
    if (number < rule.from || number - rule.from >= rule.count) continue;
    if (rule.chance < 1 && !random_.chance(rule.chance)) continue;
    ++fired_[index];
    return rule.fault;
  }
  return std::nullopt;
}

}  // namespace gild
