// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "cli/apply_exit.hpp"
#include "cli/apply_outputs.hpp"
#include "cli/command_text.hpp"
#include "cli/commands/commands.hpp"
#include "cli/inputs.hpp"
#include "cli/log_fold.hpp"
#include "cli/op_inputs.hpp"
#include "cli/views/apply_text.hpp"
#include "cli/views/error_text.hpp"
#include "cli/views/event_log.hpp"
#include "cli/views/plan_text.hpp"
#include "cli/views/progress.hpp"
#include "cli/views/refresh_text.hpp"
#include "engine/codec/plan_codec.hpp"
#include "engine/core/shell_word.hpp"
#include "engine/core/text.hpp"
#include "engine/ops/apply_op.hpp"

namespace gild {
namespace {

struct ApplyCommandOptions {
  std::vector<std::string> paths;
  std::optional<std::string> state;
  Narrowing narrowing;
  std::optional<std::string> approved;
  std::optional<std::string> plan_digest;
  std::optional<std::size_t> max_rebuilds;
  std::vector<std::string> guardrails;
  std::optional<std::string> events;
  std::vector<std::string> reports;
  Duration lock_timeout{0};
  bool refresh = false;
  bool auto_approve = false;
  bool no_wait = false;
  bool resume = false;
  bool strict = false;
  bool quiet = false;
  bool verbose = false;
};

void declare(Arguments& arguments, ApplyCommandOptions& options) {
  arguments.positionals(
      "PLANFILE|PATH", options.paths,
      "a plan that gild plan --out saved; or manifests, as for gild plan (default: the current folder)",
      ValueHint::file);
  add_state(arguments, options.state);
  add_narrowing(arguments, options.narrowing);
  arguments.value("--approved", "PLANFILE", options.approved,
                  "plan anew from the manifests and go on where nothing goes beyond this saved plan; nothing is asked",
                  ValueHint::file);
  arguments.value("--plan-digest", "SHA256", options.plan_digest,
                  "exit with 5 where the saved plan, or the approved one, has another digest");
  arguments.flag("--refresh", options.refresh, "read the live desktops into the state before planning");
  arguments.value("--max-rebuilds", "N", options.max_rebuilds, "exit with 5 where more than N desktops would be wiped");
  add_guardrails(arguments, options.guardrails);
  arguments.flag("--auto-approve", options.auto_approve, "do not ask before wiping; a saved plan is never asked about");
  arguments.flag("--no-wait", options.no_wait, "send what the limits allow now, record the jobs, and end");
  arguments.flag("--resume", options.resume, "go on with groups that paused on failures");
  arguments.value("--events", "FILE", options.events, "write what happens there, a JSON object a line; - is stdout",
                  ValueHint::file);
  add_report(arguments, options.reports);
  arguments.flag("--strict", options.strict, "exit with 3 also for desktops in use, protected or excluded");
  add_lock_timeout(arguments, options.lock_timeout);
  add_quiet(arguments, options.quiet, "no plan and no progress, only how it ended");
  add_verbose(arguments, options.verbose, "show every desktop, and ids in full");
}

// A saved plan says what it is; manifests may be JSON too.
bool is_saved_plan(App& app, const std::string& path) {
  if (app.disk.is_folder(path)) return false;
  const std::string text = read_file(app, path);
  return text.find_first_not_of(" \t\r\n") != std::string::npos && text[text.find_first_not_of(" \t\r\n")] == '{' &&
         text.find("\"gild.plan/") != std::string::npos;
}

[[noreturn]] void fail_usage(std::string message, std::string advice = {}) {
  throw Error(ErrorKind::usage, std::move(message), std::move(advice));
}

// Is it the plan that somebody had in hand?
void check_digest(const Plan& plan, const std::string& file, const std::optional<std::string>& wanted) {
  if (!wanted) return;
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (wanted->size() != 64 || wanted->find_first_not_of(kDigits) != std::string::npos) {
    fail_usage("--plan-digest takes 64 digits of 0-9 and a-f, as gild plan --out and gild show print them.");
  }
  const std::string digest = plan_digest(plan);
  if (digest == *wanted) return;
  throw Error(
      ErrorKind::refused,
      fmt::format("{} is not the plan that --plan-digest names: its digest is {}", escape_controls(file), digest),
      "Nothing was sent. Somebody has changed or replaced the file, or the digest is of another plan. Look at "
      "what is in the file:\n\n    gild show " +
          escape_controls(shell_word(file)));
}

// The plan that bounds what manifests may do; nullopt: none is given.
std::optional<Approval> approved_plan(App& app, const ApplyCommandOptions& options) {
  if (!options.approved) return std::nullopt;
  const std::string& file = *options.approved;
  if (!is_saved_plan(app, file)) {
    throw Error(ErrorKind::input, fmt::format("{} is not a saved plan, so it approves nothing", escape_controls(file)),
                "--approved takes what gild plan --out saved:\n\n    gild plan --out FILE");
  }
  Approval approval{read_plan(read_file(app, file), file), file};
  check_digest(approval.plan, file, options.plan_digest);
  return approval;
}

// The plan named by the arguments; nullopt: they name manifests.
std::optional<Plan> saved_plan(App& app, const ApplyCommandOptions& options) {
  std::optional<Plan> plan;
  for (const std::string& path : options.paths) {
    if (!is_saved_plan(app, path)) continue;
    if (options.paths.size() > 1) fail_usage(fmt::format("{} is a saved plan, which is applied alone.", path));
    if (options.approved) {
      fail_usage(
          fmt::format("{} is a saved plan, which is carried out as it is; --approved goes with manifests.", path),
          "Where the state has moved since, plan anew within it:\n\n    gild apply --approved PLANFILE [PATH...]");
    }
    if (!options.narrowing.empty()) {
      fail_usage(
          "A saved plan is carried out as it was reviewed; --group, --exclude-group and --desktop cannot narrow it.",
          "Narrow it when it is made:\n\n    gild plan --group NAME --out FILE");
    }
    if (options.refresh)
      fail_usage("A saved plan belongs to the state that it was made from; --refresh goes with paths.");
    plan = read_plan(read_file(app, path), path);
    check_digest(*plan, path, options.plan_digest);
  }
  if (!plan && options.plan_digest && !options.approved) {
    fail_usage("--plan-digest goes with a saved plan, or with --approved.");
  }
  return plan;
}

std::string command_of(const ApplyCommandOptions& options) {
  CommandText command("gild apply");
  for (const std::string& file : options.guardrails) command.option("--guardrails", file);
  return command.flag("--resume", options.resume)
      .option("--approved", options.approved)
      .option("--plan-digest", options.plan_digest)
      .option("--state", options.state)
      .narrowing(options.narrowing)
      .flag("--refresh", options.refresh)
      .flag("--auto-approve", options.auto_approve)
      .flag("--no-wait", options.no_wait)
      .words(options.paths)
      .str();
}

class ApplyCommand {
 public:
  ApplyCommand(App& app, const ApplyCommandOptions& options)
      : app_(app), options_(options), out_(options.events == "-" ? app.err : app.out) {}

