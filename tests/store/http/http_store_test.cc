// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include <catch2/catch.hpp>

#include "engine/codec/remote_document.hpp"
#include "engine/store/http/http_state_store.hpp"
#include "tests/store/caching_proxy.hpp"
#include "tests/store/http/state_server.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/state_store_conformance.hpp"

namespace gild {
namespace {

using test::CachingProxy;
using test::StateServer;
using Fault = StateServer::Fault;

constexpr const char* kAddress = "https://gitlab.example.com/api/v4/projects/7/terraform/state/gild";

Environment variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(std::string(name));
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

Environment gitlab_job() {
  return variables({{"CI_API_V4_URL", "https://gitlab.example.com/api/v4"}, {"CI_JOB_TOKEN", "s3cret-t0ken"}});
}

constexpr const char* kPlain = "https://states.example.com/gild";

Environment plain_variables() {
  return variables({{"TF_HTTP_LOCK_ADDRESS", "https://states.example.com/gild/lock"},
                    {"TF_HTTP_UNLOCK_ADDRESS", "https://states.example.com/gild/lock"},
                    {"TF_HTTP_USERNAME", "gitlab-ci-token"},
                    {"TF_HTTP_PASSWORD", "s3cret-t0ken"}});
}

struct Site {
  StateServer server;
  FakeClock clock;

  std::unique_ptr<StateStore> open(WithoutLock without_lock = WithoutLock::refused) {
    HttpSettings settings = server.dialect == StateServer::Dialect::gitlab ? http_settings(kAddress, gitlab_job())
                                                                           : http_settings(kPlain, plain_variables());
    return std::make_unique<HttpStateStore>(std::move(settings), std::make_unique<test::StateServerTransport>(server),
                                            clock, without_lock);
  }
  // The first `times` calls of that name go wrong.
  void break_calls(const std::string& name, Fault what, std::size_t times = 1) {
    server.fault = [name, what, times, seen = std::size_t{0}](std::size_t, const std::string& call) mutable {
      return call == name && seen++ < times ? what : Fault::none;
    };
  }
};

std::unique_ptr<LockedState> locked_by(StateStore& store, const std::string& user, Duration wait = Duration{0}) {
  return store.lock(began_as(user), wait);
}

TEST_CASE("a store over HTTP keeps what a state store promises", "[store][http]") {
  Site site;
  site.server.dialect = GENERATE(StateServer::Dialect::gitlab, StateServer::Dialect::plain);
  site.server.sends_digest = GENERATE(false, true);
  check_state_store([&] { return site.open(); }, {site.server.dialect == StateServer::Dialect::plain});
}

TEST_CASE("a lock whose reply was lost is recognized by its own id and given back in the end", "[store][http]") {
  Site site;
  site.break_calls("lock", GENERATE(Fault::lost_after, Fault::unavailable_after));
  const auto store = site.open();
  {
    const auto locked = locked_by(*store, "alice");
    CHECK(site.server.count("lock") == 2);
    CHECK_FALSE(site.server.lock_id().empty());
  }
  CHECK(site.server.lock_id().empty());
}

TEST_CASE("a lock that was tried for in vain is not left behind", "[store][http]") {
  Site site;
  site.break_calls("lock", Fault::lost_after, 3);
  // Its own id comes back at the second try in fact, so the server has to be silent for all of them.
  CHECK_THROWS_AS(locked_by(*site.open(), "alice"), Error);
  CHECK(site.server.lock_id().empty());
}

TEST_CASE("a save whose reply was lost is settled by reading back, though the server refuses the serial twice",
          "[store][http]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  site.break_calls("POST", GENERATE(Fault::lost_after, Fault::unavailable_after, Fault::lost_before, Fault::unavailable,
                                    Fault::not_reached, Fault::throttled));
  locked->append(refreshed("d1", "img-1"));
  locked->sync();
  CHECK(site.server.saves == 1);
  CHECK(text_of(site.open()->read()) == text_of(locked->state()));
  locked->append(refreshed("d2", "img-1"));
  locked->sync();
  locked.reset();
  CHECK(site.server.lock_id().empty());
  CHECK(site.open()->read().desktops.size() == 2);
}

TEST_CASE("a throttled call waits as long as the server asks for", "[store][http]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  site.break_calls("POST", Fault::throttled);
  locked->append(refreshed("d1", "img-1"));
  const Instant before = site.clock.instant();
  locked->sync();
  CHECK(site.clock.instant() - before == std::chrono::seconds{7});
}

