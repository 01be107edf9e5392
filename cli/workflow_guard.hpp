// SPDX-License-Identifier: Apache-2.0
// Keeps text from being obeyed. A runner of GitHub Actions reads what a step says line by line, and obeys "::set-output
// name=x::y" at the beginning of a line, blanks or not, and "##[error]" anywhere in it. A desktop may be called like
// that, and the service may say it. So no line begins with a colon, and no "##" is followed by a bracket: both become
// visible escapes, in a JSON document those of JSON, which mean the same text.
#pragma once

#include <string>
#include <string_view>

#include "cli/streams.hpp"

namespace gild {

class WorkflowGuard : public OutputStream {
 public:
  explicit WorkflowGuard(OutputStream& out) : out_(out) {}
  void write(std::string_view text) override;
  void write_command(std::string_view text) override;
  bool is_terminal() const override { return out_.is_terminal(); }
  std::size_t width() const override { return out_.width(); }
  bool write_unless(std::stop_token stop, std::string_view text) override;

 private:
  std::string guarded(std::string_view text);

  OutputStream& out_;
  enum class Kind { unknown, text, json } kind_ = Kind::unknown;  // by the first byte of all
  bool blank_ = true;                                             // nothing but blanks on this line so far
  std::size_t hashes_ = 0;                                        // right before
};

}  // namespace gild
