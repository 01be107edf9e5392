// SPDX-License-Identifier: Apache-2.0
// Prints documents as the real codecs write them, made at random, for golden_test.py to hold against the schemas: one a
// line, the name of its schema in front. Always the same ones.
#include <cstdio>
#include <string>

#include "engine/codec/event_codec.hpp"
#include "engine/codec/journal_codec.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/store/journal_format.hpp"
#include "tests/codec/random_model.hpp"

namespace gild {
namespace {

constexpr std::uint64_t kStates = 150;
constexpr std::uint64_t kRecordsOfAKind = 60;
constexpr int kHoldReasons = 10;
constexpr int kOutcomes = 5;
constexpr int kEnds = 10;

void print(const char* schema, std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';  // white space between values; inside strings it is escaped
  }
  std::printf("%s %s\n", schema, text.c_str());
}

void print_states() {
  for (std::uint64_t seed = 1; seed <= kStates; ++seed)
    print("state", write_state(test::RandomModel(seed).state(), "0.1.0"));
}

void print_records() {
  const std::size_t kinds = std::variant_size_v<RecordBody>;
  for (std::uint64_t seed = 0; seed < kRecordsOfAKind * kinds; ++seed) {
    print("journal", frame_record(test::RandomModel(seed).record(seed % kinds)));
  }
}

void print_event(const Event& event) {
  print("event", write_event(event, Time{}));
}

// Every value of every enumeration, and texts and errors of all forms.
void print_events() {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    test::RandomModel random(seed);
    const auto group = random.id<GroupName>();
    const auto batch = random.id<BatchId>();
    const auto ids = random.ids<DesktopId>();
    for (int i = 0; i < kHoldReasons; ++i) {
      print_event(event::DesktopsHeld{group, batch, static_cast<HoldReason>(i), ids, random.text()});
    }
    for (int i = 0; i < kOutcomes; ++i) {
      print_event(event::DesktopFinished{group, random.id<DesktopId>(), static_cast<Outcome>(i), random.maybe_text(),
                                         random.maybe_id<JobId>()});
    }
    print_event(event::RequestRefused{group, batch, random.error(), ids});
    print_event(event::RequestNotExecuted{group, batch, random.error(), Duration{random.number(0, 100'000)}});
    ApplyReport report;
    for (int i = 0; i < kEnds; ++i) {
      report.desktops.push_back({{random.id<WorkspaceName>(), random.id<DesktopId>()},
                                 group,
                                 random.maybe_text(),
                                 static_cast<DesktopEnd>(i),
                                 random.maybe<HoldReason>([&] { return static_cast<HoldReason>(i); }),
                                 random.maybe_text(),
                                 random.maybe_id<JobId>()});
    }
    report.look_again_in = random.maybe<Duration>([&] { return Duration{random.number(0, 10'000'000)}; });
    report.failure = random.maybe<Error>([&] { return Error(ErrorKind::service, random.text(), random.text()); });
    print_event(event::RunFinished{report});
  }
}

}  // namespace
}  // namespace gild

int main() {
  gild::print_states();
  gild::print_records();
  gild::print_events();
  return 0;
}