  // Whatever its end, it is reported.
  ExitCode run() {
    ApplyOutputs outputs{app_, options_.reports};
    RunReport report;
    report.command = command_of(options_);
    report.started = app_.clock.now();
    const auto write = [&](ExitCode exit, std::optional<Error> failure) {
      report.exit = exit;
      report.failure = std::move(failure);
      return outputs.write(std::move(report), std::move(result_));
    };
    try {
      const ExitCode exit = carry_out();
      const bool whole = write(exit, std::nullopt);
      if (exit != ExitCode::ok) return exit;
      out_.check();
      return whole ? ExitCode::ok : ExitCode::error;
    } catch (const Error& error) {
      write(exit_code_of(error.kind()), error);
      throw;
    } catch (const Interrupted&) {
      write(ExitCode::interrupted, std::nullopt);
      throw;
    }
  }

 private:
  ExitCode carry_out() {
    const std::optional<Plan> plan = saved_plan(app_, options_);
    approved_ = approved_plan(app_, options_);
    if (!plan && !approved_ && !options_.auto_approve && !app_.in.is_terminal()) {
      fail_usage("gild apply asks before it wipes, and standard input is no terminal.",
                 "Nothing was done. In a pipeline, apply a plan that was reviewed; or apply without being asked:\n\n"
                 "    gild plan --out plan.json && gild apply plan.json\n    gild apply --auto-approve");
    }
    std::optional<Manifest> manifest;
    if (!plan) manifest = require_manifest(app_, options_.paths, "nothing was applied");
    limits_ = {options_.max_rebuilds, require_guardrails(app_, options_.guardrails, "nothing was applied")};
    if (manifest) {
      manifest->guardrails.insert(manifest->guardrails.end(), limits_.guardrails.begin(), limits_.guardrails.end());
      limits_.guardrails = manifest->guardrails;
    }
    OpInputs inputs(app_, options_.state, "apply", options_.lock_timeout);
    const OpDeps deps = inputs.deps(observers_);
    if (app_.watch_signals) app_.watch_signals(app_.stop);  // before the display, which has a thread
    open_display();
    const std::stop_callback on_stop(app_.stop.get_token(), [this] {
      progress_->say("Stopping in order: nothing more is sent. Once more leaves at once.");
    });
    result_ = plan ? apply_saved(deps, *plan) : apply_paths(deps, *manifest);
    return finish(result_);
  }