TEST_CASE("what cannot be saved ends the run, is part of the state in memory, and leaves the lock", "[store][http]") {
  Site site;
  const auto store = site.open();
  {
    auto locked = locked_by(*store, "alice");
    locked->append(refreshed("d1", "img-1"));
    locked->sync();
    site.break_calls("POST", GENERATE(Fault::unavailable, Fault::lost_before, Fault::not_reached), 100);
    locked->append(refreshed("d2", "img-1"));
    CHECK_THROWS_AS(locked->sync(), Error);
    CHECK(locked->state().desktops.size() == 2);
    CHECK_THROWS_AS(locked->append(refreshed("d3", "img-1")), Error);
    CHECK(locked->state().desktops.size() == 3);
  }
  CHECK_FALSE(site.server.lock_id().empty());
  CHECK(site.open()->read().desktops.size() == 1);
  site.server.fault = {};
  CHECK_THROWS_AS(locked_by(*site.open(), "bob"), Error);
  CHECK(site.open()->unlock(site.server.lock_id()));
  CHECK(locked_by(*site.open(), "bob") != nullptr);
}

TEST_CASE("a run whose lock was taken away writes nothing more, and does not give the other's lock back",
          "[store][http]") {
  Site site;
  site.server.dialect = GENERATE(StateServer::Dialect::gitlab, StateServer::Dialect::plain);
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  locked->append(refreshed("d1", "img-1"));
  locked->sync();
  CHECK(site.open()->unlock(site.server.lock_id()));
  const auto other_store = site.open();
  auto other = locked_by(*other_store, "bob");
  other->append(refreshed("d2", "img-1"));
  other->sync();
  const std::string stored = *site.server.body;
  CHECK_THROWS_AS(
      [&] {
        if (!locked->reserve(1000)) return;  // what asks before each request
        locked->append(intended("d1", "img-2"));
        locked->sync();
      }(),
      Error);
  locked.reset();
  CHECK(site.server.body == stored);
  CHECK_FALSE(site.server.lock_id().empty());
}

TEST_CASE("a server that answers 500 where somebody else has the lock gets nothing written, and the lock stays theirs",
          "[store][http]") {
  Site site;
  const auto alice = site.open();
  auto locked = locked_by(*alice, "alice");
  locked->append(refreshed("d1", "img-1"));
  locked->sync();
  const std::string before = *site.server.body;
  const auto fails_with_500 = [&](const std::string& what, const std::function<void()>& work) {
    try {
      work();
      FAIL("it went on");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::storage);
      CHECK_THAT(std::string(error.what()), Catch::StartsWith(what) && Catch::EndsWith("the server answered 500"));
      CHECK_THAT(error.advice(), Catch::Contains("somebody else has the lock"));
    }
  };
  SECTION("to locking") {
    const std::string holder = site.server.lock_body;
    site.server.instead = [](const std::string& call) {
      return call == "lock" ? std::optional(HttpResponse{500, {}, "{}", true}) : std::nullopt;
    };
    fails_with_500("The state cannot be locked", [&] { locked_by(*site.open(), "bob"); });
    CHECK(site.server.lock_body == holder);
  }
  SECTION("to saving") {
    const std::string id = site.server.lock_id();
    site.server.lock_body.replace(site.server.lock_body.find(id), id.size(), "bob's");
    site.server.instead = [](const std::string& call) {
      return call == "POST" ? std::optional(HttpResponse{500, {}, "{}", true}) : std::nullopt;
    };
    locked->append(refreshed("d1", "img-2"));
    fails_with_500("The state cannot be saved", [&] { locked->sync(); });
    locked.reset();
    CHECK(site.server.lock_id() == "bob's");
  }
  CHECK(site.server.body == before);
}

