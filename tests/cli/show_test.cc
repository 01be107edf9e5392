// SPDX-License-Identifier: Apache-2.0
// What `gild show` says of files, and of those that it cannot show.
#include <catch2/catch.hpp>

#include "engine/codec/remote_document.hpp"
#include "engine/codec/state_codec.hpp"
#include "tests/cli/test_app.hpp"
#include "tests/support/golden.hpp"

namespace gild {
namespace {

const std::string kNeither =
    "error: file is neither a plan, a state nor a journal of gild.\n\n"
    "  A plan comes from gild plan --out FILE. To look at manifests, use gild validate.\n";

std::string complaint_about(const std::string& text) {
  test::TestApp app;
  app.folder.write("file", text);
  const test::Ended ended = app.run({"show", "file"});
  CHECK(ended.exit == 1);
  CHECK(ended.out.empty());
  return ended.err;
}

std::string shown(const std::string& text) {
  test::TestApp app;
  app.folder.write("file", text);
  const test::Ended ended = app.run({"show", "file"});
  CHECK(ended.err.empty());
  CHECK(ended.exit == 0);
  return ended.out;
}

}  // namespace

TEST_CASE("gild show of something that gild did not write says what it is for", "[cli]") {
  const std::string text = GENERATE(as<std::string>{}, "", "\n", "[]", "{}", "apiVersion: gild/v1\n", "\xFF\xFE{",
                                    R"({"format":"gild.event/1"})", R"({"format":7})");
  INFO(text);
  CHECK(complaint_about(text) == kNeither);
}

TEST_CASE("gild show of a plan that was cut short says where and what to do", "[cli]") {
  const std::string plan = test::golden("plan/small.json");
  CHECK(
      complaint_about(plan.substr(0, plan.find("desktop_ids"))) ==
      "error: file:27: a string that does not end\n\n"
      "  gild writes its files whole, so this one was cut short or changed on its way. Get it again from where it came "
      "from. A plan can also be made anew, with gild plan --out.\n");
}

TEST_CASE("gild show of a document as a store over HTTP keeps it shows the state in it", "[cli]") {
  const std::string state = test::golden("state/v1-three-desktops.json");
  const RemoteDocument document{read_state(state, "state"), {}};
  const std::string text = write_remote_document(document, "0.1.0");
  CHECK(shown(text) == shown(state));
  CHECK_THAT(shown(text), Catch::Contains("3 desktops"));
}

TEST_CASE("gild show of a damaged state says where and what to do", "[cli]") {
  std::string state = test::golden("state/v1-three-desktops.json");
  state.replace(state.find("\"ready\""), 7, "\"reedy\"");
  CHECK(
      complaint_about(state) ==
      "error: file:7: desktops[0]: status: \"reedy\" is not one of the values that this gild knows\n\n"
      "  Put the file back from a backup or from Git. If it is the state that gild works with, look first at what gild "
      "says to it; its history may hold all of it:\n\n"
      "      gild status\n");
}

TEST_CASE("gild show of a journal without a whole record does not show an empty one", "[cli]") {
  const std::string journal = test::golden("journal/every-kind.ndjson");
  CHECK(complaint_about(journal.substr(0, 50)) ==
        "error: file begins like a journal, but holds no whole record.\n\n"
        "  Its first record was not written whole: there is nothing in it that anybody was told of.\n");
}

}  // namespace gild
