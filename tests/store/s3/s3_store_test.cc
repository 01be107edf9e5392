// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <catch2/catch.hpp>

#include "engine/store/s3/s3_journal.hpp"
#include "engine/store/s3/s3_state_store.hpp"
#include "engine/store/s3/xml_text.hpp"
#include "tests/store/caching_proxy.hpp"
#include "tests/store/s3/fake_s3.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/state_store_conformance.hpp"
#include "tests/support/state_store_crashes.hpp"

namespace gild {
namespace {

using test::FakeS3;
using Fault = FakeS3::Fault;

constexpr const char* kAddress = "s3://golden-images/fleet/gild state.json?endpoint=https://s3.example.com";
const std::string kKey = "fleet/gild state.json";
const std::string kLock = kKey + ".lock";

Environment variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(std::string(name));
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

Environment keys() {
  return variables({{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                    {"AWS_SECRET_ACCESS_KEY", "hidden-s3cret"},
                    {"AWS_SESSION_TOKEN", "hidden-t0ken"}});
}

struct Site {
  FakeS3 server;
  FakeClock clock;
  BeatingClock beating{clock};

  std::unique_ptr<StateStore> open() {
    return std::make_unique<S3StateStore>(s3_settings(kAddress, keys()),
                                          std::make_unique<test::FakeS3Transport>(server), beating, &beating);
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

std::unique_ptr<LockedState> locked_by(StateStore& store, const std::string& user, LockWait wait = Duration{0}) {
  return store.lock(began_as(user), wait);
}

TEST_CASE("a store in S3 keeps what a state store promises", "[store][s3]") {
  Site site;
  site.server.page = GENERATE(as<std::size_t>{}, 1, 1000);
  site.server.knows_if_match = GENERATE(true, false);
  site.server.rejects_conditions = GENERATE(true, false);
  check_state_store([&] { return site.open(); });
}

// The machine's last call, and what it says afterwards, as another one sees it.
class S3CrashSite : public CrashSite {
 public:
  std::unique_ptr<StateStore> dying(std::size_t call, Death death) override {
    return std::make_unique<S3StateStore>(s3_settings(kAddress, keys()), std::make_unique<Wire>(*this, call, death),
                                          clock_);
  }
  bool died() const override { return died_; }
  std::unique_ptr<StateStore> elsewhere() override {
    return std::make_unique<S3StateStore>(s3_settings(kAddress, keys()),
                                          std::make_unique<test::FakeS3Transport>(server_), clock_);
  }
  bool can_come_back() const override { return true; }
  void come_back() override { back_ = true; }

 private:
  class Wire : public Transport {
   public:
    Wire(S3CrashSite& site, std::size_t call, Death death) : site_(site), call_(call), death_(death) {}
    HttpOutcome exchange(const HttpRequest& request) override {
      if (site_.back_) return site_.server_.exchange(request);
      if (site_.died_) return NotSent{"the network is unreachable"};
      if (++calls_ != call_) return site_.server_.exchange(request);
      site_.died_ = true;
      if (death_ == Death::after) static_cast<void>(site_.server_.exchange(request));
      return NoAnswer{"the connection was reset"};
    }

   private:
    S3CrashSite& site_;
    std::size_t call_;
    Death death_;
    std::size_t calls_ = 0;
  };

  FakeS3 server_;
  FakeClock clock_;
  bool died_ = false;
  bool back_ = false;
};

TEST_CASE("wherever a run with its state in S3 dies, the next one finds all it was told of and goes on",
          "[store][s3]") {
  check_crashes([] { return std::make_unique<S3CrashSite>(); });
}

TEST_CASE("a batch costs two small writes, whatever the number of desktops", "[store][s3]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  for (int i = 0; i < 500; ++i) locked->append(refreshed("d" + std::to_string(i), "img-1"));
  locked->fold_to_disk();
  site.server.calls.clear();
  REQUIRE(locked->reserve(1000));
  const std::int64_t intent = locked->append(intended("d1", "img-2")).serial;
  locked->sync();
  REQUIRE(locked->reserve(1000));
  locked->append(Accepted{intent, JobId("job-1"), "req-1", std::nullopt});
  locked->sync();
  CHECK(site.server.calls == std::vector<std::string>{"PUT " + site.journal(2), "PUT " + site.journal(3)});
  CHECK(site.server.objects[site.journal(2)].body.size() < 1000);
}

TEST_CASE("a lock whose reply was lost is recognized by its own id, and given back in the end", "[store][s3]") {
  Site site;
  site.break_calls("PUT " + kLock, GENERATE(Fault::lost_after, Fault::unavailable_after, Fault::lost_before,
                                            Fault::unavailable, Fault::not_reached, Fault::throttled, Fault::conflict));
  const auto store = site.open();
  {
    const auto locked = locked_by(*store, "alice");
    CHECK(site.server.objects.count(kLock) == 1);
  }
  CHECK(site.server.objects.count(kLock) == 0);
}

TEST_CASE("a write whose reply was lost is settled by reading it back, and made once", "[store][s3]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  site.break_calls("PUT " + site.journal(1),
                   GENERATE(Fault::lost_after, Fault::unavailable_after, Fault::lost_before, Fault::unavailable,
                            Fault::not_reached, Fault::throttled, Fault::conflict));
  locked->append(refreshed("d1", "img-1"));
  locked->sync();
  CHECK(text_of(site.open()->read()) == text_of(locked->state()));
  locked->append(refreshed("d2", "img-1"));
  locked->sync();
  locked.reset();
  CHECK(site.open()->read().desktops.size() == 2);
  CHECK(serials_of(site.open()->read_history()) == std::vector<std::int64_t>{1, 2, 3});
  CHECK(site.server.objects.count(kLock) == 0);
}

TEST_CASE("a throttled call waits as long as the server asks for", "[store][s3]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  site.break_calls("PUT ", Fault::throttled);
  locked->append(refreshed("d1", "img-1"));
  const Instant before = site.clock.instant();
  locked->sync();
  CHECK(site.clock.instant() - before == std::chrono::seconds{7});
}

TEST_CASE("giving back a lock is tried again where the reply was lost, and removes nobody else's", "[store][s3]") {
  Site site;
  site.server.knows_if_match = GENERATE(true, false);
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  SECTION("the reply was lost") {
    site.break_calls("DELETE ", GENERATE(Fault::lost_after, Fault::lost_before, Fault::unavailable));
    locked.reset();
    CHECK(site.server.objects.count(kLock) == 0);
  }
  SECTION("it was taken away, and is somebody else's") {
    CHECK(site.open()->unlock(holder_of(*store)->id));
    const auto other_store = site.open();
    const auto other = locked_by(*other_store, "bob");
    locked.reset();
    CHECK(holder_of(*store)->user == "bob");
  }
  SECTION("it was removed, the reply was lost, and somebody else has locked since") {
    const auto other_store = site.open();
    std::unique_ptr<LockedState> other;
    bool once = false;
    site.server.fault = [&](std::size_t, const std::string& call) {
      if (!call.starts_with("DELETE ") || std::exchange(once, true)) return Fault::none;
      site.server.objects.erase(kLock);
      other = locked_by(*other_store, "bob");
      return Fault::lost_before;
    };
    locked.reset();
    CHECK(holder_of(*store)->user == "bob");
    other.reset();
  }
}

TEST_CASE("a server that ignores conditions, or does not know them, is refused before anything is written",
          "[store][s3]") {
  Site site;
  site.server.knows_if_none_match = false;
  site.server.rejects_conditions = GENERATE(true, false);
  const auto store = site.open();
  try {
    locked_by(*store, "alice");
    FAIL("locked");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::refused);
    CHECK_THAT(error.what(), Catch::Contains("has no conditional writes (If-None-Match)"));
  }
  CHECK(site.server.objects.empty());
  CHECK(store->read().lineage.empty());  // looking works
}

TEST_CASE(
    "what cannot be stored ends the run, is part of the state in memory, and the lock stays until a person takes "
    "it away",
    "[store][s3]") {
  Site site;
  const auto store = site.open();
  {
    auto locked = locked_by(*store, "alice");
    locked->append(refreshed("d1", "img-1"));
    locked->sync();
    site.break_calls("PUT " + site.journal(2), GENERATE(Fault::unavailable, Fault::lost_before, Fault::not_reached),
                     100);
    locked->append(refreshed("d2", "img-1"));
    CHECK_THROWS_AS(locked->sync(), Error);
    CHECK(locked->state().desktops.size() == 2);
    CHECK(locked->keeps_lock());
    CHECK_THROWS_AS(locked->append(refreshed("d3", "img-1")), Error);
    CHECK(locked->state().desktops.size() == 3);
  }
  site.server.fault = {};
  site.pass(std::chrono::hours{24});  // it does not run out
  CHECK_THROWS_AS(locked_by(*site.open(), "bob"), Error);
  CHECK(site.open()->unlock(holder_of(*store)->id));
  const auto other = site.open();
  CHECK(locked_by(*other, "bob") != nullptr);
  CHECK(site.open()->read().desktops.size() == 1);
}

TEST_CASE("a holder that sleeps shows a sign of life each minute, and keeps its lock for as long as it does",
          "[store][s3]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  site.server.calls.clear();
  site.clock.on_sleep = [&] { site.pass(std::chrono::minutes{1}); };
  site.beating.sleep_until(site.beating.instant() + std::chrono::minutes{30}, {});
  CHECK(site.server.count("PUT " + kLock) >= 29);
  const auto holder = holder_of(*store);
  REQUIRE(holder);
  CHECK(holder->user == "alice");
  CHECK(site.server.now - *holder->seen <= std::chrono::minutes{2});
  CHECK_THROWS_AS(locked_by(*site.open(), "bob"), Error);
  locked->append(refreshed("d1", "img-1"));
  locked->sync();
  locked.reset();
  CHECK(site.server.objects.count(kLock) == 0);
}

TEST_CASE("a lock without a sign of life for ten minutes is taken over, and its holder can write nothing more",
          "[store][s3]") {
  Site site;
  site.server.knows_if_match = GENERATE(true, false);
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  const bool had_written = GENERATE(false, true);
  if (had_written) {
    locked->append(refreshed("d1", "img-1"));
    locked->sync();
  }
  site.pass(std::chrono::minutes{9});
  CHECK_THROWS_AS(locked_by(*site.open(), "bob"), Error);
  site.pass(std::chrono::minutes{2});
  LockWait wait{Duration{0}};
  std::string told;
  wait.tell_taken_over = [&](const LockHolder& holder) { told = holder.user; };
  const auto other_store = site.open();
  auto other = locked_by(*other_store, "bob", wait);
  CHECK(told == "alice");
  CHECK(holder_of(*store)->user == "bob");
  // Before the new holder has written anything, the old one is shut out.
  SECTION("by its next write") {
    locked->append(refreshed("d2", "img-1"));
    CHECK_THROWS_WITH(locked->sync(), Catch::Contains("was taken away from this run"));
  }
  SECTION("by its next look at the lock, where it only slept") {
    site.clock.sleep_until(site.clock.instant() + std::chrono::minutes{11}, {});
    CHECK_THROWS_WITH(static_cast<void>(locked->reserve(1000)), Catch::Contains("was taken away from this run"));
  }
  SECTION("by its sign of life") {
    site.beating.sleep_until(site.beating.instant() + std::chrono::seconds{61}, {});
    CHECK_THROWS_WITH(static_cast<void>(locked->reserve(1000)), Catch::Contains("was taken away from this run"));
  }
  CHECK_FALSE(locked->keeps_lock());
  locked.reset();
  CHECK(holder_of(*store)->user == "bob");
  other->append(refreshed("d3", "img-1"));
  other->sync();
  other.reset();
  CHECK(site.open()->read().desktops.size() == (had_written ? 2 : 1));
  CHECK(site.server.objects.count(kLock) == 0);
}

TEST_CASE("whose lock a person took away can write nothing more, also where nobody has written since", "[store][s3]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  locked->append(refreshed("d1", "img-1"));
  locked->sync();
  CHECK(site.open()->unlock(holder_of(*store)->id));
  locked->append(intended("d1", "img-2"));
  CHECK_THROWS_WITH(locked->sync(), Catch::Contains("was taken away from this run"));
  locked.reset();
  CHECK(site.open()->read().intents.empty());
  const auto other_store = site.open();
  auto other = locked_by(*other_store, "bob");
  other->append(refreshed("d2", "img-1"));
  CHECK_NOTHROW(other->sync());
}

TEST_CASE("a run that has lost its lock and stored all that it knows has nothing to keep elsewhere", "[store][s3]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  locked->append(refreshed("d1", "img-1"));
  locked->sync();
  CHECK(site.open()->unlock(holder_of(*store)->id));
  site.clock.sleep_until(site.clock.instant() + std::chrono::seconds{61}, {});
  CHECK_THROWS_WITH(static_cast<void>(locked->reserve(1000)), Catch::Contains("was taken away from this run"));
  CHECK_NOTHROW(locked->fold_to_disk());
  locked->append(refreshed("d2", "img-1"));
  CHECK_THROWS_AS(locked->fold_to_disk(), Error);  // of this nobody else knows
  CHECK(site.server.objects.count(kKey) == 0);
}

TEST_CASE("a lock whose holder shows a sign of life while it is taken away is taken away", "[store][s3]") {
  Site site;
  site.server.knows_if_match = GENERATE(true, false);
  const auto store = site.open();
  const auto locked = locked_by(*store, "alice");
  bool once = false;
  site.server.fault = [&](std::size_t, const std::string& call) {
    if (call == "DELETE " + kLock && !std::exchange(once, true)) {
      site.beating.sleep_until(site.clock.instant() + std::chrono::seconds{61}, {});
    }
    return Fault::none;
  };
  CHECK(site.open()->unlock(holder_of(*store)->id));
  CHECK(once);
  CHECK_FALSE(holder_of(*store));
}

TEST_CASE("what a proxy has kept of the bucket is not taken for the bucket", "[store][s3]") {
  Site site;
  S3StateStore behind_proxy(s3_settings(kAddress, keys()),
                            std::make_unique<test::CachingProxy>(std::make_unique<test::FakeS3Transport>(site.server)),
                            site.beating, &site.beating);
  CHECK(behind_proxy.read().desktops.empty());
  const auto store = site.open();
  {
    const auto locked = locked_by(*store, "alice");
    locked->append(refreshed("d1", "img-1"));
    locked->fold_to_disk();
    CHECK(behind_proxy.lock_holders().size() == 1);
  }
  CHECK(behind_proxy.read().desktops.size() == 1);
  CHECK(behind_proxy.lock_holders().empty());
}

TEST_CASE("of two that take over one lock, one gets it", "[store][s3]") {
  Site site;
  const auto store = site.open();
  const auto locked = locked_by(*store, "alice");
  site.pass(std::chrono::minutes{11});
  // The second one begins when the first is about to write its fence.
  const auto second_store = site.open();
  std::unique_ptr<LockedState> second;
  bool once = false;
  site.server.fault = [&](std::size_t, const std::string& call) {
    if (call == "PUT " + site.journal(1) && !std::exchange(once, true)) second = locked_by(*second_store, "carol");
    return Fault::none;
  };
  CHECK_THROWS_AS(locked_by(*site.open(), "bob"), Error);
  REQUIRE(second);
  CHECK(holder_of(*store)->user == "carol");
  second->append(refreshed("d1", "img-1"));
  CHECK_NOTHROW(second->sync());
}

TEST_CASE("who holds the lock is told to who waits, and waiting ends when it is free", "[store][s3]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  std::string told;
  LockWait wait{std::chrono::minutes{5}};
  wait.tell = [&](const LockHolder& holder) { told += holder.user + ";"; };
  std::size_t sleeps = 0;
  site.clock.on_sleep = [&] {
    if (++sleeps == 3) locked.reset();
  };
  const auto other = site.open();
  CHECK(locked_by(*other, "bob", wait) != nullptr);
  CHECK(told == "alice;");
}

TEST_CASE("an older snapshot in the place of a newer one costs reading and nothing else", "[store][s3]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  locked->append(refreshed("d1", "img-1"));
  locked->fold_to_disk();
  const FakeS3::Object older = site.server.objects[kKey];
  locked->append(refreshed("d2", "img-1"));
  locked->fold_to_disk();
  const std::string state = text_of(site.open()->read());
  if (GENERATE(true, false)) {
    site.server.objects[kKey] = older;
  } else {
    site.server.objects.erase(kKey);
  }
  CHECK(text_of(site.open()->read()) == state);
}

TEST_CASE("a journal grows by a snapshot now and then, so that a reader beside a long run has little to fetch",
          "[store][s3]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  for (int i = 0; i < 600; ++i) {
    locked->append(refreshed("d1", "img-" + std::to_string(i)));
    locked->sync();
  }
  CHECK(site.server.count("PUT " + kKey) - site.server.count("PUT " + kKey + ".") == 2);
  site.server.calls.clear();
  CHECK(site.open()->read().serial == 601);
  CHECK(site.server.calls.size() < 260);
  CHECK(site.open()->read_history().size() == 601);
}

TEST_CASE("what somebody has removed or changed is damage, and never a silent loss", "[store][s3]") {
  Site site;
  const auto store = site.open();
  {
    auto locked = locked_by(*store, "alice");
    for (int i = 0; i < 4; ++i) {
      locked->append(refreshed("d" + std::to_string(i), "img-1"));
      locked->sync();
      if (i == 1) locked->fold_to_disk();
    }
  }
  const auto complaint = [&] { return complaint_of<Error>([&] { static_cast<void>(site.open()->read()); }); };
  SECTION("a part of the journal behind the snapshot") {
    site.server.objects.erase(site.journal(3));
    CHECK_THAT(complaint(),
               Catch::Contains("lacks s3://golden-images/" + site.journal(3)) && Catch::Contains("lifecycle rule"));
    CHECK_THROWS_AS(locked_by(*store, "bob"), Error);
    CHECK(site.server.objects.count(kLock) == 0);
  }
  SECTION("all of the journal") {
    for (int i = 1; i <= 4; ++i) site.server.objects.erase(site.journal(i));
    CHECK_THAT(complaint(), Catch::Contains("lacks s3://golden-images/" + site.journal(2)));
  }
  SECTION("the beginning of the journal, which only the history needs") {
    site.server.objects.erase(site.journal(1));
    CHECK(site.open()->read().desktops.size() == 4);
    CHECK_THROWS_WITH(site.open()->read_history(), Catch::Contains("lacks"));
  }
  SECTION(
      "an object in the middle, while it is locked by a run that is gone: that lock can be taken away all the same") {
    site.server.objects[kLock] = {"not gild's", "\"e-tag\"", site.server.now, {}};
    site.server.objects.erase(site.journal(3));
    CHECK(site.open()->unlock("e-tag"));
    CHECK(site.server.objects.count(kLock) == 0);
  }
  SECTION("a byte of the journal") {
    std::string& body = site.server.objects[site.journal(3)].body;
    body[body.size() - 20] ^= 1;
    CHECK_THAT(complaint(), Catch::Contains("its checksum does not match"));
  }
  SECTION("one object of the journal in the place of another") {
    site.server.objects[site.journal(4)] = site.server.objects[site.journal(3)];
    CHECK_THAT(complaint(), Catch::Contains("under the number of another one"));
  }
  SECTION("a file in the place of the state's object") {
    site.server.objects[kKey] = {"{\"version\":4}", "\"x\"", site.server.now, {}};
    CHECK_THAT(complaint(), Catch::Contains("holds something that gild has not written there"));
  }
}

TEST_CASE("a list that is not what was asked for is no list", "[store][s3]") {
  Site site;
  const auto store = site.open();
  {
    auto locked = locked_by(*store, "alice");
    locked->append(refreshed("d1", "img-1"));
    locked->sync();
  }
  const std::string body = GENERATE(as<std::string>{},
                                    "<ListBucketResult><Contents><Key>fleet%2Fgild+state.json.journal%2F000000000001"
                                    "</Key></Contents><IsTruncated>false</IsTruncated></ListBucketResult>",
                                    "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
                                    "<html>Sign in to the wireless network</html>", "");
  site.server.instead = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.url.find("prefix=") == std::string::npos) return std::nullopt;
    return HttpResponse{200, {}, body, true};
  };
  CHECK_THROWS_WITH(site.open()->read(), Catch::Contains("The state cannot be read"));
}