TEST_CASE("who holds the lock is told to whoever wants it, and waiting ends when it is free", "[store][http]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  CHECK(site.open()->lock_holders().empty());  // only who tries to lock is told
  const auto holders = site.open()->lock_holders(LockLook::probing);
  REQUIRE(holders.size() == 1);
  CHECK(holders[0].user == "alice");
  try {
    locked_by(*site.open(), "bob");
    FAIL("locked twice");
  } catch (const Error& error) {
    CHECK_THAT(error.advice(), Catch::Contains(std::string("\n    gild state unlock --state ") + kAddress + "\n"));
  }
  CHECK(holders[0].hold == LockHold::lease);
  CHECK(holders[0].id == site.server.lock_id());

  std::string told;
  LockWait wait{std::chrono::minutes{5}};
  wait.tell = [&](const LockHolder& holder) { told += holder.user + ";"; };
  std::size_t tries = 0;
  site.server.fault = [&](std::size_t, const std::string& call) {
    if (call == "lock" && ++tries == 4) locked.reset();
    return Fault::none;
  };
  const auto other = site.open();
  CHECK(other->lock(began_as("bob"), wait) != nullptr);
  CHECK(told == "alice;");
  CHECK(site.clock.instant() - Instant{} >= std::chrono::seconds{7});  // 1 + 2 + 4
}

TEST_CASE("looking for the holder of a lock that nobody holds leaves it free", "[store][http]") {
  Site site;
  CHECK(site.open()->lock_holders(LockLook::probing).empty());
  CHECK(site.server.lock_id().empty());
}

TEST_CASE("a lock that the server does not give back is not said to be free", "[store][http]") {
  Site site;
  const auto store = site.open();
  const auto locked = locked_by(*store, "alice");
  const std::string id = site.server.lock_id();
  const int status = GENERATE(401, 403, 500);
  site.server.instead = [&](const std::string& call) -> std::optional<HttpResponse> {
    if (call == "unlock") return HttpResponse{status, {}, "no", true};
    return std::nullopt;
  };
  CHECK_THROWS_WITH(site.open()->unlock(id),
                    Catch::Contains("The lock cannot be given back at") && Catch::Contains(std::to_string(status)));
  CHECK(site.server.lock_id() == id);
  site.server.instead = {};
  CHECK_FALSE(site.open()->unlock("another"));  // of which nothing is known
}

TEST_CASE("a lock that was taken to find out who has it, and could not be given back, is told of", "[store][http]") {
  Site site;
  site.server.instead = [&](const std::string& call) -> std::optional<HttpResponse> {
    if (call == "unlock") return HttpResponse{403, {}, "no", true};
    return std::nullopt;
  };
  CHECK_THROWS_WITH(site.open()->lock_holders(LockLook::probing), Catch::Contains("The lock cannot be given back"));
}

TEST_CASE("what a proxy has kept of the state is not taken for the state", "[store][http]") {
  Site site;
  site.server.dialect = GENERATE(StateServer::Dialect::gitlab, StateServer::Dialect::plain);
  HttpSettings settings = site.server.dialect == StateServer::Dialect::gitlab
                              ? http_settings(kAddress, gitlab_job())
                              : http_settings(kPlain, plain_variables());
  HttpStateStore behind_proxy(std::move(settings),
                              std::make_unique<CachingProxy>(std::make_unique<test::StateServerTransport>(site.server)),
                              site.clock);
  CHECK(behind_proxy.read().desktops.empty());
  const auto store = site.open();
  locked_by(*store, "alice")->fold_to_disk();
  {
    const auto locked = locked_by(*store, "alice");
    locked->append(refreshed("d1", "img-1"));
    locked->sync();
  }
  CHECK(behind_proxy.read().desktops.size() == 1);
  {
    const auto locked = locked_by(behind_proxy, "bob");
    locked->append(refreshed("d2", "img-1"));
    locked->sync();
  }
  CHECK(site.open()->read().desktops.size() == 2);
}

TEST_CASE("a server without locks is refused for writing, unless the user insists", "[store][http]") {
  Site site;
  site.server.dialect = StateServer::Dialect::plain;
  site.server.user = "";
  site.server.password = "";
  const auto open = [&](WithoutLock without_lock) {
    HttpSettings settings = http_settings("https://states.example.com/gild", variables({}));
    return std::make_unique<HttpStateStore>(
        std::move(settings), std::make_unique<test::StateServerTransport>(site.server), site.clock, without_lock);
  };
  site.server.fault = [](std::size_t, const std::string&) { return Fault::none; };
  try {
    const auto store = open(WithoutLock::refused);
    locked_by(*store, "alice");
    FAIL("locked");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::refused);
    CHECK_THAT(error.advice(), Catch::Contains("    GILD_STATE_WITHOUT_LOCK=yes\n"));
  }
}

