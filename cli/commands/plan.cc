// SPDX-License-Identifier: Apache-2.0
#include "engine/model/plan.hpp"

#include <future>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "cli/command_text.hpp"
#include "cli/commands/commands.hpp"
#include "cli/github_files.hpp"
#include "cli/inputs.hpp"
#include "cli/log_fold.hpp"
#include "cli/op_inputs.hpp"
#include "cli/plan_output.hpp"
#include "cli/views/layout.hpp"
#include "cli/views/plan_counts.hpp"
#include "cli/views/plan_text.hpp"
#include "cli/views/refresh_text.hpp"
#include "engine/codec/plan_codec.hpp"
#include "engine/core/text.hpp"
#include "engine/ops/apply_op.hpp"
#include "engine/ops/state_scope.hpp"
#include "engine/plan/planner.hpp"

namespace gild {
namespace {

struct PlanCommandOptions {
  std::vector<std::string> paths;
  std::optional<std::string> state;
  Narrowing narrowing;
  std::optional<std::string> out;
  std::optional<std::size_t> max_rebuilds;
  std::vector<std::string> guardrails;
  PlanOutput output;
  Duration lock_timeout{0};
  bool refresh = false;
  bool detailed_exitcode = false;
  bool quiet = false;

  bool for_people() const { return output.format == PlanFormat::text && !quiet; }
};

void declare(Arguments& arguments, PlanCommandOptions& options) {
  add_paths(arguments, options.paths);
  add_state(arguments, options.state);
  add_narrowing(arguments, options.narrowing);
  arguments.flag("--refresh", options.refresh, "read the live desktops into the state first; this needs credentials");
  arguments.value("--out", "FILE", options.out, "save the plan there, for gild apply FILE", ValueHint::file);
  arguments.value("--max-rebuilds", "N", options.max_rebuilds, "exit with 5 where more than N desktops would be wiped");
  add_guardrails(arguments, options.guardrails);
  arguments.flag("--detailed-exitcode", options.detailed_exitcode, "exit with 2 where something would be wiped");
  add_lock_timeout(arguments, options.lock_timeout);
  add_plan_output(arguments, options.output);
  add_quiet(arguments, options.quiet, "print no plan in text form; warnings about manifests and errors only");
}

// `gild apply` with what this plan was made from.
std::string apply_command(const PlanCommandOptions& options, bool paused) {
  CommandText command("gild apply");
  command.flag("--resume", paused).option("--state", options.state);
  for (const std::string& file : options.guardrails) command.option("--guardrails", file);
  if (options.out) return command.words({*options.out}).str();
  return command.narrowing(options.narrowing).words(options.paths).str();
}

std::string what_next(const Plan& plan, const PlanCommandOptions& options, bool paused, std::size_t width) {
  std::string out;
  if (!plan.basis.lineage && !plan.groups.empty()) {
    out += "\n" +
           wrap("There is no state yet, so nothing is known about any desktop. Record what is there, and plan again:",
                width, "", "") +
           "\n    gild refresh\n";
  }
  if (options.out) {
    out += fmt::format("\nSaved to {}, digest {}\n", escape_controls(*options.out), plan_digest(plan));
  }
  if (plan.empty()) return out;
  out += "\n" + wrap(options.out ? "Nothing has been sent. To carry out this plan, and nothing beyond it:"
                                 : "Nothing has been sent. To plan again, be asked, and carry it out:",
                     width, "", "");
  return out + fmt::format("\n    {}\n", escape_controls(apply_command(options, paused)));
}

// The only way on which planning reaches the service.
State refreshed_state(App& app, const PlanCommandOptions& options, const Manifest& manifest) {
  OpInputs inputs(app, options.state, "plan --refresh", options.lock_timeout);
  if (app.watch_signals) app.watch_signals(app.stop);
  const RefreshResult result =
      refresh_op(inputs.deps(), {manifest, RefreshScope::named, options.narrowing}, app.stop.get_token());
  const bool nothing_to_tell = result.failure && result.report.saw_nothing();
  if (options.for_people() && !nothing_to_tell) {
    app.out.write(render_refresh(result.report, {RefreshKind::refresh, app.out.width(), options.output.verbose},
                                 app.style_of(app.out)) +
                  "\n");
  }
  if (result.failure) throw *result.failure;
  if (result.interrupted) throw Interrupted{};
  return inputs.store().read(scope_of(manifest, options.narrowing));
}

// The state's store and, where it is at hand, what is in it. Both take their time, so a state is read while the
// manifests are; what is wrong with it is told after what is wrong with them.
class StateAhead {
 public:
  StateAhead(App& app, const PlanCommandOptions& options)
      : work_(std::async(std::launch::async, [&app, &options] {
          Found found{open_state(app, options.state), {}};
          if (found.store->at_hand()) found.state = found.store->read();
          return found;
        })) {}

  State get(const Manifest& manifest, const Narrowing& narrowing) {
    Found found = work_.get();
    if (!found.state) found.state = found.store->read(scope_of(manifest, narrowing));
    check_lives_here(*found.state, found.store->describe());
    return std::move(*found.state);
  }

 private:
  struct Found {
    std::unique_ptr<StateStore> store;
    std::optional<State> state;
  };
  std::future<Found> work_;
};

ExitCode run(App& app, const PlanCommandOptions& options) {
  check_plan_output(options.output);
  const std::optional<Plan> older = older_plan(app, options.output);
  std::optional<StateAhead> ahead;
  if (!options.refresh) ahead.emplace(app, options);
  Manifest loaded = require_manifest(app, options.paths, "nothing was planned");
  add_guardrails_of(app, options.guardrails, "nothing was planned", loaded);
  const Manifest& manifest = app.keep(std::move(loaded));
  const PreparedManifest& wanted = app.keep(PreparedManifest{manifest});
  const State& state =
      app.keep(ahead ? ahead->get(manifest, options.narrowing) : refreshed_state(app, options, manifest));
  const Plan plan = make_plan(wanted, state,
                              {options.narrowing.groups, options.narrowing.exclude_groups, options.narrowing.desktops});
  if (options.for_people()) {
    // Without a clock: the same input gives the same bytes.
    write_folded(app.out, LogFold{app, nullptr}, plan, {app.out.width(), options.output.verbose},
                 app.style_of(app.out));
    app.out.write(render_since(plan, options.output, older, app.out.width(), app.style_of(app.out)));
  } else if (options.output.format != PlanFormat::text) {
    app.out.write(render_for_programs(plan, options.output, older));
  }
  leave_for_github(app, plan);
  check_limits(plan, {options.max_rebuilds, manifest.guardrails});
  if (options.out) app.write_file(*options.out, write_plan(plan));
  if (options.for_people()) {
    const bool paused = !paused_groups(plan, state).empty();
    app.out.write(fmt::format("{}\n{}\n", what_next(plan, options, paused, app.out.width()), counts_line(plan)));
  }
  return options.detailed_exitcode && !plan.empty() ? ExitCode::changes_pending : ExitCode::ok;
}

}  // namespace

Command plan_command() {
  return make_command<PlanCommandOptions>("plan", "compare the manifests with the state", CommandGroup::plan, declare,
                                          run);
}

}  // namespace gild