TEST_CASE("a sleep by the clock of the locks ends early on a stop, and a sign of life that sleeps is let alone",
          "[store][s3]") {
  FakeClock clock;
  BeatingClock beating(clock);
  std::stop_source stop;
  int beats = 0;
  const auto beat = beating.beat(std::chrono::minutes{1}, [&] {
    ++beats;
    beating.sleep_until(beating.instant() + std::chrono::hours{1}, {});  // tries again and again, say
    if (beats == 2) clock.on_sleep = [&] { stop.request_stop(); };
  });
  const Instant begin = clock.instant();
  beating.sleep_until(begin + std::chrono::hours{24}, stop.get_token());
  CHECK(beats == 2);
  CHECK(clock.instant() - begin < std::chrono::hours{3});
}

TEST_CASE("a wrong clock on this machine is put right by the server's", "[store][s3]") {
  Site site;
  site.server.now += std::chrono::hours{2};
  site.server.instead = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    for (const auto& [name, value] : request.headers) {
      if (name == "X-Amz-Date" && value != format_compact_time(site.server.now)) {
        return site.server.error(403, "RequestTimeTooSkewed");
      }
    }
    return std::nullopt;
  };
  CHECK(site.open()->read().lineage.empty());
}

TEST_CASE("an answer that is none ends the run with what to do, and no message holds a secret", "[store][s3]") {
  const auto [status, code, advice] =
      GENERATE(table<int, const char*, const char*>({{403, "AccessDenied", "s3:ListBucket"},
                                                     {403, "SignatureDoesNotMatch", "does not take these keys"},
                                                     {403, "ExpiredToken", "have run out"},
                                                     {404, "NoSuchBucket", "Make the bucket"},
                                                     {301, "PermanentRedirect", "in another region than"},
                                                     {400, "AuthorizationHeaderMalformed", "in another region than"}}));
  Site site;
  HttpResponse answer = site.server.error(status, code);
  const std::string text = "The fake says";
  answer.body.replace(answer.body.find(text), text.size(), "hidden-s3cret hidden-t0ken");
  site.server.instead = [&](const HttpRequest&) -> std::optional<HttpResponse> { return answer; };
  const std::string complaint = complaint_of<Error>([&] { static_cast<void>(site.open()->read()); });
  CHECK_THAT(complaint, Catch::Contains(code) && Catch::Contains(advice) && !Catch::Contains("hidden"));
}