TEST_CASE("a state that grew too large for the server says so, and what to do", "[store][http]") {
  Site site;
  site.server.most_bytes = 700;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  locked->append(refreshed("d1", "img-1"));
  try {
    locked->sync();
    FAIL("saved");
  } catch (const Error& error) {
    CHECK_THAT(error.what(), Catch::Contains("413"));
    CHECK_THAT(error.advice(), Catch::Contains("max_terraform_state_size_bytes"));
  }
}

TEST_CASE("an answer that is none of the protocol's ends the run, saying what to do, and the lock stays",
          "[store][http]") {
  const auto [status, body, advice] =
      GENERATE(table<int, const char*, const char*>({{422, "", "has this serial already"},
                                                     {401, "", "The token of a pipeline's job ends with its job"},
                                                     {403, "", "Maintainer"},
                                                     {302, "", "gild follows no redirect"},
                                                     {409, R"({"message":"locked"})", "Nothing more was sent"}}));
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  locked->append(refreshed("d1", "img-1"));
  locked->sync();
  const std::string stored = *site.server.body;
  const std::string id = site.server.lock_id();
  const HttpResponse answer{status, {{"Location", "https://elsewhere.example.com/"}}, body, true};
  site.server.instead = [&](const std::string& call) -> std::optional<HttpResponse> {
    if (call != "POST") return std::nullopt;
    return answer;
  };
  locked->append(refreshed("d2", "img-1"));
  const std::size_t before = site.server.count("POST");
  const std::string complaint = complaint_of<Error>([&] { locked->sync(); });
  CHECK_THAT(complaint, Catch::Contains(advice));
  CHECK(site.server.count("POST") == before + 1);  // the same again would not help
  CHECK(locked->keeps_lock());
  locked.reset();
  CHECK(site.server.body == stored);
  CHECK(site.server.lock_id() == id);
}

TEST_CASE("a server that does not say who holds the lock is waited for all the same", "[store][http]") {
  Site site;
  std::size_t asked = 0;
  site.server.instead = [&](const std::string& call) -> std::optional<HttpResponse> {
    if (call != "lock" || ++asked > 3) return std::nullopt;
    return HttpResponse{423, {}, R"({"message":"state is locked"})", true};  // as Gitea has answered
  };
  CHECK_THAT(complaint_of<Error>([&] { locked_by(*site.open(), "bob"); }),
             Catch::Contains("by somebody whom the server does not name"));
  const auto store = site.open();
  CHECK(locked_by(*store, "bob", std::chrono::minutes{1}) != nullptr);
  CHECK(asked == 4);
}

TEST_CASE("no message holds the password, nor the query of the address", "[store][http]") {
  Site site;
  site.server.password = "another";
  const std::string address = std::string(kAddress) + "?private_token=hidden-too";
  const HttpStateStore store(http_settings(address, gitlab_job()),
                             std::make_unique<test::StateServerTransport>(site.server), site.clock);
  CHECK(store.describe() == kAddress);
  try {
    HttpStateStore(http_settings(address, gitlab_job()), std::make_unique<test::StateServerTransport>(site.server),
                   site.clock)
        .read();
    FAIL("read");
  } catch (const Error& error) {
    const std::string said = std::string(error.what()) + error.advice();
    CHECK_THAT(said, Catch::Contains("401"));
    CHECK_THAT(said, !Catch::Contains("s3cret") && !Catch::Contains("hidden-too"));
  }
}

TEST_CASE("somebody's Terraform state, an edited document and damage on the way are told apart", "[store][http]") {
  Site site;
  const std::string terraform = R"({"version":4,"terraform_version":"1.11.4","serial":3,"lineage":"x","resources":[]})";
  site.server.body = terraform;
  CHECK_THROWS_WITH(site.open()->read(), Catch::Contains("is a state of Terraform") ||
                                             Catch::Contains("holds a state of Terraform or OpenTofu"));
  State state;
  state.lineage = "lineage-1";
  state.serial = 5;
  std::string text = write_remote_document({state, {}}, "0.1.0");
  site.server.body = text;
  CHECK(site.open()->read().serial == 5);
  const std::size_t at = text.find("\"serial\": 5");
  site.server.body = text.replace(at, 11, "\"serial\": 6");
  CHECK_THROWS_WITH(site.open()->read(), Catch::Contains("are not those of the state in it"));
}

