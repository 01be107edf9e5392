#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is the simulator able to see anything? Breaks gild on purpose, one rule at a time, and lets it run over the broken code.

Each deliberate fault replaces a few lines of one source file. The file is compiled as the build compiles it, linked in
front of the libraries into a simulator of its own, and that is run until it finds something wrong. A fault that nothing
finds within the seeds, or whose lines are no longer there, is a failure.

    tests/simulate/deliberate_faults.py --build BUILD [--seeds 20000] [--jobs 2] [--markdown] [--every N] [NAME…]
"""
import argparse
import concurrent.futures
import json
import pathlib
import random
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SUBMITTER = "engine/apply/submitter.cc"
APPLIER = "engine/apply/applier.cc"
FOLLOWER = "engine/apply/follower.cc"
SETTLEMENT = "engine/apply/settlement.cc"
ADMISSION = "engine/apply/admission.cc"
TRACKER = "engine/apply/job_tracker.cc"
SESSION = "engine/apply/workspace_session.cc"
FOLD = "engine/model/fold.cc"
JOURNAL = "engine/store/file_journal.cc"
STORE = "engine/store/locked_file_state.cc"
ATOMIC = "engine/store/atomic_file.cc"
API = "engine/cloud/api_cloud.cc"
CLASSIFY = "engine/cloud/classify.cc"
VERDICT = "engine/plan/verdict.cc"
BATCHING = "engine/plan/batching.cc"

# name, file, [(what stands there, what stands there instead), …]
FAULTS = [
    # --- Recording, and its order -----------------------------------------------------------------------------------
    ("the intent is not synced before the request", SUBMITTER, [(
        "  const std::int64_t intent = deps_.journal.append(std::move(intended)).serial;\n  deps_.journal.sync();\n",
        "  const std::int64_t intent = deps_.journal.append(std::move(intended)).serial;\n")]),
    ("the job id is not synced at once", SUBMITTER, [(
        "  deps_.journal.append(Accepted{sent.intent, accepted.job, accepted.request_id, time});\n"
        "  deps_.journal.sync();\n",
        "  deps_.journal.append(Accepted{sent.intent, accepted.job, accepted.request_id, time});\n")]),
    ("the intent is recorded after the request instead of before", SUBMITTER, [(
        "  const std::int64_t intent = intend(group, session, batch, survivors);\n",
        "  const Submission early =\n"
        "      session.submit({batch.desktops, group.planned->target.image, batch.options}, [] { return true; });\n"
        "  const std::int64_t intent = intend(group, session, batch, survivors);\n"), (
        "  const Submission submission =\n"
        "      session.submit({batch.desktops, group.planned->target.image, batch.options}, still_wanted);\n",
        "  const Submission& submission = early;\n")]),
    ("a sync of the journal does nothing", JOURNAL, [(
        "  if (!dirty_) return;\n  try {\n    file_->sync();\n", "  if (!dirty_) return;\n  try {\n")]),
    ("a torn end of the journal is built upon", JOURNAL, [(
        "  if (file_->size() > whole_bytes) file_->truncate(whole_bytes);\n", "")]),
    ("the snapshot is renamed into place unsynced", ATOMIC, [("  file_->sync();\n", "")]),
    ("the journal is moved away before the snapshot is written", STORE, [(
        "  if (state_.serial > snapshot_serial_) write_snapshot(state_);\n  move_journal();\n",
        "  move_journal();\n  if (state_.serial > snapshot_serial_) write_snapshot(state_);\n")]),
    ("writing goes on after a failed sync", STORE, [(
        "  broken_ = true;\n  journal_.sync();\n  broken_ = false;\n",
        "  try {\n    journal_.sync();\n  } catch (const IoError&) {\n  }\n")]),
    # --- What an answer means ---------------------------------------------------------------------------------------
    ("a lost answer is answered by sending again", SUBMITTER, [(
        "  deps_.journal.append(Lost{sent.intent, lost.why, lost.error});\n",
        "  deps_.journal.append(NotExecuted{sent.intent, lost.error});\n"
        "  sent.group.queue.push_front(sent.batch);\n")]),
    ("a crash between intent and answer counts as not executed", FOLLOWER, [(
        "    deps_.journal.append(Lost{number, lost.why, {}});\n",
        "    deps_.journal.append(NotExecuted{number, {}});\n")]),
    ("the rest of a 409 counts as not executed", SUBMITTER, [(
        "    deps_.journal.append(Lost{\n"
        "        sent.intent, fmt::format(\"{}; the other desktops of the request may have been rebuilt\", why), conflict.error});\n",
        "    deps_.journal.append(NotExecuted{sent.intent, conflict.error});\n"
        "    sent.group.queue.push_front(sent.batch);\n")]),
    ("any 503 counts as not executed", CLASSIFY, [(
        "      if (parsed.has_code && (parsed.error.code == \"APIGW.0613\" || parsed.error.code == \"APIG.0613\")) {\n",
        "      {\n")]),
    ("half an answer counts as a refusal", CLASSIFY, [(
        "  if (!response.complete) return lost(response, fmt::format(\"the answer {} was cut off\", response.status));\n",
        "  if (!response.complete) return SubmissionRefused{parse_error(response).error, {}};\n")]),
    ("an answer that repeats an old one is believed", SUBMITTER, [(
        "  if (is_of_another_request(sent.session, accepted.job)) {\n",
        "  if (false && is_of_another_request(sent.session, accepted.job)) {\n")]),
    # --- Looking before acting --------------------------------------------------------------------------------------
    ("rebuilds that somebody else runs are overlooked", ADMISSION, [(
        "  if (input.open_sub_job != nullptr) {\n", "  if (false) {\n"), (
        "  if (live.has_task()) {\n", "  if (false) {\n")]),
    ("a desktop that drifted is wiped all the same", ADMISSION, [(
        "    if (!seen || (!shows_target && seen != expected)) {\n", "    if (false) {\n")]),
    ("a held desktop is forgotten", SUBMITTER, [(
        "  for (const DesktopId& id : ids) tally_.held({group.planned->workspace, id}, reason, detail);\n", "")]),
    ("protected desktops are planned", VERDICT, [(
        "  if (!entry.protect && !entry.excluded) return verdict;\n", "  if (!entry.excluded) return verdict;\n")]),
    ("only the first page of the sub-jobs is read", API, [(
        "    if (seen.size() == before || !page.total || offset >= *page.total) break;\n", "    break;\n"), (
        "  pass.whole = !pass.beyond_reach && all_have_desktops && first_total && first_total == pass.total &&\n"
        "               static_cast<std::int64_t>(seen.size()) == *pass.total;\n",
        "  pass.whole = true;\n")]),
    # --- Limits -----------------------------------------------------------------------------------------------------
    ("max_unavailable is off by one", APPLIER, [(
        "    return static_cast<std::size_t>(rollout != nullptr ? rollout->max_unavailable : planned.max_unavailable);\n",
        "    return static_cast<std::size_t>(rollout != nullptr ? rollout->max_unavailable : planned.max_unavailable) + 1;\n")]),
    ("max_in_flight is off by one", APPLIER, [(
        "minus(static_cast<std::size_t>(where.workspace().max_in_flight), room.elsewhere), in_workspace);\n",
        "minus(static_cast<std::size_t>(where.workspace().max_in_flight) + 1, room.elsewhere), in_workspace);\n")]),
    ("batch_size is off by one", BATCHING, [(
        "  const std::size_t limit = batch_limit(group);\n", "  const std::size_t limit = batch_limit(group) + 1;\n")]),
    ("settling desktops do not count as under way", APPLIER, [(
        "  std::size_t all() const { return waited_for() + overdue; }\n",
        "  std::size_t all() const { return rebuilding + overdue; }\n")]),
    ("a desktop whose time is up gives up its place", APPLIER, [(
        "  std::size_t all() const { return waited_for() + overdue; }\n",
        "  std::size_t all() const { return waited_for(); }\n")]),
    ("max_failures is off by one", APPLIER, [(
        "    return rollout != nullptr && same_target(rollout->target, group.target) && rollout->paused();\n",
        "    return rollout != nullptr && same_target(rollout->target, group.target) &&\n"
        "           rollout->failures.size() > static_cast<std::size_t>(rollout->max_failures) + 1;\n")]),
    ("failures pause nothing", APPLIER, [(
        "    return rollout != nullptr && same_target(rollout->target, group.target) && rollout->paused();\n",
        "    return false;\n")]),
    ("a plan that goes on sends again what it sent", APPLIER, [(
        "        const bool sent = record != nullptr && record->intent > rollout->started;\n",
        "        const bool sent = false;\n")]),
    # --- Settling what is lost --------------------------------------------------------------------------------------
    ("time alone proves that a request was not received", SETTLEMENT, [(
        "  return looks.size() >= 2 && looks.back()->time >= due && looks.back()->time - looks.front()->time >= spacing;\n",
        "  return !looks.empty() && looks.back()->time >= due && spacing >= seconds{0};\n"), (
        "         !job_once_seen(intent, desktop.id);\n", "         desktop.from.image_id;\n"), (
        "  const auto quiet = [&](const Look& look) { return finding_of(look, desktop.id) == nullptr; };\n",
        "  const auto quiet = [&](const Look&) { return true; };\n")]),
    ("a request is taken for not received before its time", SETTLEMENT, [(
        "  return *from + invisible + kDateResolution;\n", "  return *from + invisible / 2;\n")]),
    ("settle_seconds is forgotten", SETTLEMENT, [(
        "  return std::max<seconds>(delay_of(intent.options), todays_delay) + std::max(intent.settle, todays_settle);\n",
        "  return std::max<seconds>(delay_of(intent.options), todays_delay) + 0 * std::max(intent.settle, todays_settle);\n")]),
    ("looks that are not complete prove something", SETTLEMENT, [(
        "      intent, [&](const Look& look) { return look.completeness == LookCompleteness::complete && quiet(look); });\n",
        "      intent, [&](const Look& look) { return quiet(look); });\n")]),
    ("a job of somebody else is adopted", SETTLEMENT, [(
        "    if (!open_here || known.contains(sub_job.id) || input.is_another_job_of_ours(sub_job.job_id)) continue;\n",
        "    if (!open_here) continue;\n"), (
        "    if (sub_job.ended() && (!intent.known_complete || began_before(sub_job, intent))) continue;\n", "")]),
    ("a lost request is closed as soon as it is lost", FOLD, [(
        "  void operator()(const Lost& lost) const { open_intent(lost.intent).lost = lost.why; }\n",
        "  void operator()(const Lost& lost) const { restore_all(lost.intent); }\n")]),
    # --- Following --------------------------------------------------------------------------------------------------
    ("a desktop is ready without a look at its image", TRACKER, [(
        "  } else if (live->image_id != target.image.image_id) {\n", "  } else if (false) {\n")]),
    ("a desktop is ready although its sub-job failed", TRACKER, [(
        "    const bool succeeded = any([](const SubJob* s) { return s->status == SubJobStatus::success; });\n",
        "    const bool succeeded = true;\n"), (
        "    if (succeeded && failed != sub_jobs.end()) {\n", "    if (false && failed != sub_jobs.end()) {\n")]),
    ("a job that vanished counts as failed", TRACKER, [(
        "    ended.push_back({desktop.id, may_run ? Outcome::overdue : Outcome::unknown,\n",
        "    ended.push_back({desktop.id, Outcome::failed,\n")]),

    ("a job that runs out of time counts as failed", TRACKER, [(
        "        news.ended.push_back({desktop.id, Outcome::overdue,\n"
        "                              fmt::format(\"its sub-job was still {} when its time was up\", (*open)->status_text)});\n",
        "        news.ended.push_back({desktop.id, Outcome::failed,\n"
        "                              fmt::format(\"its sub-job was still {} when its time was up\", (*open)->status_text)});\n")]),
    ("a desktop of an accepted job is not recorded as rebuilding", FOLD, [(
        "    entry.status = DesktopStatus::rebuilding;\n", "    entry.status = DesktopStatus::ready;\n")]),
]


def build_commands(build: pathlib.Path) -> tuple[dict[str, str], str]:
    compile_commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        compile_commands[str(pathlib.Path(entry["file"]).resolve())] = entry["command"]
    listed = subprocess.run(["ninja", "-C", str(build), "-t", "commands", "simulate"], check=True, capture_output=True, text=True)
    link = [line for line in listed.stdout.splitlines() if " -o tests/simulate/simulate " in line][-1]
    return compile_commands, link


def broken_source(fault) -> str:
    """The file's text with the fault in it. A fault that no longer fits the code ends the run."""
    name, source, replacements = fault
    text = (ROOT / source).read_text(encoding="utf-8")
    for before, after in replacements:
        if text.count(before) != 1:
            raise SystemExit(f"{source}: these lines of \"{name}\" are there {text.count(before)} times:\n{before}")
        text = text.replace(before, after)
    return text


