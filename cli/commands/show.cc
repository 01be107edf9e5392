// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/inputs.hpp"
#include "cli/plan_output.hpp"
#include "cli/version.hpp"
#include "cli/views/journal_text.hpp"
#include "cli/views/plan_counts.hpp"
#include "cli/views/plan_text.hpp"
#include "cli/views/state_text.hpp"
#include "engine/codec/document_format.hpp"
#include "engine/codec/journal_codec.hpp"
#include "engine/codec/plan_codec.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

struct ShowOptions {
  std::string file;
  PlanOutput output;

  bool as_json() const { return output.format == PlanFormat::json; }
};

void declare(Arguments& arguments, ShowOptions& options) {
  arguments.positional("FILE", options.file, "a saved plan, a state or a journal", ValueHint::file);
  add_plan_output(arguments, options.output);
}

std::string show_plan(const Plan& plan, const std::optional<Plan>& older, const ShowOptions& options, std::size_t width,
                      const Style& style) {
  if (options.output.format != PlanFormat::text) return render_for_programs(plan, options.output, older);
  const std::string basis =
      plan.basis.lineage ? fmt::format("state {}, serial {}", escape_controls(*plan.basis.lineage), plan.basis.serial)
                         : std::string{"no state"};
  return render_plan(plan, {width, options.output.verbose}, style) +
         render_since(plan, options.output, older, width, style) +
         fmt::format("\nMade from {}\nDigest {}\n\n{}\n", basis, plan_digest(plan), counts_line(plan));
}

std::string show_state(const State& state, const ShowOptions& options, std::size_t width, const Style& style) {
  if (options.as_json()) return write_state(state, version());
  return render_state(state, {width, options.output.verbose}, style);
}

std::string show_journal(const std::vector<JournalRecord>& records, const ShowOptions& options, const Style& style) {
  if (!options.as_json()) return render_journal(records, style);
  std::string out;
  for (const JournalRecord& record : records) out += write_record(record) + "\n";
  return out;
}

// Journals are one record a line, each beginning with its serial; everything else says its format.
bool is_journal(std::string_view text) {
  return text.rfind("{\"serial\":", 0) == 0;
}

bool begins_like_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

[[noreturn]] void fail_neither(const std::string& file) {
  throw Error(ErrorKind::input, fmt::format("{} is neither a plan, a state nor a journal of gild.", file),
              "A plan comes from gild plan --out FILE. To look at manifests, use gild validate.");
}

std::string format_of(const std::string& text, const std::string& file) {
  try {
    return document_format(text, file);
  } catch (const Error& error) {
    throw Error(
        error.kind(), error.what(),
        "gild writes its files whole, so this one was cut short or changed on its way. Get it again from where it "
        "came from. A plan can also be made anew, with gild plan --out.");
  }
}

// What is known to be a state by its format alone may be damaged; this command cannot tell whether it is the one in
// use.
State read_shown_state(const std::string& text, const std::string& file) {
  try {
    return read_state(text, file);
  } catch (const Error& error) {
    if (!error.advice().empty()) throw;  // it knows better what to do
    throw Error(error.kind(), error.what(),
                "Put the file back from a backup or from Git. If it is the state that gild works with, look first at "
                "what gild says to it; its history may hold all of it:\n\n    gild status");
  }
}

// Of states and journals there is nothing to review.
void require_plan(const ShowOptions& options, std::string_view what) {
  if (options.output.diff) {
    throw Error(ErrorKind::usage, fmt::format("{} is {}; --diff compares plans.", options.file, what));
  }
  if (options.output.format == PlanFormat::text || options.as_json()) return;
  throw Error(ErrorKind::usage,
              fmt::format("{} is {}; --format markdown, html and gitlab are for plans.", options.file, what));
}

ExitCode run(App& app, const ShowOptions& options) {
  check_plan_output(options.output);
  const std::string text = read_file(app, options.file);
  const Style style = app.style_of(app.out);
  if (is_journal(text)) {
    require_plan(options, "a journal");
    const std::vector<JournalRecord> records = app.parse_journal(text, options.file);
    if (records.empty()) {
      throw Error(ErrorKind::input, fmt::format("{} begins like a journal, but holds no whole record.", options.file),
                  "Its first record was not written whole: there is nothing in it that anybody was told of.");
    }
    app.out.write(show_journal(records, options, style));
    return ExitCode::ok;
  }
  if (!begins_like_json(text)) fail_neither(options.file);
  const std::string format = format_of(text, options.file);
  if (format.rfind("gild.plan/", 0) == 0) {
    app.out.write(
        show_plan(read_plan(text, options.file), older_plan(app, options.output), options, app.out.width(), style));
  } else if (format.rfind("gild.state/", 0) == 0 || format.rfind("gild.remote/", 0) == 0) {
    require_plan(options, "a state");
    app.out.write(show_state(read_shown_state(text, options.file), options, app.out.width(), style));
  } else {
    fail_neither(options.file);
  }
  return ExitCode::ok;
}

}  // namespace

Command show_command() {
  return make_command<ShowOptions>("show", "show a saved plan, a state or a journal", CommandGroup::plan, declare, run);
}

}  // namespace gild