TEST_CASE("the history in the document is bounded, and its newest part stays", "[store][http]") {
  std::vector<JournalRecord> journal;
  for (std::int64_t serial = 1; serial <= 100; ++serial) {
    journal.push_back({serial, Time{}, refreshed("d" + std::to_string(serial), "img-1")});
  }
  trim_journal(journal, 2000);
  REQUIRE_FALSE(journal.empty());
  CHECK(journal.size() < 20);
  CHECK(journal.back().serial == 100);
  trim_journal(journal, 0);
  CHECK(journal.empty());
}

TEST_CASE("addresses and credentials come from the variables of Terraform and GitLab", "[store][http]") {
  SECTION("GitLab's project state needs its address alone, in a pipeline") {
    const HttpSettings settings = http_settings(kAddress, gitlab_job());
    CHECK(settings.gitlab);
    CHECK(settings.lock_address == std::string(kAddress) + "/lock");
    CHECK(settings.lock_method == "POST");
    CHECK(settings.unlock_method == "DELETE");
    CHECK(settings.user == "gitlab-ci-token");
    CHECK(settings.password.reveal() == "s3cret-t0ken");
  }
  SECTION("the job's token goes to the server of the job alone") {
    const HttpSettings settings =
        http_settings("https://evil.example.com/api/v4/projects/7/terraform/state/gild", gitlab_job());
    CHECK(settings.password.empty());
  }
  SECTION("the variables of Terraform") {
    const Environment environment = variables({{"TF_HTTP_ADDRESS", "https://s.example.com/a"},
                                               {"TF_HTTP_LOCK_ADDRESS", "https://s.example.com/a/lock"},
                                               {"TF_HTTP_UNLOCK_ADDRESS", "https://s.example.com/a/lock"},
                                               {"TF_HTTP_USERNAME", "u"},
                                               {"TF_HTTP_PASSWORD", "p"},
                                               {"TF_HTTP_UPDATE_METHOD", "PUT"},
                                               {"TF_HTTP_RETRY_MAX", "5"},
                                               {"TF_HTTP_RETRY_WAIT_MIN", "5"}});
    const HttpSettings settings = http_settings("terraform-http:", environment);
    CHECK(settings.address == "https://s.example.com/a");
    CHECK(settings.lock_address == "https://s.example.com/a/lock");
    CHECK(settings.update_method == "PUT");
    CHECK(settings.lock_method == "LOCK");
    CHECK(settings.retries.most == 5);
    CHECK(settings.retries.first_wait == std::chrono::seconds{5});
    CHECK(settings.user == "u");
    // Another state at that server has other locks, and another server gets none of the credentials.
    CHECK(http_settings("https://s.example.com/b", environment).lock_address.empty());
    CHECK(http_settings("https://s.example.com/b", environment).user == "u");
    CHECK(http_settings("https://t.example.com/a", environment).password.empty());
    CHECK(http_settings("https://s.example.com/b", environment).update_method == "PUT");
    CHECK(http_settings(kAddress, environment).update_method == "POST");
  }
  SECTION("GitLab's image for pipelines") {
    const HttpSettings settings =
        http_settings("terraform-http:", variables({{"CI_API_V4_URL", "https://gitlab.example.com/api/v4"},
                                                    {"CI_PROJECT_ID", "7"},
                                                    {"TF_STATE_NAME", "gild"},
                                                    {"CI_JOB_TOKEN", "t"}}));
    CHECK(settings.address == kAddress);
    CHECK(settings.lock_address == std::string(kAddress) + "/lock");
  }
  SECTION("what would show a password, or send it in the clear or elsewhere, is refused") {
    CHECK_THROWS_WITH(http_settings("https://u:p@s.example.com/a", variables({})),
                      "The value of --state is no address of a state");
    CHECK_THROWS_WITH(http_settings("http://s.example.com/a", variables({})),
                      "The value of --state is plain http to another machine");
    CHECK_NOTHROW(http_settings("http://127.0.0.1:8000/a", variables({})));
    CHECK_THROWS_WITH(
        http_settings("https://s.example.com/a", variables({{"TF_HTTP_LOCK_ADDRESS", "https://t.example.com/lock"},
                                                            {"TF_HTTP_UNLOCK_ADDRESS", "https://t.example.com/lock"}})),
        "The lock's address is on another server than the state");
    CHECK_THROWS_AS(
        http_settings("https://s.example.com/a", variables({{"TF_HTTP_LOCK_ADDRESS", "https://s.example.com/lock"}})),
        Error);
    CHECK_THROWS_AS(http_settings("terraform-http:", variables({})), Error);
  }
}

}  // namespace
}  // namespace gild
