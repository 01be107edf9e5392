// SPDX-License-Identifier: Apache-2.0
// Against a real S3 server (tests/support/s3_server.py), which checks signatures and conditions by its own rules.
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/cloud/poco_transport.hpp"
#include "engine/store/s3/s3_journal.hpp"
#include "engine/store/s3/s3_state_store.hpp"
#include "tests/support/real_clock.hpp"
#include "tests/support/state_store_conformance.hpp"
#include "tests/support/state_store_crashes.hpp"

namespace gild {
namespace {

class RealServer {
 public:
  RealServer() {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) throw std::runtime_error("socketpair");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(pair[1], 0);
      ::dup2(pair[1], 1);
      ::execl("/usr/bin/python3", "python3", "-B", GILD_SOURCE_DIR "/tests/support/s3_server.py", nullptr);
      ::_exit(127);
    }
    ::close(pair[1]);
    socket_ = pair[0];
    std::string line;
    char c = 0;
    while (::read(socket_, &c, 1) == 1 && c != '\n') line += c;
    const std::string mark = "\"endpoint\": \"";
    const std::size_t begin = line.find(mark);
    if (begin == std::string::npos) return;
    endpoint_ = line.substr(begin + mark.size(), line.find('"', begin + mark.size()) - begin - mark.size());
  }
  ~RealServer() {
    ::close(socket_);
    ::waitpid(pid_, nullptr, 0);
  }
  RealServer(const RealServer&) = delete;
  RealServer& operator=(const RealServer&) = delete;

  // Empty: it is not installed.
  const std::string& endpoint() const { return endpoint_; }

 private:
  pid_t pid_ = 0;
  int socket_ = -1;
  std::string endpoint_;
};

const std::string& endpoint() {
  static RealServer server;
  return server.endpoint();
}

// False, saying so, where there is no server to test against. Where everything has to be tested, that is a failure.
bool there_is_a_server() {
  if (!endpoint().empty()) return true;
  const char* ci = std::getenv("CI");
  if (ci != nullptr && std::string_view(ci) == "true") FAIL("no S3 server: scripts/bootstrap brings it");
  WARN("skipped: no S3 server; scripts/bootstrap brings it");
  return false;
}

std::optional<std::string> variables(std::string_view name) {
  if (name == "AWS_ACCESS_KEY_ID") return "AKIDEXAMPLE";
  if (name == "AWS_SECRET_ACCESS_KEY") return "s3cret-for-the-test-server";
  return std::nullopt;
}

// A key of its own, with what must be encoded in it.
struct Place {
  std::string key = "fleet +%/gild state é " + std::to_string(++places);
  RealClock clock;

  S3Settings settings() const {
    return s3_settings("s3://golden-images/" + percent_encode(key) + "?endpoint=" + endpoint(), variables);
  }
  std::unique_ptr<Transport> transport() const { return make_poco_transport({}, variables); }
  std::unique_ptr<StateStore> open() { return std::make_unique<S3StateStore>(settings(), transport(), clock); }

  static inline int places = 0;
};

TEST_CASE("on a real S3 server the store keeps what a state store promises", "[store][s3]") {
  if (!there_is_a_server()) return;
  Place place;
  check_state_store([&] { return place.open(); });
}

class RealCrashSite : public CrashSite {
 public:
  std::unique_ptr<StateStore> dying(std::size_t call, Death death) override {
    return std::make_unique<S3StateStore>(place_.settings(), std::make_unique<Wire>(*this, call, death), hurried_);
  }
  bool died() const override { return died_; }
  std::unique_ptr<StateStore> elsewhere() override { return place_.open(); }
  bool can_come_back() const override { return true; }
  void come_back() override { back_ = true; }

 private:
  class Wire : public Transport {
   public:
    Wire(RealCrashSite& site, std::size_t call, Death death)
        : site_(site), call_(call), death_(death), wire_(site.place_.transport()) {}
    HttpOutcome exchange(const HttpRequest& request) override {
      if (site_.back_) return wire_->exchange(request);
      if (site_.died_) return NotSent{"the network is unreachable"};
      if (++calls_ != call_) return wire_->exchange(request);
      site_.died_ = true;
      if (death_ == Death::after) static_cast<void>(wire_->exchange(request));
      return NoAnswer{"the connection was reset"};
    }