TEST_CASE("addresses and keys come from the address and the usual variables", "[store][s3]") {
  const auto with = [](std::map<std::string, std::string> values) {
    values.emplace("AWS_ACCESS_KEY_ID", "A");
    values.emplace("AWS_SECRET_ACCESS_KEY", "S");
    return variables(std::move(values));
  };
  SECTION("AWS") {
    const S3Settings settings = s3_settings("s3://my-bucket/a/b.json?region=eu-west-1", with({}));
    CHECK(settings.endpoint.host == "s3.eu-west-1.amazonaws.com");
    CHECK(settings.in_host);
    CHECK(settings.bucket == "my-bucket");
    CHECK(settings.key == "a/b.json");
    CHECK(s3_settings("s3://my-bucket/a", with({{"AWS_DEFAULT_REGION", "eu-west-2"}})).region == "eu-west-2");
    CHECK_FALSE(s3_settings("s3://my.bucket/a?region=eu-west-1", with({})).in_host);
    CHECK_FALSE(s3_settings("s3://my-bucket/a?region=eu-west-1&addressing=path", with({})).in_host);
  }
  SECTION("OBS, with Huawei's keys first and the region out of the host") {
    const char* address = "s3://my-bucket/a?endpoint=https://obs.eu-west-101.myhuaweicloud.eu";
    const S3Settings settings = s3_settings(
        address,
        with({{"HW_ACCESS_KEY", "H"}, {"HW_SECRET_KEY", "HS"}, {"HW_SECURITY_TOKEN", "T"}, {"AWS_REGION", "x"}}));
    CHECK(settings.region == "eu-west-101");
    CHECK(settings.in_host);
    CHECK(settings.keys.access_key == "H");
    CHECK(settings.keys.session_token.reveal() == "T");
    CHECK(s3_settings(address, with({})).keys.access_key == "A");
  }
  SECTION("another server, which never gets Huawei's keys") {
    const Environment only_huawei = variables(
        {{"AWS_ENDPOINT_URL_S3", "https://minio.example.com:9000"}, {"HW_ACCESS_KEY", "H"}, {"HW_SECRET_KEY", "HS"}});
    CHECK_THROWS_WITH(s3_settings("s3://my-bucket/a", only_huawei),
                      "There are no keys for the state's server minio.example.com:9000");
    const S3Settings settings = s3_settings("s3://my-bucket/a", with({{"AWS_ENDPOINT_URL", "http://127.0.0.1:9000/"}}));
    CHECK_FALSE(settings.in_host);
    CHECK(settings.region == "us-east-1");
  }
  SECTION("the file of AWS's tools") {
    TempFolder folder;
    write_text(folder / "credentials",
               "# mine\n[default]\naws_access_key_id = one\naws_secret_access_key=two\n\n[team]\n"
               "aws_access_key_id=three\naws_secret_access_key = four = 4\naws_session_token=five\n");
    const std::map<std::string, std::string> base{{"AWS_SHARED_CREDENTIALS_FILE", folder / "credentials"},
                                                  {"AWS_REGION", "eu-west-1"}};
    CHECK(s3_settings("s3://my-bucket/a", variables(base)).keys.access_key == "one");
    auto of_team = base;
    of_team["AWS_PROFILE"] = "team";
    const AwsKeys found = s3_settings("s3://my-bucket/a", variables(of_team)).keys;
    CHECK(found.secret_key.reveal() == "four = 4");
    CHECK(found.session_token.reveal() == "five");
  }
  SECTION("what is no address, or would send keys in the clear") {
    const auto complaint = [&](const std::string& url) {
      return complaint_of<Error>([&] { s3_settings(url, with({})); });
    };
    CHECK_THAT(complaint("s3://my-bucket/a"), Catch::Contains("neither an endpoint nor a region"));
    CHECK_THAT(complaint("s3://my-bucket/?region=eu-west-1"), Catch::Contains("names no object"));
    CHECK_THAT(complaint("s3://B/a?region=eu-west-1"), Catch::Contains("is no name of a bucket"));
    CHECK_THAT(complaint("s3://key:secret@my-bucket/a?region=x"),
               Catch::Contains("holds a user or a key") && !Catch::Contains("secret@"));
    CHECK_THAT(complaint("s3://my-bucket/a?reigon=x"), Catch::Contains("Did you mean \"region\"?"));
    CHECK_THAT(complaint("s3://my-bucket/a?secret=hidden"), !Catch::Contains("hidden"));
    CHECK_THAT(complaint("s3://my-bucket/a?endpoint=http://s3.example.com"), Catch::Contains("plain http"));
    CHECK_THAT(complaint("s3://my-bucket/a?endpoint=https://h.example.com/path"),
               Catch::Contains("no address of a server"));
    CHECK_THAT(complaint("s3://my-bucket/a?region=x&addressing=virtuell"), Catch::Contains("is unknown"));
  }
}

TEST_CASE("of XML only what S3 answers is read", "[store][s3]") {
  const auto root = parse_xml("<?xml version=\"1.0\"?>\n<a xmlns=\"x\"><n:b>1 &lt; &#50;&#x33; &amp;</n:b><c/></a>\n");
  REQUIRE(root);
  CHECK(root->text_of("b") == "1 < 23 &");
  CHECK(root->find("c") != nullptr);
  for (const char* other :
       {"", "<a>", "<a></b>", "<a/><b/>", "text", "<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>", "<a>&e;</a>",
        "<a><!-- c --></a>", "<a><![CDATA[x]]></a>", "<a b=c/>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>\xff</a>"}) {
    CHECK_FALSE(parse_xml(other));
  }
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "<a>";
  CHECK_FALSE(parse_xml(deep));
}

}  // namespace
}  // namespace gild
