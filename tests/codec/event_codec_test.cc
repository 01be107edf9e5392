// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/event_codec.hpp"

#include <catch2/catch.hpp>

#include "tests/support/golden.hpp"

namespace gild {
namespace {

// One event of each type, in the order of the variant.
std::vector<Event> one_of_each() {
  const GroupName finance("finance");
  const BatchId batch("finance-001");
  const std::vector<DesktopId> ids{DesktopId("d-1"), DesktopId("d-2")};
  const ServiceError error{403, "WKS.0403", "no permission", "req-9"};

  ApplyReport report;
  report.desktops = {{{WorkspaceName("prod"), DesktopId("d-1")},
                      finance,
                      std::nullopt,
                      DesktopEnd::ready,
                      std::nullopt,
                      std::nullopt,
                      JobId("job-1")},
                     {{WorkspaceName("prod"), DesktopId("d-2")},
                      finance,
                      std::nullopt,
                      DesktopEnd::held,
                      HoldReason::in_use,
                      "CONNECTED",
                      std::nullopt}};
  report.paused = {{finance, 3, 2}};
  report.interrupted = true;
  report.look_again_in = Duration{1'800'500};
  report.notes = {"2 of 5 batches were sent."};
  report.requests = 2;
  Error failure(ErrorKind::service, "The service cannot be reached", "Look at the network.");
  failure.while_doing("reading the desktops of finance");
  report.failure = failure;

  return {event::RunStarted{std::string(64, 'c'), true, {{finance, 250, 3}}},
          event::DesktopsHeld{finance, batch, HoldReason::drifted, ids, "their image is img-9"},
          event::DesktopsRecorded{finance, batch, ids},
          event::RequestSending{finance, batch, 12, ids},
          event::RequestAccepted{finance, batch, JobId("job-1"), "req-1", 2},
          event::RequestRefused{finance, batch, error, {DesktopId("d-1")}},
          event::RequestNotExecuted{finance, batch, {0, "", "connection refused", ""}, Duration{1500}},
          event::RequestLost{finance, batch, "no answer within 120 s", ids},
          event::RequestAdopted{finance, batch, JobId("job-2"), ids},
          event::RequestNotReceived{finance, batch, ids},
          event::JobProgress{finance, JobId("job-1"), 1, 2, 3, 4},
          event::DesktopFinished{finance, DesktopId("d-1"), Outcome::failed, "WKS.1", JobId("job-1")},
          event::GroupPaused{finance, 3, 2},
          event::Waiting{"the answer to settle", Duration{90'000}},
          event::Warning{"the clock of this machine is 3 min behind"},
          event::RunFinished{report}};
}

}  // namespace

TEST_CASE("each type of event has its line", "[codec]") {
  const Time at = *parse_time("2026-11-24T20:00:00Z");
  const auto events = one_of_each();
  std::string file;
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK(events[i].index() == i);
    file += write_event(events[i], at) + '\n';
  }
  CHECK(events.size() == std::variant_size_v<Event>);
  // The end of a quiet run: nothing held, nothing failed.
  file += write_event(event::RunFinished{}, at) + '\n';
  test::check_golden("event/every-type.ndjson", file);
}

TEST_CASE("an event stays on its line whatever the service said", "[codec]") {
  const std::string line = write_event(event::Warning{"two\nlines and \xFF"}, Time{});
  CHECK(
      line ==
      "{\"format\":\"gild.event/1\",\"type\":\"warning\",\"time\":\"1970-01-01T00:00:00Z\",\"text\":\"two\\nlines and "
      "\uFFFD\"}");
}

}  // namespace gild
