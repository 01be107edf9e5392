// SPDX-License-Identifier: Apache-2.0
// Everything that can become of the connection and of the server while a run goes on.
#include <cstdio>

#include <sys/wait.h>

#include "engine/core/url.hpp"
#include "engine/store/postgres/postgres_lock.hpp"
#include "tests/store/postgres/postgres_fixture.hpp"
#include "tests/store/postgres/wire.hpp"

namespace gild {
namespace {

// Does not wait where a server that is gone for good would be waited for.
class HurriedClock : public RealClock {
 public:
  Instant instant() const override { return RealClock::instant() + skipped_; }
  void sleep_until(Instant until, std::stop_token) override { skipped_ += until - instant() + Duration{1}; }

 private:
  Instant::duration skipped_{0};
};

StateScope scope_of(const std::string& group) {
  StateScope scope;
  scope.whole = false;
  scope.groups = {GroupName{group}};
  return scope;
}

// What a short rollout records, and what is certain of it at each moment.
struct Rollout3 {
  std::vector<std::string> certain;   // after each sync() that returned
  std::vector<std::string> appended;  // what the state was after each append()
  bool ended = false;

  void play(StateStore& store, const StateScope& scope) {
    certain.push_back(text_of(store.read()));
    auto locked = store.lock(began_as("alice"), Duration{0}, scope);
    appended.push_back(text_of(locked->state()));
    const auto append = [&](RecordBody body) {
      const std::int64_t serial = locked->append(std::move(body)).serial;
      appended.push_back(text_of(locked->state()));
      return serial;
    };
    const auto sync = [&] {
      locked->sync();
      certain.push_back(text_of(locked->state()));
    };
    append(refreshed("d1", "img-1"));
    append(refreshed("d2", "img-1"));
    sync();
    if (!locked->reserve(1000)) throw std::logic_error("there is always room");
    locked->claim(WorkspaceName{"prod"});
    locked->under_way_elsewhere(WorkspaceName{"prod"});
    const std::int64_t intent = append(intended("d1", "img-2"));
    sync();
    append(Accepted{intent, JobId("job-1"), "req-1", std::nullopt});
    sync();
    Finished finished{WorkspaceName{"prod"}, GroupName{"finance"}, JobId{"job-1"}, 0, {}, {}, "seen"};
    finished.target.image.image_id = ImageId{"img-2"};
    finished.desktops.push_back({DesktopId{"d1"}, Outcome::ready, std::nullopt});
    append(finished);
    locked->fold_to_disk();
    certain.push_back(text_of(locked->state()));
    ended = true;
  }
};

std::size_t place_of(const std::vector<std::string>& states, const std::string& state) {
  for (std::size_t i = states.size(); i > 0; --i) {
    if (states[i - 1] == state) return i;
  }
  return 0;
}

TEST_CASE("a run that dies at any call has lost nothing that was certain, and left nothing torn", "[postgres]") {
  const int kind = GENERATE(0, 1, 2);
  const auto how = kind == 0 ? Wire::Cut::before : Wire::Cut::after;
  const bool whole = kind == 2;
  const StateScope scope = whole ? StateScope{} : scope_of("finance");
  CAPTURE(whole, how == Wire::Cut::before);
  int died = 0;
  PostgresPlace place;
  place.open()->lock(began_as("first"), Duration{0});  // makes the tables, which is another story
  Wire wire(place.url);
  for (int call = 1;; ++call) {
    CAPTURE(call);
    const std::string which = "&gild_state=" + std::to_string(call);
    wire.cut_at(call, how, true);
    HurriedClock clock;
    PostgresStateStore dying(PostgresServer::address(wire.url() + which), clock);
    Rollout3 rollout;
    try {
      rollout.play(dying, scope);
    } catch (const Error& error) {
      ++died;
      CHECK_FALSE(std::string_view(error.what()).empty());
    }
    if (!wire.was_cut()) {
      CHECK(rollout.ended);
      break;
    }
    // Another machine.
    auto store = place.open(which);
    auto locked = store->lock(began_as("bob"), Duration{5000}, scope);
    const std::string found = text_of(store->read());
    const std::size_t sure = rollout.certain.empty() ? 0 : place_of(rollout.appended, rollout.certain.back());
    if (rollout.certain.size() > 1) REQUIRE(sure > 0);
    if (!rollout.appended.empty()) {
      const std::size_t there = place_of(rollout.appended, found);
      REQUIRE((there > 0 || store->read().lineage.empty()));
      CHECK(there >= (store->read().lineage.empty() ? 0 : sure));
    }
    // The records that are there end in the state that is there.
    State folded;
    for (const JournalRecord& record : store->read_history()) fold(folded, record);
    folded.lineage = store->read().lineage;
    if (!folded.lineage.empty()) CHECK(text_of(folded) == found);
    locked->append(refreshed("d9", "img-9"));
    locked->sync();
  }
  CHECK(died > 10);
}

TEST_CASE("a connection that is cut at any call is taken up again, and the run ends as if nothing had been",
          "[postgres]") {
  const auto how = GENERATE(Wire::Cut::before, Wire::Cut::after);
  const StateScope scope = how == Wire::Cut::before ? StateScope{} : scope_of("finance");
  int ended = 0, in_claim = 0;
  PostgresPlace place;
  place.open()->lock(began_as("first"), Duration{0});
  Wire wire(place.url);
  for (int call = 1;; ++call) {
    CAPTURE(call, how == Wire::Cut::before, scope.whole);
    const std::string which = "&gild_state=" + std::to_string(call);
    wire.cut_at(call, how, false);
    PostgresStateStore store(PostgresServer::address(wire.url() + which), place.clock);
    Rollout3 rollout;
    bool locked = false;
    try {
      rollout.play(store, scope);
    } catch (const Error&) {
      locked = rollout.certain.size() > 1;
      // Nothing is held yet that could be taken up, or a promise to others went with the connection.
      if (locked) ++in_claim;
      CHECK(rollout.certain.size() <= 2);
    }
    if (rollout.ended) {
      ++ended;
      CHECK(text_of(place.open(which)->read()) == rollout.certain.back());
      State folded;
      std::int64_t previous = 0;
      for (const JournalRecord& record : place.open(which)->read_history()) {
        CHECK(record.serial == previous + 1);
        previous = record.serial;
        fold(folded, record);
      }
      CHECK(folded.desktops.size() == 2);
    }
    if (!wire.was_cut()) break;
    CHECK(place.open(which)->lock(began_as("bob"), Duration{5000}) != nullptr);
  }
  CHECK(ended > 20);
  CHECK(in_claim < 15);
}

TEST_CASE("a server that is killed and comes back in the middle of a run is gone on with", "[postgres]") {
  PostgresPlace place;
  auto locked = place.open()->lock(began_as("alice"), Duration{0}, scope_of("finance"));
  locked->append(refreshed("d1", "img-1"));
  locked->sync();
  server().kill();
  locked->append(refreshed("d2", "img-1"));
  std::jthread restart([] { server().start(); });
  locked->sync();
  restart.join();
  CHECK(text_of(place.open()->read()) == text_of(locked->state()));
  CHECK(holder_of(*place.open())->user == "alice");
  server().kill();
  server().start();
  CHECK(locked->reserve(1000));
  locked->append(refreshed("d3", "img-1"));
  locked->sync();
  CHECK(place.open()->read().desktops.size() == 3);
}

TEST_CASE("who comes back after somebody else had the lock can write nothing more", "[postgres]") {
  PostgresPlace place;
  Wire wire(place.url);
  HurriedClock clock;
  PostgresStateStore store(PostgresServer::address(wire.url()), clock);
  const StateScope scope = GENERATE(true, false) ? StateScope{} : scope_of("finance");
  auto zombie = store.lock(began_as("zombie"), Duration{0}, scope);
  zombie->append(refreshed("d1", "img-1"));
  zombie->sync();
  // The next thing that it says does not get through, nor does anything for a while.
  wire.cut_at(1, Wire::Cut::before, true);
  CHECK_THROWS_AS(zombie->reserve(100), Error);
  {
    auto other = place.open()->lock(began_as("bob"), Duration{5000}, GENERATE(true, false) ? StateScope{} : scope);
    other->append(refreshed("d1", "img-5"));
    other->sync();
  }
  const std::string before = text_of(place.open()->read());
  wire.mend();
  CHECK_THROWS_AS(zombie->reserve(100), Error);
  zombie->append(refreshed("d1", "img-7"));
  CHECK_THROWS_AS(zombie->sync(), Error);
  zombie.reset();
  CHECK(text_of(place.open()->read()) == before);
}

TEST_CASE("a commit of ours is on the disks that the server waits for, whatever its default is", "[postgres]") {
  PostgresPlace place;
  PostgresConnection connection = place.connect();
  const auto [before, after] = GENERATE(table<std::string, std::string>(
      {{"off", "on"}, {"local", "on"}, {"remote_write", "on"}, {"on", "on"}, {"remote_apply", "remote_apply"}}));
  connection.run("SELECT set_config('synchronous_commit', $1, false)", {before});
  prepare_session(connection);
  CHECK(connection.run("SHOW synchronous_commit").text(0, 0) == after);
}

// Does something when it is slept by.
class HelpfulClock : public HurriedClock {
 public:
  explicit HelpfulClock(std::function<void()> at_sleep) : at_sleep_(std::move(at_sleep)) {}
  void sleep_until(Instant until, std::stop_token stop) override {
    at_sleep_();
    HurriedClock::sleep_until(until, stop);
  }

