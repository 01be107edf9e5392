// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include <catch2/catch.hpp>

#include "cli/views/layout.hpp"
#include "tests/cli/test_app.hpp"

namespace gild {

TEST_CASE("help fits the terminal, and lines to copy stay whole", "[cli]") {
  test::TestApp app;
  app.out.columns = GENERATE(std::size_t{60}, std::size_t{80}, std::size_t{200});
  const auto ended = app.run({"help", "apply"});
  CHECK(ended.exit == 0);
  std::string_view text = ended.out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + 1);
    INFO(line);
    // Nothing is wider than 100 columns, however wide the terminal; what is indented by four may be as wide as it is.
    CHECK((line.substr(0, 4) == "    " || cells(line) <= std::min<std::size_t>(app.out.columns, 100)));
  }
  CHECK_THAT(ended.out, Catch::Contains("\n    gild apply --auto-approve --max-rebuilds 50\n"));
  CHECK_THAT(ended.out, Catch::Contains("\n\nOptions\n"));
}

}  // namespace gild
