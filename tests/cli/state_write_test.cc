// SPDX-License-Identifier: Apache-2.0
// gild state rm, resolve, push and unlock.
#include <sstream>

#include <catch2/catch.hpp>

#include "engine/codec/state_codec.hpp"
#include "tests/cli/service_app.hpp"
#include "tests/support/golden.hpp"

namespace gild::test {
namespace {

using test::says;

// With every run of blanks and line breaks as one blank: where a line is broken does not matter.
std::string flat(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  for (std::string word; in >> word;) out += (out.empty() ? "" : " ") + word;
  return out;
}

constexpr const char* kLeftover =
    R"({"id":"u-1","user":"ana","host":"build-7","pid":12,"command":"apply","since":"2026-11-23T20:00:00Z"})";

// Two desktops; the answer to the request for the first was lost and nothing has settled it.
struct SettlingApp : ServiceApp {
  SettlingApp() : ServiceApp(2, "{batch_size: 1, max_unavailable: 1}") {
    cloud.lose_answer_of_submission(1, Executed::no);
    if (run({"apply", "--auto-approve", "--no-wait"}).exit != 3) throw std::logic_error("the answer was not lost");
    const State state = read_state(run({"state", "pull"}).out, "pulled");
    for (const auto& [key, record] : state.desktops) {
      if (record.status == DesktopStatus::settling) settling = key.id.str();
    }
  }
  std::string settling;
};

std::string pull(ServiceApp& app) {
  return app.run({"state", "pull"}).out;
}

// --- rm -------------------------------------------------------------------------------------------------------------

TEST_CASE("state rm says what it removed and what that means for the next plan", "[state]") {
  ServiceApp app(2);
  REQUIRE(app.run({"refresh"}).exit == 0);
  const Ended ended = app.run({"state", "rm", app.ids[0].str()});
  CHECK(ended.exit == 0);
  CHECK(says(ended.out, "Removed from the state, and nowhere else: 1 desktop\n"));
  CHECK(says(ended.out, app.ids[0].str()));
  CHECK(says(flat(ended.out), "takes it for never seen"));
  CHECK_FALSE(says(pull(app), app.ids[0].str()));
  CHECK(says(flat(app.run({"history"}).out), "gild state rm by ada@runner-7"));
  CHECK(says(flat(app.run({"history"}).out), "removed from the state"));
}

TEST_CASE("state rm of a desktop whose request is open exits with 5 and changes nothing", "[state]") {
  SettlingApp app;
  const std::string before = pull(app);
  const Ended ended = app.run({"state", "rm", app.settling});
  CHECK(ended.exit == 5);
  CHECK(says(ended.err, "Nothing was changed."));
  CHECK(says(ended.err, "    gild state resolve " + app.settling + " --as"));
  CHECK(pull(app) == before);
}

// --- resolve --------------------------------------------------------------------------------------------------------

TEST_CASE("state resolve as not-received makes the next plan wipe the desktop, and says so", "[state]") {
  SettlingApp app;
  CHECK_FALSE(says(flat(app.run({"plan", "--desktop", app.settling}).out), "WIPE 1 desktop"));
  const Ended ended =
      app.run({"state", "resolve", app.settling, "--as", "not-received", "--reason", "the console shows no task"});
  CHECK(ended.exit == 0);
  CHECK(says(flat(ended.out), "until now settling: recorded as never sent for"));
  CHECK(says(flat(ended.out), "the next plan may WIPE it"));
  CHECK(says(flat(app.run({"plan", "--desktop", app.settling}).out), "WIPE 1 desktop"));
  const std::string story = flat(app.run({"history", "--desktop", app.settling}).out);
  CHECK(says(story, "resolved as not-received by ada@runner-7: the console shows no task"));
  CHECK(says(story, "Now: ready"));
}

TEST_CASE("state resolve as ready takes the image that was asked for", "[state]") {
  SettlingApp app;
  const Ended ended = app.run({"state", "resolve", app.settling, "--as", "ready", "--reason", "looked at it"});
  CHECK(says(flat(ended.out), "recorded as ready on image new; a plan that wants that leaves it alone"));
}

TEST_CASE("state resolve warns where a job may still be wiping", "[state]") {
  ServiceApp app(1);
  REQUIRE(app.run({"apply", "--auto-approve", "--no-wait"}).exit == 0);
  const Ended ended = app.run({"state", "resolve", app.ids[0].str(), "--as", "failed", "--reason", "gone"});
  CHECK(ended.exit == 0);
  CHECK(says(flat(ended.out), "the next plan WIPES it again"));
  CHECK(says(flat(ended.out), "Warning: the service accepted job "));
}

TEST_CASE("state resolve needs to be told what, why, and of which desktop there is something to decide", "[state]") {
  SettlingApp app;
  const std::string before = pull(app);
  const Ended no_as = app.run({"state", "resolve", app.settling, "--reason", "x"});
  CHECK(no_as.exit == 1);
  CHECK(says(no_as.err, "needs --as"));
  const Ended no_reason = app.run({"state", "resolve", app.settling, "--as", "ready"});
  CHECK(no_reason.exit == 1);
  CHECK(says(no_reason.err, "needs --reason"));
  CHECK(app.run({"state", "resolve", app.settling, "--as", "ready", "--reason", "  "}).exit == 1);
  const Ended word = app.run({"state", "resolve", app.settling, "--as", "not_received", "--reason", "x"});
  CHECK(word.exit == 1);
  CHECK(says(word.err, "Did you mean not-received?"));
  const std::string other = app.ids[0].str() == app.settling ? app.ids[1].str() : app.ids[0].str();
  CHECK(app.run({"state", "resolve", other, "--as", "failed", "--reason", "x"}).exit == 1);
  CHECK(pull(app) == before);
}

// --- push -----------------------------------------------------------------------------------------------------------

TEST_CASE("state push takes a file or standard input and says how the state differs", "[state]") {
  ServiceApp app(2);
  REQUIRE(app.run({"refresh"}).exit == 0);
  const std::string backup = pull(app);
  REQUIRE(app.run({"state", "rm", app.ids[0].str()}).exit == 0);
  app.folder.write("backup.json", backup);
  CHECK(app.run({"state", "push", "backup.json"}).exit == 5);
  const bool from_input = GENERATE(false, true);
  app.in.all = backup;
  const Ended ended = app.run({"state", "push", from_input ? "-" : "backup.json", "--force"});
  CHECK(ended.exit == 0);
  CHECK(says(flat(ended.out),
             "2 desktops. Compared with what it held before, 1 new, 0 recorded differently and 0 no "
             "longer recorded."));
  CHECK(says(pull(app), app.ids[0].str()));
}

TEST_CASE("state push refuses to forget what is open, and --force does not change that", "[state]") {
  SettlingApp app;
  State old = read_state(pull(app), "pulled");
  old.intents.clear();
  for (auto& [key, record] : old.desktops) {
    record.status = DesktopStatus::ready;
    record.updated_at = {};
    record.intent = 0;
  }
  const std::string before = pull(app);
  app.folder.write("old.json", write_state(old, "0.1.0"));
  for (const bool force : {false, true}) {
    std::vector<std::string> words{"state", "push", "old.json"};
    if (force) words.emplace_back("--force");
    const Ended ended = app.run(words);
    CHECK(ended.exit == 5);
    CHECK(says(ended.err, "old.json knows nothing of what is open here:\n"));
    CHECK(says(ended.err, " of group finance: " + app.settling));
  }
  CHECK(pull(app) == before);
}

TEST_CASE("a state that a failed run kept can be pushed, and then its file is no longer needed", "[state]") {
  ServiceApp app(1);
  REQUIRE(app.run({"refresh"}).exit == 0);
  State kept = read_state(pull(app), "pulled");
  ++kept.serial;
  app.folder.write("errored.gild.state.json", write_state(kept, "0.1.0"));
  const Ended ended = app.run({"state", "push", "errored.gild.state.json"});
  CHECK(ended.exit == 0);
  CHECK(says(ended.out, "\n    rm errored.gild.state.json\n"));
}

TEST_CASE("half a state is not pushed: a snapshot whose journal lies beside it", "[state]") {
  ServiceApp app(1);
  REQUIRE(app.run({"refresh"}).exit == 0);
  app.folder.write("copy.json", pull(app));
  app.folder.write("copy.json.journal", "{}\n");
  const Ended ended = app.run({"state", "push", "copy.json", "--force"});
  CHECK(ended.exit == 1);
  CHECK(says(ended.err, "\n      gild state pull --state copy.json > whole.json\n      gild state push whole.json\n"));
}

TEST_CASE("what is no state is not pushed", "[state]") {
  ServiceApp app(1);
  app.folder.write("text.json", GENERATE("", "{}", "<html>", R"({"format":"gild.state/2","serial":1})"));
  CHECK(app.run({"state", "push", "text.json"}).exit == 1);
  CHECK(app.run({"state", "push", "missing.json"}).exit == 1);
  CHECK(app.run({"state", "push", "-"}).exit == 1);  // nothing at all on standard input
  CHECK_FALSE(app.folder.has("gild.state.json"));
}

// --- unlock ---------------------------------------------------------------------------------------------------------

TEST_CASE("state unlock shows whose record was left, and forgets it after a yes only", "[state]") {
  ServiceApp app(1);
  app.folder.write("gild.state.json.lock", kLeftover);
  app.in.terminal = true;
  app.in.answers = {"y"};
  const Ended no = app.run({"state", "unlock"});
  CHECK(no.exit == 1);
  CHECK(says(flat(no.err), "has the record of ana on build-7 (process 12), since 2026-11-23T20:00:00Z"));
  CHECK(says(no.err, "Only yes will do: "));
  CHECK(app.folder.read("gild.state.json.lock") == kLeftover);

  app.in.answers = {"yes"};
  const Ended yes = app.run({"state", "unlock", "u-1"});
  CHECK(yes.exit == 0);
  CHECK(app.folder.read("gild.state.json.lock").empty());
  CHECK(app.run({"state", "unlock"}).out == "gild.state.json is not locked.\n");
}

TEST_CASE("without a terminal state unlock does nothing and names the option; with it, it does not ask", "[state]") {
  ServiceApp app(1);
  app.folder.write("gild.state.json.lock", kLeftover);
  const Ended asked = app.run({"state", "unlock"});
  CHECK(asked.exit == 1);
  CHECK(says(asked.err, "\n      gild state unlock --force\n"));
  CHECK(app.folder.read("gild.state.json.lock") == kLeftover);
  CHECK(app.run({"state", "unlock", "--force"}).exit == 0);
  CHECK(app.in.asked == 0);
  CHECK(app.folder.read("gild.state.json.lock").empty());
}

TEST_CASE("state unlock of another lock than the one that was meant does nothing", "[state]") {
  ServiceApp app(1);
  app.folder.write("gild.state.json.lock", kLeftover);
  const Ended ended = app.run({"state", "unlock", "u-2", "--force"});
  CHECK(ended.exit == 1);
  CHECK(says(ended.err, "No lock has the id \"u-2\""));
  CHECK(app.folder.read("gild.state.json.lock") == kLeftover);
}

TEST_CASE("no option breaks a lock that is held: its process may be about to send", "[state]") {
  ServiceApp app(1);
  const auto store = open_file_state_store((app.folder.path() / "gild.state.json").string(), app.clock);
  const auto locked = store->lock({"apply", "ana", "build-7", std::nullopt, "0.1.0"}, Duration{0});
  const Ended ended = app.run({"state", "unlock", "--force"});
  CHECK(ended.exit == 4);
  CHECK(says(ended.err, "gild.state.json is locked by ana on build-7 (process "));
  CHECK(says(ended.err, ": gild apply; that process still runs"));
  CHECK(says(ended.err, "    kill -INT "));
  CHECK_FALSE(store->lock_holders().empty());
  CHECK(app.run({"state", "rm", "d-1"}).exit == 4);
}

// --- the family -----------------------------------------------------------------------------------------------------

TEST_CASE("state alone says what it can be followed by", "[state]") {
  ServiceApp app(1);
  const Ended alone = app.run({"state"});
  CHECK(alone.exit == 1);
  CHECK(says(alone.err,
             "gild state needs a second word, one of list, show, rm, mv, resolve, pull, push, migrate and unlock."));
  CHECK(says(app.run({"state", "lst"}).err, "Did you mean \"list\"?"));
  for (const char* word : {"list", "show", "rm", "mv", "resolve", "pull", "push", "migrate", "unlock"}) {
    const Ended help = app.run({"state", word, "--help"});
    CHECK(help.exit == 0);
    CHECK(says(help.out, fmt::format("Usage: gild state {}", word)));
  }
}

}  // namespace
}  // namespace gild::test
