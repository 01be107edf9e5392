// SPDX-License-Identifier: Apache-2.0
// What every StateStore promises, whatever is behind it. Called within a TEST_CASE, which runs once for each section:
//
//     TEST_CASE("the file store keeps what a state store promises", "[store]") {
//       TempFolder folder;
//       FakeClock clock;
//       check_state_store([&] { return open_file_state_store(folder / "state.json", clock); });
//     }
//
// `open` opens the same storage each time, as another run of the program would; the storage is empty at the beginning.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/codec/journal_codec.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/core/error.hpp"
#include "engine/model/fold.hpp"
#include "engine/seams/state_store.hpp"

namespace gild {

inline Began began_as(std::string user) {
  return {"gild apply", std::move(user), "build-7", "0a1b2c3", "0.1.0"};
}

inline Refreshed refreshed(const std::string& desktop, const std::string& image) {
  Refreshed record;
  record.workspace = WorkspaceName("prod");
  record.desktops.push_back({DesktopId(desktop), GroupName("finance"), desktop, ImageId(image), "Windows", {}});
  return record;
}

inline Intended intended(const std::string& desktop, const std::string& image) {
  Intended record;
  record.workspace = WorkspaceName("prod");
  record.group = GroupName("finance");
  record.batch = BatchId("finance-1");
  record.target.image.image_id = ImageId(image);
  record.target.image.image_type = "private";
  record.desktops.push_back({DesktopId(desktop), std::nullopt, {}});
  return record;
}

// A state in words, for comparing. Never empty, also where the state is.
// Of what is there; what a store did not read of it is none of that.
inline std::string text_of(State state) {
  state.unread = {};
  return write_state(state, "test");
}

inline std::vector<std::int64_t> serials_of(const std::vector<JournalRecord>& records) {
  std::vector<std::int64_t> serials;
  for (const JournalRecord& record : records) serials.push_back(record.serial);
  return serials;
}

// Who holds the lock, or nobody.
inline std::optional<LockHolder> holder_of(StateStore& store) {
  for (LockHolder& holder : store.lock_holders(LockLook::probing)) {
    if (holder.hold != LockHold::gone) return std::move(holder);
  }
  return std::nullopt;
}
// The record that a dead holder left.
inline std::optional<LockHolder> left_in(StateStore& store) {
  for (LockHolder& holder : store.lock_holders(LockLook::probing)) {
    if (holder.hold == LockHold::gone) return std::move(holder);
  }
  return std::nullopt;
}

// What a store cannot help.
struct StoreTraits {
  bool names_holder = true;  // false: the server puts a name of its own in the place of ours
};

inline void check_state_store(const std::function<std::unique_ptr<StateStore>()>& open, StoreTraits traits = {}) {
  const auto lock = [](StateStore& store, const std::string& user = "alice") {
    return store.lock(began_as(user), Duration{0});
  };
  const auto store = open();

  SECTION("where nothing is stored, the state is empty and has no lineage, and looking leaves nothing behind") {
    const State state = store->read();
    CHECK(state.lineage.empty());
    CHECK(state.serial == 0);
    CHECK(state.desktops.empty());
    CHECK(store->read_history().empty());
    CHECK(store->lock_holders().empty());
  }

  SECTION("the first record makes the lineage, which stays") {
    {
      auto locked = lock(*store);
      CHECK(locked->state().lineage.empty());
      locked->append(refreshed("d1", "img-1"));
      CHECK(locked->state().lineage.size() == 36);
      locked->sync();
    }
    const std::string lineage = store->read().lineage;
    CHECK(lineage.size() == 36);
    {
      auto locked = lock(*store);
      locked->append(refreshed("d2", "img-1"));
      locked->sync();
      locked->fold_to_disk();
    }
    CHECK(store->read().lineage == lineage);
  }

  SECTION("a record is folded into the state as it is appended, after a record of who appends") {
    auto locked = lock(*store);
    const JournalRecord record = locked->append(refreshed("d1", "img-1"));
    CHECK(record.serial == 2);
    CHECK(std::holds_alternative<Refreshed>(record.body));
    CHECK(locked->state().serial == 2);
    CHECK(locked->state().desktops.size() == 1);
    CHECK(locked->append(refreshed("d2", "img-1")).serial == 3);
    locked->sync();
    const auto history = store->read_history();
    REQUIRE(serials_of(history) == std::vector<std::int64_t>{1, 2, 3});
    REQUIRE(std::holds_alternative<Began>(history[0].body));
    CHECK(std::get<Began>(history[0].body).user == "alice");
  }

  SECTION("what was synced is there for a reader beside and for the next run, folded or not") {
    std::string expected;
    {
      auto locked = lock(*store);
      locked->append(refreshed("d1", "img-1"));
      const std::int64_t intent = locked->append(intended("d1", "img-2")).serial;
      locked->append(Accepted{intent, JobId("job-1"), "req-1", std::nullopt});
      locked->sync();
      expected = text_of(locked->state());
      CHECK(text_of(open()->read()) == expected);
    }
    CHECK(text_of(open()->read()) == expected);
    {
      auto locked = lock(*store, "bob");
      CHECK(text_of(locked->state()) == expected);
      locked->fold_to_disk();
      CHECK(text_of(locked->state()) == expected);
    }
    CHECK(text_of(open()->read()) == expected);
    CHECK(serials_of(open()->read_history()) == std::vector<std::int64_t>{1, 2, 3, 4});
  }

  SECTION("appending goes on after folding, and each holder who writes is on record") {
    {
      auto locked = lock(*store);
      locked->append(refreshed("d1", "img-1"));
      locked->sync();
      locked->fold_to_disk();
      locked->append(refreshed("d2", "img-1"));
      locked->sync();
      locked->fold_to_disk();
    }
    {
      auto locked = lock(*store, "bob");
      locked->append(refreshed("d3", "img-1"));
      locked->sync();
    }
    CHECK(store->read().desktops.size() == 3);
    const auto history = store->read_history();
    REQUIRE(serials_of(history) == std::vector<std::int64_t>{1, 2, 3, 4, 5});
    CHECK(std::get<Began>(history[3].body).user == "bob");
  }

  SECTION("a holder who appends nothing changes nothing") {
    {
      auto locked = lock(*store);
      locked->append(refreshed("d1", "img-1"));
      locked->sync();
      locked->fold_to_disk();
    }
    const std::string before = text_of(store->read());
    {
      auto locked = lock(*store, "bob");
      locked->fold_to_disk();
      locked->sync();
    }
    CHECK(text_of(store->read()) == before);
    CHECK(store->read_history().size() == 2);
  }

  SECTION("room is reserved before anything was appended and after") {
    auto locked = lock(*store);
    CHECK(locked->reserve(100'000));
    locked->append(refreshed("d1", "img-1"));
    CHECK(locked->reserve(100'000));
    locked->sync();
    CHECK(text_of(store->read()) == text_of(locked->state()));
  }

  SECTION("a record that does not fit the state is refused and stored nowhere") {
    {
      auto locked = lock(*store);
      locked->append(refreshed("d1", "img-1"));
      locked->sync();
      CHECK_THROWS_AS(locked->append(Accepted{77, JobId("job-1"), "req-1", std::nullopt}), Error);
    }
    CHECK(store->read().serial == 2);
    CHECK(store->read_history().size() == 2);
  }

  SECTION("a pushed state takes the place of the old one under a serial ahead of both") {
    const std::int64_t theirs = GENERATE(0, 1, 100);
    State pushed;
    pushed.lineage = "11111111-2222-4333-8444-555555555555";
    fold(pushed, {theirs, Time{}, refreshed("d9", "img-9")});
    std::int64_t ours = 0;
    const bool virgin = GENERATE(false, true);
    if (!virgin) {
      auto locked = lock(*store);
      locked->append(refreshed("d1", "img-1"));
      locked->sync();
      ours = locked->state().serial;
    }
    {
      auto locked = lock(*store, "bob");
      locked->replace(pushed);
      CHECK(locked->state().serial > std::max(theirs, ours));
      CHECK(text_of(store->read()) == text_of(locked->state()));
      locked->append(refreshed("d10", "img-9"));
      locked->sync();
      locked->fold_to_disk();
    }
    const State state = open()->read();
    CHECK(state.lineage == pushed.lineage);
    CHECK(state.desktops.size() == 2);
    CHECK(state.find(WorkspaceName("prod"), DesktopId("d1")) == nullptr);
    const auto history = store->read_history();
    CHECK(std::holds_alternative<Refreshed>(history.back().body));
    CHECK(history.back().serial == state.serial);
  }

  SECTION("a state that comes from elsewhere is taken over as it is, with its history, and goes on from there") {
    State arriving;
    arriving.lineage = "11111111-2222-4333-8444-555555555555";
    std::vector<JournalRecord> history;
    for (const std::int64_t serial : {1, 2, 3, 7, 8}) {  // a store that hands out serials in blocks leaves gaps
      RecordBody body = serial == 1 || serial == 7 ? RecordBody{began_as("carol")}
                                                   : RecordBody{refreshed("d" + std::to_string(serial), "img-1")};
      history.push_back({serial, Time{}, std::move(body)});
      fold(arriving, history.back());
    }
    const bool twice = GENERATE(false, true);  // cut short the first time, say
    for (int i = 0; i < (twice ? 2 : 1); ++i) {
      auto locked = lock(*store);
      locked->import(arriving, history);
      CHECK(text_of(locked->state()) == text_of(arriving));
    }
    CHECK(text_of(open()->read()) == text_of(arriving));
    CHECK(serials_of(open()->read_history()) == serials_of(history));
    {
      auto locked = lock(*store, "bob");
      CHECK(locked->append(refreshed("d9", "img-1")).serial == 10);
      locked->sync();
      locked->fold_to_disk();
    }
    CHECK(open()->read().desktops.size() == 4);
    CHECK(serials_of(open()->read_history()) == std::vector<std::int64_t>{1, 2, 3, 7, 8, 9, 10});
    CHECK(std::get<Began>(open()->read_history()[5].body).user == "bob");
  }

  SECTION("a state comes back to a place that was left before anything was folded there") {
    {
      auto locked = lock(*store);
      locked->append(refreshed("d1", "img-1"));
      locked->append(Migrated{"elsewhere"});
      locked->sync();
    }
    // Elsewhere it went on under the same serials.
    std::vector<JournalRecord> history = open()->read_history();
    const std::int64_t left_at = history.back().serial;
    history.back().body = Migrated{};
    const bool further = GENERATE(false, true);
    if (further) {
      history.push_back({left_at + 1, Time{}, began_as("carol")});
      history.push_back({left_at + 2, Time{}, refreshed("d2", "img-1")});
    }
    State arriving;
    arriving.lineage = open()->read().lineage;
    for (const JournalRecord& record : history) fold(arriving, record);
    arriving.serial = std::max(arriving.serial, left_at + 1);
    lock(*store)->import(arriving, history);
    CHECK(text_of(open()->read()) == text_of(arriving));
    CHECK(serials_of(open()->read_history()) == serials_of(history));
    {
      auto locked = lock(*store, "bob");
      locked->append(refreshed("d3", "img-1"));
      locked->sync();
      locked->fold_to_disk();
    }
    CHECK(open()->read().desktops.size() == (further ? 3 : 2));
    CHECK(open()->read_history().back().serial == arriving.serial + 2);
  }

  SECTION("one at a time holds the lock, and who it is can be told") {
    auto locked = lock(*store);
    const auto store_beside = open();
    const auto holder = holder_of(*store_beside);
    REQUIRE(holder);
    if (traits.names_holder) {
      CHECK(holder->user == "alice");
      CHECK(holder->host == "build-7");
      CHECK(holder->command == "gild apply");
    }
    CHECK_FALSE(holder->id.empty());
    CHECK_FALSE(left_in(*store_beside));
    CHECK_FALSE(open()->unlock("another id"));
    for (const Duration timeout : {Duration{0}, Duration{5000}}) {
      try {
        open()->lock(began_as("bob"), timeout);
        FAIL("locked twice");
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::locked);
        if (!traits.names_holder) continue;
        CHECK_THAT(error.what(),
                   Catch::Contains("alice") && Catch::Contains("build-7") && Catch::Contains("gild apply"));
      }
    }
    locked.reset();
    CHECK(open()->lock_holders(LockLook::probing).empty());
    CHECK(lock(*open(), "bob") != nullptr);
  }
}

}  // namespace gild
