// SPDX-License-Identifier: Apache-2.0
// A plan, a state or records as people see them. Plans come from pull requests and texts in states from the service:
// whatever stands in them, no line that is printed drives the terminal of who looks at it.
#include <vector>

#include "cli/views/error_text.hpp"
#include "cli/views/journal_text.hpp"
#include "cli/views/plan_html.hpp"
#include "cli/views/plan_markdown.hpp"
#include "cli/views/plan_text.hpp"
#include "cli/views/state_text.hpp"
#include "engine/codec/journal_codec.hpp"
#include "engine/codec/plan_codec.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/core/text.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/record_line.hpp"

namespace {

using namespace gild;

void check_shown(std::string_view shown) {
  fuzz::for_each_line(shown, [](std::string_view line) {
    fuzz::require_same(escape_controls(line), line, "no line drives a terminal");
  });
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

template <class Show>
void show(Show show) {
  try {
    check_shown(show());
  } catch (const Error& error) {
    check_shown(render_error(error, kUnbroken, Style{}));
    check_shown(render_error(error, 40, Style{}));
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::size_t width = 20 + size % 120;
  const bool every = size % 2 == 0;
  show([&] { return render_plan(read_plan(text, "plan.json"), {width, every}, Style{}); });
  show([&] {
    const std::size_t most = kLeastMarkdownBytes + size;
    const std::string comment = render_plan_markdown(read_plan(text, "plan.json"), {most, every});
    fuzz::require(comment.size() <= most, "a comment is never longer than asked for");
    return comment;
  });
  show([&] {
    const std::string page = render_plan_html(read_plan(text, "plan.json"), {every});
    fuzz::require(count_of(page, "<script") == 2 && count_of(page, "</script") == 2, "no text begins or ends a script");
    return page;
  });
  show([&] { return render_state(read_state(text, "gild.state.json"), {width, every}, Style{}); });
  JsonParser parser;
  std::vector<JournalRecord> records;
  fuzz::for_each_line(text, [&](std::string_view line) {
    show([&] {
      records.push_back(read_record(fuzz::without_checksum(line), "the journal", parser));
      return describe_record(records.back().body);
    });
  });
  check_shown(render_journal(records, Style{}));
  return 0;
}