 private:
  std::function<void()> at_sleep_;
};

TEST_CASE("a standby that has not taken over yet is waited for, and no run begins on one", "[postgres]") {
  PostgresPlace place;
  PostgresConnection server = place.connect();
  const auto may_write = [&](bool may) {
    server.run(std::string("ALTER DATABASE postgres SET default_transaction_read_only = ") + (may ? "off" : "on"));
  };
  const std::shared_ptr<void> at_the_end(nullptr, [&](void*) { may_write(true); });
  int sleeps = 0;
  HelpfulClock clock([&] {
    if (++sleeps == 3) may_write(true);
  });
  PostgresStateStore store(PostgresServer::address(place.url), clock);
  auto locked = store.lock(began_as("alice"), Duration{0}, scope_of("finance"));
  locked->append(refreshed("d1", "img-1"));
  locked->sync();
  may_write(false);
  server.run("SELECT pg_terminate_backend(backend) FROM @.locks");
  SECTION("in the middle of a run") {
    locked->append(refreshed("d2", "img-1"));
    locked->sync();
    CHECK(sleeps == 3);
    CHECK(place.open()->read().desktops.size() == 2);
  }
  SECTION("a run that begins is told so; looking works") {
    locked.reset();
    CHECK(place.open()->read().desktops.size() == 1);
    CHECK_THROWS_WITH(place.open()->lock(began_as("bob"), Duration{0}), Catch::Contains("session is read-only"));
  }
}

// What a standby is like to which the last commits have not come when it takes over.
void set_back(PostgresPlace& place, std::int64_t serial) {
  PostgresConnection server = place.connect();
  const std::string number = std::to_string(serial);
  server.run("DELETE FROM @.journal WHERE serial > $1", {number});
  server.run("DELETE FROM @.intents WHERE number > $1", {number});
  server.run("UPDATE @.states SET serial = $1", {number});
  server.run("SELECT pg_terminate_backend(backend) FROM @.locks");
}

TEST_CASE("a server that has lost what it had confirmed ends the run, and is not said to know of it", "[postgres]") {
  PostgresPlace place;
  const StateScope scope = GENERATE(true, false) ? StateScope{} : scope_of("finance");
  auto locked = place.open()->lock(began_as("alice"), Duration{0}, scope);
  const std::int64_t kept = locked->append(refreshed("d1", "img-1")).serial;
  locked->sync();
  locked->append(intended("d1", "img-2"));
  locked->sync();
  set_back(place, kept);
  SECTION("before the next request") {
    CHECK_THROWS_WITH(locked->reserve(1000), Catch::Contains("has lost what it had confirmed"));
  }
  SECTION("when the answer is recorded") {
    locked->append(refreshed("d2", "img-1"));
    CHECK_THROWS_WITH(locked->sync(), Catch::Contains("has lost what it had confirmed"));
  }
  CHECK(locked->store_forgot());
  // So that it is kept elsewhere.
  CHECK_THROWS_AS(locked->fold_to_disk(), Error);
  CHECK(locked->state().intents.size() == 1);
}

TEST_CASE("a server that has gone back behind what a run has read ends the run, too", "[postgres]") {
  PostgresPlace place;
  std::int64_t kept = 0;
  {
    auto other = place.open()->lock(began_as("bob"), Duration{0}, scope_of("finance"));
    kept = other->append(refreshed("d1", "img-1")).serial;
    other->sync();
    other->append(refreshed("d2", "img-1"));
    other->sync();
  }
  auto locked = place.open()->lock(began_as("alice"), Duration{0}, scope_of("finance"));
  set_back(place, kept);
  CHECK_THROWS_WITH(locked->reserve(1000), Catch::Contains("has lost what it had confirmed"));
}

TEST_CASE("a session that an administrator ends is taken up again, unless the lock was taken with it", "[postgres]") {
  PostgresPlace place;
  auto locked = place.open()->lock(began_as("alice"), Duration{0}, scope_of("finance"));
  locked->append(refreshed("d1", "img-1"));
  locked->sync();
  place.connect().run("SELECT pg_terminate_backend(backend) FROM @.locks");
  locked->append(refreshed("d2", "img-1"));
  locked->sync();
  CHECK(place.open()->read().desktops.size() == 2);

  REQUIRE(place.open()->unlock(holder_of(*place.open())->id));
  CHECK(place.open()->lock_holders().empty());
  CHECK_THROWS_WITH(locked->reserve(10), Catch::Contains("was taken away from this run"));
  locked->append(refreshed("d3", "img-1"));
  CHECK_THROWS_WITH(locked->sync(), Catch::Contains("taken away"));
  CHECK(place.open()->lock(began_as("bob"), Duration{0}) != nullptr);
  locked.reset();
  CHECK(place.open()->read().desktops.size() == 2);
}

TEST_CASE("of two that race for one group one has it, each time, and no record is lost", "[postgres]") {
  const bool much = std::getenv("GILD_TEST_RACES") != nullptr;
  const int races = much ? std::atoi(std::getenv("GILD_TEST_RACES")) : 50;
  PostgresPlace place;
  place.open()->lock(began_as("first"), Duration{0}, scope_of("finance"));
  // In processes of their own, as pipelines are. Each takes the lock, looks whether the desktop is free, and asks for
  // it: two open requests for one desktop would be a second wipe.
  std::vector<pid_t> racers;
  for (int racer = 0; racer < 2; ++racer) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      int done = 0;
      try {
        while (done < races) {
          try {
            auto locked =
                place.open()->lock(began_as("racer"), Duration{done % 3 == 0 ? 0 : 30'000}, scope_of("finance"));
            const std::int64_t intent = locked->append(intended("d1", "img-2")).serial;
            locked->sync();
            locked->append(NotExecuted{intent, {}});
            locked->sync();
            ++done;
          } catch (const Error& error) {
            if (error.kind() != ErrorKind::locked) throw;
          }
        }
      } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        ::_exit(1);
      }
      ::_exit(0);
    }
    racers.push_back(pid);
  }
  for (const pid_t pid : racers) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    CHECK(status == 0);
  }
  State folded;
  std::size_t intents = 0;
  for (const JournalRecord& record : place.open()->read_history()) {
    fold(folded, record);  // throws where a desktop is asked for while it is open
    if (std::holds_alternative<Intended>(record.body)) ++intents;
  }
  CHECK(intents == static_cast<std::size_t>(2 * races));
  CHECK(folded.intents.empty());
}

}  // namespace
}  // namespace gild
