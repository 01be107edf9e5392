// SPDX-License-Identifier: Apache-2.0
#include "engine/core/diagnostic.hpp"

#include <catch2/catch.hpp>

namespace gild {

TEST_CASE("a diagnostic shows the place, the line, a caret and what to write instead") {
  SourceMap sources;
  const auto file = sources.add("fleet.yaml", "a: 1\n    imgae: win11\n");
  const Diagnostic diagnostic{Severity::error,
                              "unknown-key",
                              "Unknown key in desktop group",
                              "\"imgae\" is not a key of a desktop group. Did you mean \"image\"?",
                              {file, 2, 5},
                              5,
                              {}};
  CHECK(render(diagnostic, sources) ==
        "error[unknown-key]: Unknown key in desktop group\n"
        "  --> fleet.yaml:2:5\n"
        "     2 |     imgae: win11\n"
        "       |     ^^^^^\n"
        "  \"imgae\" is not a key of a desktop group. Did you mean \"image\"?\n");
}

TEST_CASE("the caret stands below its character where wide ones come before it") {
  SourceMap sources;
  const auto file = sources.add("f", "\xE6\xA1\x8C: x");
  CHECK(render({Severity::warning, "w", "s", "d", {file, 1, 4}, 1, {}}, sources) ==
        "warning[w]: s\n  --> f:1:4\n     1 | \xE6\xA1\x8C: x\n       |     ^\n  d\n");
}

TEST_CASE("both places of a contradiction are shown") {
  SourceMap sources;
  const auto file = sources.add("f", "one\ntwo\n");
  const Diagnostic diagnostic{
      Severity::error, "duplicate", "Twice", "Remove one.", {file, 2, 1}, 3, {{{file, 1, 1}, "first named here"}}};
  CHECK(render(diagnostic, sources) ==
        "error[duplicate]: Twice\n  --> f:2:1\n     2 | two\n       | ^^^\n"
        "  --> f:1:1\n     1 | one\n       | ^\n  first named here\n  Remove one.\n");
}

TEST_CASE("diagnostics are sorted by place") {
  Diagnostics diagnostics;
  diagnostics.add({Severity::error, "b", "", "", {0, 2, 1}, 1, {}});
  diagnostics.add({Severity::warning, "a", "", "", {0, 1, 9}, 1, {}});
  diagnostics.sort();
  CHECK(diagnostics.items()[0].code == "a");
  CHECK(diagnostics.error_count() == 1);
  CHECK(diagnostics.warning_count() == 1);
}

}  // namespace gild
