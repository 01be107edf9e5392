// SPDX-License-Identifier: Apache-2.0
// `gild emulator`: the Workspace service on this machine, for trying things out. The service model behind HTTPS, with a
// real clock, secrets of its own and a certificate authority of its own. The commands, files and knobs are described in
// docs/emulator.md.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/core/time.hpp"

namespace gild {

struct EmulatorOptions {
  std::string listen = "127.0.0.1:0";
  std::optional<std::string> inventory;      // a file; nullopt: a small made-up tenant
  std::optional<std::string> faults;         // a file
  std::optional<std::string> dir;            // for certificates; nullopt: a temporary folder, removed at the end
  std::optional<Duration> job_min, job_max;  // how long a rebuild takes; before the faults file's knob
};

class Emulator {
 public:
  // Serves when it returns. Throws Error where a file cannot be read or the address cannot be listened on.
  explicit Emulator(const EmulatorOptions& options);
  ~Emulator();  // as stop()
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  // One line of JSON, without a line break: endpoint, iam_endpoint, ca_file, project_id, access_key, secret_key, token,
  // user, password, domain.
  std::string ready_line() const;
  // Returns when a stop is requested.
  void wait(std::stop_token stop) const;
  // Closes every connection and removes the temporary folder. May be called again.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gild