def break_on_purpose(fault, build: pathlib.Path, commands, seeds: int):
    """(seed that found it or 0, what was found)"""
    name, source, _ = fault
    compile_commands, link = commands
    text = broken_source(fault)
    folder = build / "deliberate-faults" / re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    folder.mkdir(parents=True, exist_ok=True)
    broken = folder / pathlib.Path(source).name
    broken.write_text(text, encoding="utf-8")
    command = compile_commands[str((ROOT / source).resolve())]
    output = re.search(r" -o (\S+)", command).group(1)
    command = command.replace(f" -o {output}", f" -o {folder}/broken.o").replace(str(ROOT / source), str(broken))
    command = re.sub(r" -MD -MT \S+ -MF \S+", "", command) + f" -Wno-error -w -I{ROOT}"
    subprocess.run(shlex.split(command), check=True, cwd=build)
    program = folder / "simulate"
    line = link.replace(" -o tests/simulate/simulate ", f" {folder}/broken.o -o {program} ")
    line = re.sub(r"^: && ", "", re.sub(r" && :$", "", line))
    subprocess.run(shlex.split(line), check=True, cwd=build)
    try:
        found = subprocess.run([program, "--seeds", f"1..{seeds}", "--jobs", "1", "--stop-at-first"], capture_output=True, text=True, timeout=900)
    finally:
        program.unlink()
    match = re.search(r"BROKEN with seed (\d+):\n  (.*)", found.stdout)
    if match:
        return int(match.group(1)), match.group(2)
    if found.returncode < 0:
        return 1, f"the program ended with signal {-found.returncode}"
    return 0, "nothing"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=20_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--every", type=int, default=1, help="only every N-th fault, from a random one on")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    first = random.randrange(options.every)
    faults = [fault for fault in FAULTS if fault[0] in options.names] if options.names else FAULTS[first :: options.every]
    for fault in FAULTS:  # also those that are not played now: or one would be found unfit much later
        broken_source(fault)
    build = options.build.resolve()
    commands = build_commands(build)
    missed = []
    if options.markdown:
        print("| what was broken | seeds until found | by |\n| --- | ---: | --- |")
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda fault: break_on_purpose(fault, build, commands, options.seeds), faults)
        for fault, (seed, how) in zip(faults, results):
            if seed == 0:
                missed.append(fault[0])
            shown = seed if seed else f"not within {options.seeds}"
            print(f"| {fault[0]} | {shown} | {how} |" if options.markdown else f"{shown:>8}  {fault[0]}: {how}", flush=True)
    print(f"\n{len(faults) - len(missed)} of {len(faults)} found within {options.seeds} seeds")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
