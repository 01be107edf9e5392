// SPDX-License-Identifier: Apache-2.0
// The whole program over a simulated service and clock, with manifests and state in a folder of its own.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/app.hpp"
#include "engine/simulation/simulated_cloud.hpp"
#include "tests/cli/test_app.hpp"

namespace gild::test {

// Somebody at a terminal, who says this and then hangs up.
class ScriptedInput : public InputStream {
 public:
  bool is_terminal() const override { return terminal; }
  std::optional<std::string> read_line(std::stop_token) override {
    ++asked;
    if (answers.empty()) return std::nullopt;
    std::string answer = answers.front();
    answers.pop_front();
    return answer;
  }
  std::string read_all() override { return all; }

  bool terminal = false;
  std::string all;  // for a command that reads to the end
  std::deque<std::string> answers;
  std::size_t asked = 0;
};

// Group "finance" in workspace "prod": desktops on image "old", which the manifest wants on "new".
class ServiceApp {
 public:
  explicit ServiceApp(std::size_t count, std::string rollout = "{batch_size: 2, max_unavailable: 4}")
      : rollout_(std::move(rollout)) {
    ids = add_fleet(model, count, "old");
    add_private_image(model, "new");
    add_private_image(model, "newer");
    want("new");
  }

  void want(const std::string& image, const std::string& revision = {}) {
    std::string text = fmt::format(
        "apiVersion: gild/v1\nkind: Workspace\nmetadata: {{name: prod}}\nspec:\n"
        "  region: ap-southeast-1\n  project_id: 0123456789abcdef0123456789abcdef\n---\n"
        "apiVersion: gild/v1\nkind: DesktopGroup\nmetadata: {{name: finance}}\nspec:\n"
        "  image: {{image_id: {}, image_type: private}}\n  rollout: {}\n  desktops:\n",
        image, rollout_);
    if (!revision.empty()) text.insert(text.find("  rollout:"), fmt::format("  revision: {}\n", revision));
    for (const DesktopId& id : ids) text += fmt::format("    - {}\n", id);
    folder.write("fleet.yaml", text);
  }

  Ended run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"-C", folder.path().string()});
    out.text.clear();
    err.text.clear();
    App app{out, err, in, clock, disk};
    app.stop = stop;
    app.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional{found->second};
    };
    app.open_state = [this](const std::string& url) {
      return open_state_store(url, StoreWorld{clock, variable, make_transport});
    };
    app.write_file = [this](const std::string& path, std::string_view bytes) {
      write_atomically(disk, disk.resolve(path), bytes);
    };
    app.open_output = open_descriptor_output;
    app.connect = [this]() -> std::unique_ptr<CloudConnector> {
      ++connects;
      return std::make_unique<ForwardingConnector>(cloud);
    };
    app.identify = [] { return Identity{"ada", "runner-7", std::nullopt}; };
    app.keep_errored = [](const State&) { return std::optional<std::string>{"errored.gild.state.json"}; };
    const int exit = gild::run(app, arguments);
    return {exit, out.text, err.text};
  }

  ServiceModel model{1};
  SimulatedClock clock;
  SimulatedCloud cloud{model, clock};
  std::vector<DesktopId> ids;
  TemporaryFolder folder;
  MemoryOutput out;
  MemoryOutput err;
  ScriptedInput in;
  PosixDisk disk;
  std::stop_source stop;
  std::size_t connects = 0;
  std::map<std::string, std::string> environment;
  // The world of a state that is not a file.
  Environment variable = [](std::string_view) { return std::nullopt; };
  std::function<std::unique_ptr<Transport>(const TransportOptions&)> make_transport;

 private:
  class ForwardingConnector : public CloudConnector {
   public:
    explicit ForwardingConnector(SimulatedCloud& cloud) : cloud_(cloud) {}
    DesktopCloud& connect(const Workspace& workspace) override { return cloud_.connect(workspace); }

   private:
    SimulatedCloud& cloud_;
  };

  std::string rollout_;
};

}  // namespace gild::test
