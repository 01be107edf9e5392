// SPDX-License-Identifier: Apache-2.0
// Where a run writes and reads: standard output is the answer, standard error the conversation. Abstract, so that a
// test sees every byte and decides what is a terminal and how wide it is.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "engine/core/error.hpp"

namespace gild {

// What a view assumes where nobody can say: text for files and pipelines is the same on every machine.
inline constexpr std::size_t kPlainWidth = 100;

class OutputStream {
 public:
  virtual ~OutputStream() = default;
  // Writes all of it at once. Throws IoError where it cannot: an answer that nobody received is no success.
  virtual void write(std::string_view text) = 0;
  // Lines that the machine which runs a pipeline is to obey (cli/ci.hpp). Whatever else is written to a stream that
  // such a machine reads is kept from being obeyed: cli/workflow_guard.hpp.
  virtual void write_command(std::string_view text) { write(text); }
  // As write(), but a reader that takes nothing does not hold it up once `stop` is requested: then false, and any part
  // of the text may have been written. For a thread whose whole work this is.
  virtual bool write_unless(std::stop_token stop, std::string_view text) {
    if (stop.stop_requested()) return false;
    write(text);
    return true;
  }
  virtual bool is_terminal() const = 0;
  // In cells; kPlainWidth where this is no terminal.
  virtual std::size_t width() const = 0;
};

// For runs that must not depend on who reads what they say: what cannot be written is dropped, and the first failure
// kept.
class SteadyOutput : public OutputStream {
 public:
  explicit SteadyOutput(OutputStream& out) : out_(out) {}
  void write(std::string_view text) override;
  void write_command(std::string_view text) override;
  bool is_terminal() const override { return out_.is_terminal(); }
  std::size_t width() const override { return out_.width(); }
  // Throws the failure, if there was one.
  void check() const;

 private:
  template <class Write>
  void attempt(Write write);

  OutputStream& out_;
  std::optional<Error> failure_;
};

class InputStream {
 public:
  virtual ~InputStream() = default;
  virtual bool is_terminal() const = 0;
  // Without its line break; nullopt at the end of the input, and when `stop` is requested.
  virtual std::optional<std::string> read_line(std::stop_token stop) = 0;
  // Everything up to the end of the input. Throws IoError.
  virtual std::string read_all() = 0;
};

// A file descriptor of this process.
class DescriptorOutput : public OutputStream {
 public:
  enum class Ownership { borrowed, owned };
  DescriptorOutput(int descriptor, std::string name, Ownership ownership = Ownership::borrowed)
      : descriptor_(descriptor), name_(std::move(name)), ownership_(ownership) {}
  ~DescriptorOutput() override;
  DescriptorOutput(const DescriptorOutput&) = delete;
  DescriptorOutput& operator=(const DescriptorOutput&) = delete;

  void write(std::string_view text) override;
  bool write_unless(std::stop_token stop, std::string_view text) override;
  bool is_terminal() const override;
  std::size_t width() const override;

 private:
  std::size_t write_some(std::string_view text);

  int descriptor_;
  std::string name_;  // "standard output", for errors
  Ownership ownership_;
};

// A file descriptor of this process, not owned.
class DescriptorInput : public InputStream {
 public:
  explicit DescriptorInput(int descriptor) : descriptor_(descriptor) {}
  bool is_terminal() const override;
  std::optional<std::string> read_line(std::stop_token stop) override;
  std::string read_all() override;

 private:
  int descriptor_;
  std::string pending_;  // read beyond the last line
};

// Opens a file for writing from its beginning, or a pipe or terminal. Throws IoError.
std::unique_ptr<OutputStream> open_descriptor_output(const std::string& path);

}  // namespace gild
