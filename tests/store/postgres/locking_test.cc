// SPDX-License-Identifier: Apache-2.0
// Who may do what at the same time in one state in PostgreSQL, and what stands in the way.
#include <sys/wait.h>

#include "engine/core/url.hpp"
#include "tests/store/postgres/postgres_fixture.hpp"

namespace gild {
namespace {

StateScope scope_of(const std::vector<std::string>& groups, const std::vector<std::string>& desktops = {}) {
  StateScope scope;
  scope.whole = false;
  for (const std::string& group : groups) scope.groups.insert(GroupName{group});
  for (const std::string& desktop : desktops) scope.desktops.emplace_back(desktop);
  return scope;
}

Refreshed seen(const std::string& desktop, const std::string& group, const std::string& image = "img-1") {
  Refreshed record = refreshed(desktop, image);
  record.desktops.front().group = GroupName{group};
  return record;
}

Intended asked(const std::string& desktop, const std::string& group) {
  Intended record = intended(desktop, "img-2");
  record.group = GroupName{group};
  return record;
}

void record(PostgresPlace& place, const StateScope& scope, const std::vector<RecordBody>& bodies) {
  auto locked = place.open()->lock(began_as("somebody"), Duration{0}, scope);
  for (const RecordBody& body : bodies) locked->append(body);
  locked->sync();
}

std::string why_locked(PostgresPlace& place, const StateScope& scope) {
  try {
    place.open()->lock(began_as("bob"), Duration{0}, scope);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::locked);
    return error.what();
  }
  return "";
}

TEST_CASE("runs about different groups go side by side, and one about the same group waits and is told for whom",
          "[postgres]") {
  PostgresPlace place;
  auto finance = place.open()->lock(began_as("alice"), Duration{0}, scope_of({"finance"}));
  auto sales = place.open()->lock(began_as("carol"), Duration{0}, scope_of({"sales"}));
  finance->append(seen("f1", "finance"));
  sales->append(seen("s1", "sales"));
  sales->sync();
  finance->sync();
  CHECK(place.open()->read().desktops.size() == 2);

  const std::string why = why_locked(place, scope_of({"sales", "kiosk"}));
  CHECK_THAT(why, Catch::Contains("Group sales in postgresql://") && Catch::Contains("is locked by carol on build-7"));
  CHECK_THAT(why_locked(place, StateScope{}), Catch::Contains("is locked by alice") || Catch::Contains("by carol"));
  const auto holders = place.open()->lock_holders();
  REQUIRE(holders.size() == 2);
  CHECK(holders[0].groups == std::vector<GroupName>{GroupName{holders[0].user == "alice" ? "finance" : "sales"}});

  std::string told;
  LockWait wait{Duration{20'000}};
  wait.tell = [&](const LockHolder& holder) {
    told = holder.user;
    sales.reset();
  };
  CHECK(place.open()->lock(began_as("bob"), wait, scope_of({"sales"})) != nullptr);
  CHECK(told == "carol");
  finance.reset();
  const auto whole = place.open()->lock(began_as("dave"), Duration{0});
  CHECK_THAT(why_locked(place, scope_of({"kiosk"})), Catch::Contains("is locked by dave"));
}

TEST_CASE("a part that is read holds its groups, says what is left out, and has a serial of its own", "[postgres]") {
  PostgresPlace place;
  record(place, {}, {seen("f1", "finance"), seen("f2", "finance"), seen("s1", "sales"), seen("k1", "kiosk")});
  const State before = place.open()->read(scope_of({"finance"}));
  CHECK(before.desktops.size() == 2);
  CHECK(before.unread.desktops == 2);
  CHECK(before.unread.serial == 5);
  record(place, scope_of({"sales"}), {seen("s2", "sales")});
  const State after = place.open()->read(scope_of({"finance"}));
  CHECK(after.serial == before.serial);
  CHECK(after.unread.serial > before.unread.serial);
  CHECK(after.unread.desktops == 3);
  CHECK(place.open()->read(scope_of({"sales"})).serial > before.serial);
  const State by_id = place.open()->read(scope_of({"finance"}, {"s1", "nowhere"}));
  CHECK(by_id.desktops.size() == 3);
  CHECK(by_id.serial == before.serial);
}

TEST_CASE("whatever is recorded beside, the serial of what it belongs to grows", "[postgres]") {
  PostgresPlace place;
  record(place, {}, {seen("f1", "finance"), seen("s1", "sales")});
  auto finance = place.open()->lock(began_as("alice"), Duration{0}, scope_of({"finance"}));
  auto sales = place.open()->lock(began_as("carol"), Duration{0}, scope_of({"sales"}));
  std::int64_t whole = place.open()->read().serial;
  std::int64_t both = place.open()->read(scope_of({"finance", "sales"})).serial;
  for (int i = 0; i < 6; ++i) {
    LockedState& run = i % 2 == 0 ? *sales : *finance;  // sales has the greater numbers
    run.append(seen(i % 2 == 0 ? "s1" : "f1", i % 2 == 0 ? "sales" : "finance", "img-" + std::to_string(i)));
    run.sync();
    CHECK(place.open()->read().serial > whole);
    whole = place.open()->read().serial;
    CHECK(place.open()->read(scope_of({"finance", "sales"})).serial > both);
    both = place.open()->read(scope_of({"finance", "sales"})).serial;
  }
  finance.reset();
  sales.reset();
  record(place, {}, {seen("k1", "kiosk")});
  // Each run's records follow its own name.
  std::string who;
  for (const JournalRecord& entry : place.open()->read_history()) {
    if (const auto* began = std::get_if<Began>(&entry.body)) who = began->user;
    const auto* refresh = std::get_if<Refreshed>(&entry.body);
    if (refresh == nullptr || who == "somebody") continue;
    CHECK(who == (refresh->desktops.front().id.str() == "s1" ? "carol" : "alice"));
  }
}

TEST_CASE("a run that needs more numbers than it was given names itself again where others stand in between",
          "[postgres]") {
  PostgresPlace place;
  auto one = place.open()->lock(began_as("alice"), Duration{0}, scope_of({"finance"}));
  auto two = place.open()->lock(began_as("carol"), Duration{0}, scope_of({"sales"}));
  for (int i = 0; i < 1100; ++i) one->append(seen("f1", "finance", "img-" + std::to_string(i)));
  two->append(seen("s1", "sales"));
  two->sync();
  one->sync();
  std::string who;
  std::set<std::int64_t> serials;
  for (const JournalRecord& entry : place.open()->read_history()) {
    CHECK(serials.insert(entry.serial).second);
    if (const auto* began = std::get_if<Began>(&entry.body)) who = began->user;
    if (const auto* refresh = std::get_if<Refreshed>(&entry.body)) {
      REQUIRE(who == (refresh->desktops.front().group == GroupName{"sales"} ? "carol" : "alice"));
    }
  }
  CHECK(serials.size() == 1100 + 1 + 3);
}

TEST_CASE("what is tied to a group is locked with it: where a desktop is recorded, and who shares a rollout",
          "[postgres]") {
  PostgresPlace place;
  RolloutStarted rollout;
  rollout.plan_digest = "digest";
  for (const char* name : {"finance", "sales"}) {
    RolloutGroup group;
    group.name = GroupName{name};
    group.workspace = WorkspaceName{"prod"};
    group.target.image.image_id = ImageId{"img-2"};
    rollout.groups.push_back(group);
  }
  record(place, {}, {seen("f1", "finance"), seen("s1", "sales"), seen("k1", "kiosk"), rollout, asked("s1", "sales")});
  auto locked = place.open()->lock(began_as("alice"), Duration{0}, scope_of({"finance"}, {"k1"}));
  CHECK(locked->state().rollouts.size() == 1);
  CHECK(locked->state().intents.size() == 1);
  CHECK(locked->state().find(WorkspaceName{"prod"}, DesktopId{"s1"}) != nullptr);  // its request is followed
  CHECK_THAT(why_locked(place, scope_of({"sales"})), Catch::Contains("alice"));
  CHECK_THAT(why_locked(place, scope_of({"kiosk"})), Catch::Contains("alice"));
  locked->append(seen("k1", "finance"));  // moves from one group to the other
  locked->append(RolloutClosed{"digest"});
  locked->sync();
  locked.reset();
  CHECK(place.open()->read(scope_of({"kiosk"})).desktops.empty());
  CHECK(place.open()->read(scope_of({"finance"})).desktops.size() == 2);
  CHECK(place.open()->lock(began_as("a"), Duration{0}, scope_of({"sales"})) != nullptr);
}

TEST_CASE("two runs never record the same desktop, and what a lock does not cover is not written", "[postgres]") {
  PostgresPlace place;
  auto finance = place.open()->lock(began_as("alice"), Duration{0}, scope_of({"finance"}));
  auto sales = place.open()->lock(began_as("carol"), Duration{0}, scope_of({"sales"}));
  finance->append(asked("d1", "finance"));
  sales->append(asked("d1", "sales"));
  finance->sync();
  CHECK_THROWS_WITH(sales->sync(), Catch::Contains("Another run has recorded some of the same desktops"));
  sales.reset();
  auto kiosk = place.open()->lock(began_as("carol"), Duration{0}, scope_of({"kiosk"}));
  kiosk->append(seen("e1", "sales"));
  CHECK_THROWS(kiosk->sync());
  CHECK(place.open()->read().desktops.size() == 1);
  CHECK(place.open()->read_history().size() == 2);
}

// Tells that somebody waits.
class WatchedClock : public RealClock {
 public:
  void sleep_until(Instant until, std::stop_token stop) override {
    ++waits;
    RealClock::sleep_until(until, std::move(stop));
  }
  std::atomic<int> waits = 0;
};

TEST_CASE("desktops under way in other runs are counted, and a claim keeps the count true until it is recorded",
          "[postgres]") {
  PostgresPlace place;
  const WorkspaceName prod{"prod"};
  auto finance = place.open()->lock(began_as("alice"), Duration{0}, scope_of({"finance"}));
  WatchedClock clock;
  PostgresStateStore other_store(PostgresServer::address(place.url), clock);
  auto sales = other_store.lock(began_as("carol"), Duration{0}, scope_of({"sales"}));
  finance->claim(prod);
  CHECK(finance->under_way_elsewhere(prod) == 0);
  std::atomic<bool> recorded = false;
  std::size_t counted = 99;
  std::jthread other([&] {
    sales->claim(prod);  // waits
    CHECK(recorded);
    counted = sales->under_way_elsewhere(prod);
    sales->sync();  // nothing to record: the claim ends all the same
  });
  while (clock.waits < 2) std::this_thread::yield();
  const std::int64_t intent = finance->append(asked("f1", "finance")).serial;
  recorded = true;
  finance->sync();
  other.join();
  CHECK(counted == 1);
  CHECK(sales->under_way_elsewhere(WorkspaceName{"test"}) == 0);
  finance->claim(prod);
  finance->append(Accepted{intent, JobId{"job-1"}, "", std::nullopt});
  finance->sync();
  CHECK(sales->under_way_elsewhere(prod) == 1);
  CHECK(finance->under_way_elsewhere(prod) == 0);
  finance->append(Resolved{{{prod, DesktopId{"f1"}}}, Resolution::failed, "seen", "alice"});
  finance->sync();
  CHECK(sales->under_way_elsewhere(prod) == 0);
}

TEST_CASE("the lock of a process that died is free, and its record tells of it until it is forgotten", "[postgres]") {
  PostgresPlace place;
  place.open()->lock(began_as("first"), Duration{0});
  const pid_t pid = ::fork();
  if (pid == 0) {
    auto locked = place.open()->lock(began_as("mallory"), Duration{0}, scope_of({"finance"}));
    locked->append(asked("f1", "finance"));
    locked->sync();
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(pid, nullptr, 0);
  while (holder_of(*place.open())) std::this_thread::yield();  // the server sees it in a moment
  const auto left = left_in(*place.open());
  REQUIRE(left);
  CHECK(left->user == "mallory");
  const bool forget = GENERATE(true, false);
  if (forget) CHECK(place.open()->unlock(left->id));
  auto locked = place.open()->lock(began_as("bob"), Duration{0}, scope_of({"finance"}));
  CHECK(locked->state().intents.size() == 1);
  CHECK_FALSE(left_in(*place.open()));
}

TEST_CASE("a role that may not make tables works where they are, and is told what to do where they are not",
          "[postgres]") {
  PostgresPlace place;
  const std::string role = "role_" + server().new_schema();
  PostgresConnection admin = place.connect();
  admin.run("CREATE ROLE " + role + " LOGIN");
  admin.run("REVOKE CREATE ON DATABASE postgres FROM PUBLIC");
  std::string url = place.url;
  url.replace(url.find("gild@"), 4, role);
  RealClock clock;
  PostgresStateStore store(PostgresServer::address(url), clock);
  CHECK(store.read().lineage.empty());
  try {
    store.lock(began_as("alice"), Duration{0});
    FAIL("made tables");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::refused);
    CHECK_THAT(error.what(), Catch::Contains("could not be made in the schema"));
    CHECK_THAT(error.advice(), Catch::Contains("docs/state-postgresql.md"));
  }
  place.open()->lock(began_as("admin"), Duration{0});
  CHECK_THROWS_WITH(store.read(), Catch::Contains("permission denied"));
  const auto grant = [&](const std::string& what) {
    admin.run("GRANT USAGE ON SCHEMA " + admin.schema() + " TO " + role);
    admin.run("GRANT " + what + " ON ALL TABLES IN SCHEMA " + admin.schema() + " TO " + role);
  };
  grant("SELECT");
  CHECK(store.read().lineage.empty());
  CHECK(store.lock_holders().empty());
  CHECK_THROWS_AS(store.lock(began_as("alice"), Duration{0}), Error);
  grant("SELECT, INSERT, UPDATE, DELETE");
  auto locked = store.lock(began_as("alice"), Duration{0}, scope_of({"finance"}));
  locked->append(seen("f1", "finance"));
  locked->sync();
  CHECK(store.read().desktops.size() == 1);
  // Another role's session: it can be fenced off, but not ended.
  const std::string other = "other_" + role;
  admin.run("CREATE ROLE " + other + " LOGIN");
  admin.run("GRANT USAGE ON SCHEMA " + admin.schema() + " TO " + other);
  admin.run("GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + admin.schema() + " TO " + other);
  url.replace(url.find(role + "@"), role.size(), other);
  PostgresStateStore stranger(PostgresServer::address(url), clock);
  try {
    stranger.unlock(holder_of(stranger)->id);
    FAIL("ended another role's session");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::locked);
    CHECK_THAT(error.advice(), Catch::Contains("    SELECT pg_terminate_backend("));
  }
  locked->append(seen("f2", "finance"));
  CHECK_THROWS_WITH(locked->sync(), Catch::Contains("taken away"));
}

TEST_CASE("tables of a newer gild are left alone, and missing ones are made where the schema is there", "[postgres]") {
  PostgresPlace place;
  PostgresConnection admin = place.connect();
  admin.run("CREATE SCHEMA " + admin.schema());
  CHECK(place.open()->read().lineage.empty());
  record(place, {}, {seen("f1", "finance")});
  CHECK(admin.run("SELECT version FROM @.version").integer(0, 0) == 1);
  admin.run("UPDATE @.version SET version = 2");
  for (const auto& call : std::vector<std::function<void(StateStore&)>>{
           [](StateStore& store) { store.read(); }, [](StateStore& store) { store.read_history(); },
           [](StateStore& store) { store.lock(began_as("alice"), Duration{0}); },
           [](StateStore& store) { store.lock_holders(); }, [](StateStore& store) { store.unlock("x"); }}) {
    CHECK_THROWS_WITH(call(*place.open()), Catch::Contains("has version 2, and this gild knows 1"));
  }
}

TEST_CASE("a pooler that gives each transaction to another session is refused before anything is written",
          "[postgres]") {
  PostgresPlace place;
  const std::string mode = GENERATE("transaction", "statement", "session");
  CAPTURE(mode);
  const std::string folder = server().ask("bouncer " + mode);
  std::string url = place.url;
  const std::size_t begin = url.find("host=") + 5;
  url.replace(begin, url.find('&', begin) - begin, percent_encode(folder));
  RealClock clock;
  PostgresStateStore store(PostgresServer::address(url), clock);
  if (mode == "session") {
    auto locked = store.lock(began_as("alice"), Duration{0}, scope_of({"finance"}));
    locked->append(seen("f1", "finance"));
    locked->sync();
    CHECK_THAT(why_locked(place, scope_of({"finance"})), Catch::Contains("alice"));
    return;
  }
  for (int i = 0; i < 3; ++i) {
    try {
      store.lock(began_as("alice"), Duration{0});
      FAIL("locked through it");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::refused);
      CHECK_THAT(error.what(), Catch::Contains("gives each transaction to another session"));
      CHECK_THAT(error.advice(), Catch::Contains("pool_mode = session"));
    }
  }
  CHECK(place.connect().run("SELECT to_regnamespace($1) IS NULL", {place.connect().schema()}).flag(0, 0));
  if (mode == "statement") return;
  record(place, {}, {seen("f1", "finance")});
  CHECK(store.read().desktops.size() == 1);  // looking needs no session
}

TEST_CASE("a server elsewhere is reached by verified TLS alone, and no password is ever shown", "[postgres]") {
  RealClock clock;
  const std::string mode = GENERATE("disable", "allow", "require", "verify-ca");
  PostgresStateStore store(PostgresServer::address("postgresql://u:hush@192.0.2.1/db?password=hush&sslmode=" + mode),
                           clock);
  CHECK(store.describe() == "postgresql://u@192.0.2.1/db?sslmode=" + mode);
  try {
    store.read();
    FAIL("connected");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::refused);
    CHECK_THAT(error.what(), Catch::Contains("sslmode=" + mode) && !Catch::Contains("hush"));
  }
}

TEST_CASE("an address is shown as it can be given again, without what is secret", "[postgres]") {
  const auto shown = [](const std::string& url) { return PostgresServer::address(url).shown; };
  CHECK(shown("postgresql://") == "postgresql://");
  CHECK(shown("postgres://alice:pa%20ss@db.example.com:5433/fleet?connect_timeout=3") ==
        "postgresql://alice@db.example.com:5433/fleet");
  CHECK(shown("postgresql://[::1]/x?gild_state=a%26b&gild_schema=s") ==
        "postgresql://[::1]/x?gild_schema=s&gild_state=a%26b");
  CHECK(shown("postgresql://?service=fleet") == "postgresql://?service=fleet");
  CHECK(shown("postgresql:///fleet?host=/run/postgresql") == "postgresql:///fleet?host=%2Frun%2Fpostgresql");
  for (const std::string bad : {"postgresql://h/d?nonsense=1", "postgresql://h/d?gild_schema=",
                                "postgresql://u:hush@h:no%zz/d", "postgresql://h/d?gild_state=a%0ab"}) {
    try {
      PostgresServer::address(bad);
      FAIL(bad);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK_THAT(error.what(), !Catch::Contains("hush"));
    }
  }
}

}  // namespace
}  // namespace gild