   private:
    RealCrashSite& site_;
    std::size_t call_;
    Death death_;
    std::unique_ptr<Transport> wire_;
    std::size_t calls_ = 0;
  };
  // The machine that dies has nothing to wait for.
  class HurriedClock : public RealClock {
   public:
    void sleep_until(Instant, std::stop_token) override {}
  };

  Place place_;
  HurriedClock hurried_;
  bool died_ = false;
  bool back_ = false;
};

TEST_CASE("on a real S3 server, wherever a run dies, the next one finds all it was told of", "[store][s3]") {
  if (!there_is_a_server()) return;
  check_crashes([] { return std::make_unique<RealCrashSite>(); });
}

TEST_CASE("a real S3 server lists a long journal in pages, and gild reads them all", "[store][s3]") {
  if (!there_is_a_server()) return;
  Place place;
  S3Client client(place.settings(), place.transport(), place.clock);
  constexpr std::int64_t kObjects = 1100;  // a page has at most 1,000
  for (std::int64_t number = 1; number <= kObjects; ++number) {
    client.put(s3_journal_key(place.key, number), write_s3_journal({number, "lock", {}, {}, std::nullopt}, "test"));
  }
  CHECK(client.list(s3_journal_prefix(place.key), {}).size() == kObjects);
  const auto behind = client.list(s3_journal_prefix(place.key), s3_journal_key(place.key, 1098));
  CHECK(behind == std::vector<std::string>{s3_journal_key(place.key, 1099), s3_journal_key(place.key, 1100)});
  CHECK(place.open()->read().lineage.empty());
}

TEST_CASE("a real S3 server refuses a second object under one name, and wrong keys with a clear word", "[store][s3]") {
  if (!there_is_a_server()) return;
  Place place;
  S3Client client(place.settings(), place.transport(), place.clock);
  CHECK_FALSE(client.create(place.key, "one"));
  CHECK_FALSE(client.create(place.key, "one"));  // ours
  CHECK(client.create(place.key, "two")->body == "one");
  CHECK(client.refuses_to_create_again(place.key, "one"));
  const std::string etag = client.get(place.key)->etag;
  CHECK(client.swap(place.key, "three", etag));
  CHECK_FALSE(client.swap(place.key, "four", etag));
  client.remove(place.key, etag);
  CHECK(client.get(place.key)->body == "three");
  client.remove(place.key, client.get(place.key)->etag);
  CHECK_FALSE(client.get(place.key));

  S3Settings wrong = place.settings();
  wrong.keys.secret_key = Secret("another");
  S3Client stranger(wrong, place.transport(), place.clock);
  CHECK_THROWS_WITH(stranger.get(place.key), Catch::Contains("SignatureDoesNotMatch"));
  S3Settings elsewhere = place.settings();
  elsewhere.bucket = "no-such-bucket";
  S3Client lost(elsewhere, place.transport(), place.clock);
  CHECK_THROWS_WITH(lost.get(place.key), Catch::Contains("NoSuchBucket"));
}

TEST_CASE("of many that lock at once on a real S3 server, one at a time has the lock, and each gets it",
          "[store][s3]") {
  if (!there_is_a_server()) return;
  Place place;
  constexpr int kRuns = 6;
  std::vector<pid_t> runs;
  for (int run = 0; run < kRuns; ++run) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      // A process of its own, without the test's: it ends here, whatever happens.
      try {
        const auto store = place.open();
        const auto locked = store->lock(began_as("run" + std::to_string(run)), Duration{120'000});
        locked->append(refreshed("d" + std::to_string(run), "img-1"));
        locked->sync();
        locked->fold_to_disk();
      } catch (...) {
        ::_exit(1);
      }
      ::_exit(0);
    }
    runs.push_back(pid);
  }
  for (const pid_t pid : runs) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    CHECK(status == 0);
  }
  CHECK(place.open()->read().desktops.size() == kRuns);
  CHECK(serials_of(place.open()->read_history()).size() == 2 * kRuns);
}

}  // namespace
}  // namespace gild