  void open_display() {
    if (options_.quiet) {
      progress_ = std::make_unique<NoProgress>(app_.err);
    } else if (app_.can_redraw(app_.err)) {
      progress_ = std::make_unique<LiveProgress>(app_.err, app_.clock, app_.style_of(app_.err));
    } else {
      progress_ = std::make_unique<FoldedProgress>(app_.err, app_.clock, fold_);
    }
    observers_.add(*progress_);
    if (!options_.events) return;
    if (options_.events != "-") {
      refuse_to_lose(app_, *options_.events, R"({"format":"gild.event/)", "holds no events");
      events_file_ = app_.open_output(*options_.events);
    }
    event_log_ = std::make_unique<EventLog>(events_file_ ? *events_file_ : app_.out, app_.clock);
    observers_.add(*event_log_);
  }

  ApplyOptions apply_options() const { return {!options_.no_wait, options_.resume}; }
  Style style() const { return app_.style_of(out_); }

  ApplyResult apply_saved(const OpDeps& deps, const Plan& plan) {
    if (!options_.quiet) {
      out_.write(fmt::format("{}Digest {}\n\n", render_plan_summary(plan, out_.width(), style()), plan_digest(plan)));
    }
    return apply_saved_plan(deps, plan, limits_, apply_options(), app_.stop.get_token());
  }

  ApplyResult apply_paths(const OpDeps& deps, const Manifest& manifest) {
    const ApplyRequest request{manifest,         options_.narrowing, limits_,
                               options_.refresh, apply_options(),    approved_ ? &*approved_ : nullptr};
    const auto tell_refresh = [this](const RefreshReport& report) {
      if (options_.quiet) return;
      out_.write(render_refresh(report, {RefreshKind::refresh, out_.width(), options_.verbose}, style()) + "\n");
    };
    const auto ask = [this](const Plan& plan, const std::vector<PausedGroup>& paused) { return confirm(plan, paused); };
    return plan_and_apply(deps, request, ask, tell_refresh, app_.stop.get_token());
  }

  Answer confirm(const Plan& plan, const std::vector<PausedGroup>& paused) {
    const bool agreed = options_.auto_approve || approved_;
    if (!options_.quiet || !agreed) {
      write_folded(out_, fold_, plan, {out_.width(), options_.verbose}, style());
      out_.write("\n");
      if (approved_) {
        out_.write(fmt::format("Nothing in it goes beyond {}, digest {}\n\n", escape_controls(approved_->file),
                               plan_digest(approved_->plan)));
      }
    }
    if (agreed) return Answer::yes;
    out_.check();  // nobody agrees to a plan that was not shown
    app_.err.write(render_question(plan, paused, app_.err.width(), app_.style_of(app_.err)));
    const std::optional<std::string> answer = app_.in.read_line(app_.stop.get_token());
    app_.err.write("\n");
    if (app_.stop.stop_requested()) throw Interrupted{};
    if (answer != "yes") return Answer::no;
    return paused.empty() ? Answer::yes : Answer::yes_to_all;
  }

  ExitCode finish(const ApplyResult& result) {
    if (event_log_) event_log_->close();
    if (result.declined) {
      out_.write("Not applied: the answer was not \"yes\". Nothing was sent, no disk was wiped.\n");
      return ExitCode::error;  // `gild apply && next` must not go on
    }
    if (result.report) {
      out_.write(render_apply(*result.report, {out_.width(), options_.verbose, command_of(options_)}, style()));
    }
    SteadyOutput err{app_.err};  // the exit status counts more than who reads this
    if (event_log_ && event_log_->failure()) {
      err.write(render_message("warning", fmt::format("Events are missing: {}", *event_log_->failure()), {},
                               app_.sentence_width(), app_.style_of(app_.err)));
    }
    if (result.failure) throw *result.failure;
    if (result.interrupted && !result.report) {
      err.write("Interrupted before anything was sent.\n");
      return ExitCode::interrupted;
    }
    return exit_code_of(*result.report, options_.strict ? PolicySkips::count : PolicySkips::are_fine);
  }

  App& app_;
  const ApplyCommandOptions& options_;
  LogFold fold_{app_, &app_.clock};
  std::optional<Approval> approved_;
  ApplyLimits limits_;
  SteadyOutput out_;  // standard output, unless events go there
  std::unique_ptr<OutputStream> events_file_;
  std::unique_ptr<EventLog> event_log_;
  std::unique_ptr<Progress> progress_;
  ObserverList observers_;
  ApplyResult result_;
};

ExitCode run(App& app, const ApplyCommandOptions& options) {
  return ApplyCommand{app, options}.run();
}

}  // namespace

Command apply_command() {
  return make_command<ApplyCommandOptions>("apply", "carry out a plan: wipe and rebuild, and record it",
                                           CommandGroup::act, declare, run);
}

}  // namespace gild
