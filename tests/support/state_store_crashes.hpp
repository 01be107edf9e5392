// SPDX-License-Identifier: Apache-2.0
// What every StateStore promises of a machine that dies: at whichever call it was, the next machine finds all that
// sync() had returned for, nothing torn or out of order, and goes on; and the other one, should it come back, can write
// nothing more, whether its calls failed meanwhile or it only slept. Called within a TEST_CASE:
//
//     TEST_CASE("wherever a run dies, …", "[store]") { check_crashes([] { return std::make_unique<MySite>(); }); }
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/simulation/crash_point.hpp"
#include "tests/support/state_store_conformance.hpp"

namespace gild {

enum class Death {
  before,  // the call at which the machine dies has no effect
  after,   // it is carried out, and nobody hears of it
};

// One empty storage, and two machines that know it.
class CrashSite {
 public:
  virtual ~CrashSite() = default;
  // The store as the machine has it that dies at its call number `call` (from 1; 0: never): from there on nothing that
  // it says gets through, or SimulatedCrash ends it.
  virtual std::unique_ptr<StateStore> dying(std::size_t call, Death death) = 0;
  virtual bool died() const = 0;
  // The store as another machine finds it afterwards.
  virtual std::unique_ptr<StateStore> elsewhere() = 0;
  // What the dead machine says gets through again; false: its lock has died with it, so it cannot come back.
  virtual bool can_come_back() const = 0;
  virtual void come_back() {}
};

// A short rollout, and how much of it is certain.
class CrashingRun {
 public:
  // Sleeps before its step number `asleep_at` (from 1; 0: never), while `meanwhile` happens.
  explicit CrashingRun(int asleep_at = 0, std::function<void()> meanwhile = {})
      : asleep_at_(asleep_at), meanwhile_(std::move(meanwhile)) {}

  void play(StateStore& store) {
    locked_ = store.lock(began_as("alice"), Duration{0});
    step();
    locked_->append(refreshed("d1", "img-1"));
    locked_->append(refreshed("d2", "img-1"));
    step();
    sync();
    step();
    if (!locked_->reserve(1000)) throw std::logic_error("there is always room");
    const std::int64_t intent = locked_->append(intended("d1", "img-2")).serial;
    sync();
    step();
    locked_->append(Accepted{intent, JobId("job-1"), "req-1", std::nullopt});
    step();
    sync();
    step();
    Finished finished{WorkspaceName("prod"), GroupName("finance"), JobId("job-1"), 0, {}, {}, "seen"};
    finished.target.image.image_id = ImageId("img-2");
    finished.desktops.push_back({DesktopId("d1"), Outcome::ready, std::nullopt});
    locked_->append(finished);
    locked_->fold_to_disk();
    certain_ = locked_->state().serial;
    locked_.reset();
    ended_ = true;
  }

  std::int64_t certain() const { return certain_; }
  bool ended() const { return ended_; }
  bool slept() const { return asleep_at_ != 0 && steps_ >= asleep_at_; }
  // What is left of the lock in the dead machine's memory; null where it never had it.
  std::unique_ptr<LockedState>& remains() { return locked_; }

 private:
  void step() {
    if (++steps_ == asleep_at_) meanwhile_();
  }
  void sync() {
    locked_->sync();
    certain_ = locked_->state().serial;
  }

  int asleep_at_;
  std::function<void()> meanwhile_;
  int steps_ = 0;
  std::unique_ptr<LockedState> locked_;
  std::int64_t certain_ = 0;
  bool ended_ = false;
};

inline std::vector<std::string> history_in_words(StateStore& store) {
  std::vector<std::string> words;
  for (JournalRecord record : store.read_history()) {
    record.at = {};  // the runs that are compared may be at different times
    words.push_back(write_record(record));
  }
  return words;
}

// As a person does who knows that the machine is gone, where the store does not know it by itself.
inline std::unique_ptr<LockedState> take_over(StateStore& store) {
  for (const LockHolder& holder : store.lock_holders(LockLook::probing)) {
    if (holder.hold == LockHold::lease) CHECK(store.unlock(holder.id));
  }
  return store.lock(began_as("bob"), Duration{0});
}

inline void check_sleepers(const std::function<std::unique_ptr<CrashSite>()>& make_site) {
  for (int asleep_at = 1;; ++asleep_at) {
    INFO("slept before step " << asleep_at);
    const auto site = make_site();
    if (!site->can_come_back()) return;
    const auto store = site->dying(0, Death::before);
    const auto other = site->elsewhere();
    std::unique_ptr<LockedState> locked;
    std::string after;
    CrashingRun run(asleep_at, [&] {
      locked = take_over(*other);
      locked->append(refreshed("d9", "img-9"));
      locked->sync();
      after = text_of(other->read());
    });
    try {
      run.play(*store);
      if (!run.slept()) break;
      FAIL_CHECK("it went on as if nothing had happened");
    } catch (const Error& error) {
      CHECK_FALSE(std::string_view(error.what()).empty());
    }
    run.remains().reset();
    CHECK(text_of(other->read()) == after);
    CHECK(holder_of(*other));  // nor does it give back a lock that is not its own
  }
}

inline void check_crashes(const std::function<std::unique_ptr<CrashSite>()>& make_site) {
  std::vector<std::string> whole;
  {
    const auto site = make_site();
    CrashingRun run;
    run.play(*site->dying(0, Death::before));
    REQUIRE(run.ended());
    whole = history_in_words(*site->elsewhere());
    REQUIRE(whole.size() == 6);
  }
  for (const Death death : {Death::before, Death::after}) {
    std::size_t deaths = 0;
    for (std::size_t call = 1;; ++call) {
      INFO("died at call " << call << (death == Death::before ? ", before" : ", after") << " its effect");
      const auto site = make_site();
      auto store = site->dying(call, death);
      CrashingRun run;
      try {
        run.play(*store);
      } catch (const SimulatedCrash&) {
      } catch (const Error& error) {
        CHECK_FALSE(std::string_view(error.what()).empty());
      }
      if (!site->died()) {
        CHECK(run.ended());
        break;
      }
      ++deaths;
      if (!site->can_come_back()) {
        run.remains().reset();
        store.reset();
      }

      const auto other = site->elsewhere();
      auto locked = take_over(*other);
      const State found = other->read();
      CHECK(found.serial >= run.certain());
      const std::vector<std::string> there = history_in_words(*other);
      REQUIRE(there.size() <= whole.size());
      CHECK(std::equal(there.begin(), there.end(), whole.begin()));
      State folded;
      for (const JournalRecord& record : other->read_history()) fold(folded, record);
      folded.lineage = found.lineage;
      CHECK(text_of(folded) == text_of(found));
      CHECK(text_of(locked->state()) == text_of(found));

      locked->append(refreshed("d9", "img-9"));
      locked->sync();
      const std::string after = text_of(other->read());
      CHECK(after == text_of(locked->state()));

      if (site->can_come_back() && run.remains()) {
        site->come_back();
        CHECK_THROWS_AS(
            [&] {
              if (!run.remains()->reserve(1000)) return;  // what is asked before each request
              run.remains()->append(refreshed("d1", "img-7"));
              run.remains()->sync();
            }(),
            Error);
        run.remains().reset();
        CHECK(text_of(other->read()) == after);
        CHECK(holder_of(*other));  // nor does it give back a lock that is not its own
      }
      REQUIRE(call < 1000);
    }
    CHECK(deaths > 5);
  }
  check_sleepers(make_site);
}

}  // namespace gild
