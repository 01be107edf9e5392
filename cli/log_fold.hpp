// SPDX-License-Identifier: Apache-2.0
// Long parts of a pipeline's log, folded: a group where GitHub Actions runs gild (GITHUB_ACTIONS), a section where
// GitLab does (GITLAB_CI), and nothing elsewhere. What has to be read stays outside.
#pragma once

#include <string>
#include <string_view>

#include "cli/app.hpp"
#include "cli/views/plan_text.hpp"
#include "cli/views/progress.hpp"

namespace gild {

class LogFold {
 public:
  // A section of GitLab's says when it began and ended: without a clock there is none.
  LogFold(const App& app, const Clock* clock);

  bool folds() const { return machine_ != Machine::other; }
  // `name` is a word, the same at both ends; `title` is what is seen of it. Neither is text that somebody else wrote.
  void begin(OutputStream& out, std::string_view name, std::string_view title) const;
  void end(OutputStream& out, std::string_view name) const;

 private:
  enum class Machine { other, github, gitlab };

  Machine machine_ = Machine::other;
  const Clock* clock_;
};

// The plan as render_plan() has it, its groups folded.
void write_folded(OutputStream& out, const LogFold& fold, const Plan& plan, const PlanTextOptions& options,
                  const Style& style);

// What happens, folded from its first line to the run's end.
class FoldedProgress : public Progress {
 public:
  FoldedProgress(OutputStream& out, const Clock& clock, const LogFold& fold)
      : out_(out), fold_(fold), lines_(out, clock) {}
  ~FoldedProgress() override { end(); }
  FoldedProgress(const FoldedProgress&) = delete;
  FoldedProgress& operator=(const FoldedProgress&) = delete;
  void on(const Event& event) noexcept override;
  void say(const std::string& line) noexcept override { lines_.say(line); }

 private:
  void begin() noexcept;
  void end() noexcept;

  OutputStream& out_;
  const LogFold& fold_;
  PlainProgress lines_;
  bool begun_ = false;
};

}  // namespace gild
