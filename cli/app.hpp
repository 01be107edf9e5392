// SPDX-License-Identifier: Apache-2.0
// The program as a function: everything that main does, callable from a test. App holds all that reaches the world;
// cli/main.cc fills it with the real things, a test with its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/streams.hpp"
#include "cli/style.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/desktop_cloud.hpp"
#include "engine/seams/disk.hpp"
#include "engine/seams/state_store.hpp"

namespace gild {

// Who acts, for the lock's record and the journal.
struct Identity {
  std::string user;
  std::string host;
  std::optional<std::string> commit;  // of the Git checkout in the working folder
};

struct App {
  App(OutputStream& standard_output, OutputStream& standard_error, InputStream& standard_input, Clock& the_clock,
      Disk& the_disk)
      : out(standard_output), err(standard_error), in(standard_input), clock(the_clock), disk(the_disk) {}

  OutputStream& out;
  OutputStream& err;
  InputStream& in;
  Clock& clock;
  Disk& disk;
  // nullopt: not set. An empty value counts as not set, as everywhere in Huawei's tools.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  // `url` as --state takes it. Called by commands that have a state, never twice in a run.
  std::function<std::unique_ptr<StateStore>(const std::string& url)> open_state;
  // The whole file or none of it, whatever happens in between; only ever in place of a regular file.
  std::function<void(const std::string& path, std::string_view bytes)> write_file;
  // A file, pipe or terminal that is written to piece by piece (--events). Throws IoError where it cannot be opened.
  std::function<std::unique_ptr<OutputStream>(const std::string& path)> open_output;
  // The records of a journal or of a segment of the history; `name` is the file's, for errors.
  std::function<std::vector<JournalRecord>(std::string_view bytes, const std::string& name)> parse_journal;
  // Called by commands that talk to the service, when they first do. Nothing that plans offline calls it.
  std::function<std::unique_ptr<CloudConnector>()> connect;
  std::function<Identity()> identify;
  // Keeps a state that the store could not take, in a file whose path it returns; where there can be none, it writes
  // the state to standard error. Must not throw.
  std::function<std::optional<std::string>(const State& state)> keep_errored;
  // Called by commands that must end in order (apply, refresh, emulator): from here on the first SIGINT or SIGTERM
  // requests a stop and the second ends the process. Before it, a signal simply ends gild. May be empty.
  std::function<void(std::stop_source)> watch_signals;
  std::stop_source stop;

  // Holds a value for the rest of the run, and in the program until the process ends: taking apart what was made of a
  // large fleet's files takes a tenth of the time of making it, and serves nobody then.
  template <class T>
  const T& keep(T value) {
    auto held = std::make_shared<const T>(std::move(value));
    const T& reference = *held;
    kept->push_back(std::move(held));
    return reference;
  }
  std::shared_ptr<std::vector<std::shared_ptr<const void>>> kept =
      std::make_shared<std::vector<std::shared_ptr<const void>>>();

  bool no_color = false;  // --no-color, found by run() before anything is written

  // How to write to `stream`: in colour only on a terminal, and where neither --no-color nor NO_COLOR nor a dumb
  // terminal forbids it.
  Style style_of(const OutputStream& stream) const;
  // Where sentences on standard error are broken: on a terminal only, so that logs keep each on one line to search in.
  std::size_t sentence_width() const;
  // A terminal that understands where to put the cursor.
  bool can_redraw(const OutputStream& stream) const;
};

// `arguments` without the program's name. Never throws; returns the exit status.
int run(App& app, const std::vector<std::string>& arguments);

}  // namespace gild
