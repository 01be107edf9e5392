// SPDX-License-Identifier: Apache-2.0
// Whoever reads events may be slow or stand still: the run does not wait, and no line is missing unsaid.
#include "cli/views/event_log.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "engine/simulation/simulated_cloud.hpp"
#include "tests/cli/test_app.hpp"

namespace gild::test {
namespace {

class Pipe {
 public:
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    reader_ = ends[0];
    out = std::make_unique<DescriptorOutput>(ends[1], "the pipe", DescriptorOutput::Ownership::owned);
  }
  ~Pipe() { hang_up(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void hang_up() {
    if (reader_ >= 0) ::close(reader_);
    reader_ = -1;
  }
  // Everything up to the writer's end.
  std::string read_all() const {
    std::string text;
    std::array<char, 1'000> buffer{};
    for (ssize_t count = 0; (count = ::read(reader_, buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
  }

  std::unique_ptr<DescriptorOutput> out;

 private:
  int reader_ = -1;
};

Event note(std::size_t number, std::size_t length = 100) {
  return event::Warning{fmt::format("{:06} {}", number, std::string(length, 'x'))};
}

// How many whole lines there are, from the first event on and without a gap; what follows them must be no line.
std::size_t lines_without_a_gap(std::string_view text) {
  std::size_t count = 0;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    INFO(count);
    REQUIRE(text.substr(0, end).find(fmt::format("\"{:06} ", count)) != std::string_view::npos);
    REQUIRE(text.substr(0, end).ends_with('}'));
    text.remove_prefix(end + 1);
    ++count;
  }
  return count;
}

constexpr std::chrono::milliseconds kShort{50};
constexpr std::size_t kMany = 5'000;  // far more than a pipe holds

}  // namespace

TEST_CASE("events do not wait for a slow reader, and all of them arrive whole and in order", "[cli][events]") {
  const SimulatedClock clock;
  Pipe pipe;
  const std::size_t length = GENERATE(100U, 6'000U);  // shorter and longer than what a pipe takes at once
  EventLog log{*pipe.out, clock};
  for (std::size_t i = 0; i < kMany; ++i) log.on(note(i, length));  // nobody reads yet
  std::string text;
  std::thread reader([&] { text = pipe.read_all(); });
  log.close();
  CHECK_FALSE(log.failure());
  pipe.out.reset();
  reader.join();
  CHECK(lines_without_a_gap(text) == kMany);
}

TEST_CASE("a reader that stands still for good is given up at the end, and said", "[cli][events]") {
  const SimulatedClock clock;
  Pipe pipe;
  EventLog log{*pipe.out, clock, {64U << 20U, kShort}};
  for (std::size_t i = 0; i < kMany; ++i) log.on(note(i));
  log.close();
  REQUIRE(log.failure());
  CHECK_THAT(*log.failure(), Catch::Contains("took nothing more") && Catch::Contains("lines were not written"));
  pipe.out.reset();
  CHECK(lines_without_a_gap(pipe.read_all()) > 0);
}

TEST_CASE("more than fits into memory is given up, and what was taken before still arrives", "[cli][events]") {
  const SimulatedClock clock;
  Pipe pipe;
  EventLog log{*pipe.out, clock, {200'000, kShort}};
  for (std::size_t i = 0; i < kMany; ++i) log.on(note(i));
  std::string text;
  std::thread reader([&] { text = pipe.read_all(); });
  log.close();
  pipe.out.reset();
  reader.join();
  REQUIRE(log.failure());
  CHECK_THAT(*log.failure(), Catch::Contains("too slow"));
  CHECK(text.back() == '\n');
  const std::size_t lines = lines_without_a_gap(text);
  CHECK(lines > 1'000);
  CHECK(lines < kMany);
}

TEST_CASE("a reader that goes away is said, and nothing waits for it", "[cli][events]") {
  const SimulatedClock clock;
  Pipe pipe;
  pipe.hang_up();
  EventLog log{*pipe.out, clock};
  for (std::size_t i = 0; i < 10; ++i) log.on(note(i));
  log.close();
  REQUIRE(log.failure());
  CHECK_THAT(*log.failure(), Catch::Contains("the pipe"));
}

TEST_CASE("each event is one write of one whole line", "[cli][events]") {
  struct Counting : MemoryOutput {
    void write(std::string_view written) override {
      whole = whole && written.ends_with('\n') && written.find('\n') == written.size() - 1;
      ++writes;
    }
    bool whole = true;
    std::size_t writes = 0;
  };
  const SimulatedClock clock;
  Counting out;
  EventLog log{out, clock};
  for (std::size_t i = 0; i < 100; ++i) log.on(note(i));
  log.close();
  CHECK(out.whole);
  CHECK(out.writes == 100);
  log.on(note(100));  // too late, and harmless
  CHECK(out.writes == 100);
}

}  // namespace gild::test
