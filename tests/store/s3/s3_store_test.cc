// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <catch2/catch.hpp>

#include "tests/store/caching_proxy.hpp"
#include "tests/store/s3/s3_fixture.hpp"
#include "tests/support/state_store_crashes.hpp"

namespace gild {
namespace {

using namespace test;

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

}  // namespace
}  // namespace gild
