// SPDX-License-Identifier: Apache-2.0
// A machine that dies at any call, in every store that needs no server of its own. crash_test.cc asks more of the file.
#include <catch2/catch.hpp>

#include "engine/simulation/memory_store.hpp"
#include "engine/simulation/simulated_disk.hpp"
#include "engine/store/file_state_store.hpp"
#include "engine/store/http/http_state_store.hpp"
#include "tests/store/http/state_server.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/state_store_crashes.hpp"

namespace gild {
namespace {

// What is not synced may have arrived by itself, or not: the two deaths stand for that where there is no wire.
class MemorySite : public CrashSite {
 public:
  std::unique_ptr<StateStore> dying(std::size_t call, Death death) override {
    death_ = death;
    if (call > 0) cut_.arm(call);
    store_.set_crash_point(&cut_);
    return std::make_unique<Opened>(store_);
  }
  bool died() const override { return cut_.crashed(); }
  std::unique_ptr<StateStore> elsewhere() override {
    return std::make_unique<MemoryStateStore>(store_.crashed_copy(death_ == Death::before ? 0 : store_.unsynced()));
  }
  bool can_come_back() const override { return false; }

 private:
  class Opened : public StateStore {
   public:
    explicit Opened(StateStore& store) : store_(store) {}
    std::string describe() const override { return store_.describe(); }
    State read(const StateScope& scope) override { return store_.read(scope); }
    std::vector<JournalRecord> read_history() override { return store_.read_history(); }
    std::vector<LockHolder> lock_holders(LockLook look) override { return store_.lock_holders(look); }
    std::unique_ptr<LockedState> lock(const Began& who, const LockWait& wait, const StateScope& scope) override {
      return store_.lock(who, wait, scope);
    }
    bool unlock(const std::string& id) override { return store_.unlock(id); }

   private:
    StateStore& store_;
  };

  FakeClock clock_;
  MemoryStateStore store_{clock_};
  CrashPoint cut_;
  Death death_ = Death::before;
};

class FileSite : public CrashSite {
 public:
  std::unique_ptr<StateStore> dying(std::size_t call, Death death) override {
    death_ = death;
    if (call > 0) cut_.arm(call);
    disk_.set_crash_point(&cut_);
    return open();
  }
  bool died() const override { return cut_.crashed(); }
  std::unique_ptr<StateStore> elsewhere() override {
    disk_.restart(death_ == Death::before ? Left::nothing : Left::everything);
    return open();
  }
  bool can_come_back() const override { return false; }

 private:
  std::unique_ptr<StateStore> open() { return std::make_unique<FileStateStore>("gild.state.json", clock_, disk_); }

  FakeClock clock_;
  SimulatedDisk disk_;
  CrashPoint cut_;
  Death death_ = Death::before;
};

class HttpSite : public CrashSite {
 public:
  explicit HttpSite(test::StateServer::Dialect dialect) { server_.dialect = dialect; }
  std::unique_ptr<StateStore> dying(std::size_t call, Death death) override {
    wire_ = {call, death, 0, false};
    return std::make_unique<HttpStateStore>(settings(), std::make_unique<DyingTransport>(server_, wire_), clock_);
  }
  bool died() const override { return wire_.dead; }
  std::unique_ptr<StateStore> elsewhere() override {
    return std::make_unique<HttpStateStore>(settings(), std::make_unique<test::StateServerTransport>(server_), clock_);
  }
  bool can_come_back() const override { return true; }
  void come_back() override { wire_.call = 0; }

 private:
  struct Wire {
    std::size_t call = 0;  // 0: all is well
    Death death = Death::before;
    std::size_t calls = 0;
    bool dead = false;
  };
  class DyingTransport : public Transport {
   public:
    DyingTransport(test::StateServer& server, Wire& wire) : server_(server), wire_(wire) {}
    HttpOutcome exchange(const HttpRequest& request) override {
      ++wire_.calls;
      if (wire_.call == 0 || wire_.calls < wire_.call) return server_.exchange(request);
      if (!wire_.dead && wire_.death == Death::after) static_cast<void>(server_.exchange(request));
      wire_.dead = true;
      return NoAnswer{"the connection was reset"};
    }

   private:
    test::StateServer& server_;
    Wire& wire_;
  };

  HttpSettings settings() const {
    HttpSettings settings;
    settings.gitlab = server_.dialect == test::StateServer::Dialect::gitlab;
    settings.address = "https://states.example.com/gild";
    settings.lock_address = settings.unlock_address = settings.address + "/lock";
    settings.user = server_.user;
    settings.password = Secret(server_.password);
    return settings;
  }

  test::StateServer server_;
  FakeClock clock_;
  Wire wire_;
};

TEST_CASE("in memory, a machine that dies at any call loses nothing that was certain", "[store]") {
  check_crashes([] { return std::make_unique<MemorySite>(); });
}

TEST_CASE("in a file, a machine that dies at any call loses nothing that was certain", "[store]") {
  check_crashes([] { return std::make_unique<FileSite>(); });
}

TEST_CASE("over HTTP, a machine that dies at any call loses nothing that was certain, and writes nothing once replaced",
          "[store][http]") {
  const auto dialect = GENERATE(test::StateServer::Dialect::gitlab, test::StateServer::Dialect::plain);
  check_crashes([&] { return std::make_unique<HttpSite>(dialect); });
}

}  // namespace
}  // namespace gild
