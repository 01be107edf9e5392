// SPDX-License-Identifier: Apache-2.0
#include "cli/views/report_junit.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "cli/views/markup.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

enum class Verdict { passed, failure, error, skipped };

Verdict verdict_on(DesktopEnd end) {
  switch (end) {
    case DesktopEnd::ready:
    case DesktopEnd::already:
      return Verdict::passed;
    case DesktopEnd::failed:
    case DesktopEnd::unhealthy:
    case DesktopEnd::refused:
      return Verdict::failure;
    case DesktopEnd::unknown:
    case DesktopEnd::settling:
      return Verdict::error;
    case DesktopEnd::held:
    case DesktopEnd::waiting:
    case DesktopEnd::rebuilding:
      break;
  }
  return Verdict::skipped;
}

struct Totals {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;

  void add(Verdict verdict, std::size_t count = 1) {
    tests += count;
    if (verdict == Verdict::failure) failures += count;
    if (verdict == Verdict::error) errors += count;
    if (verdict == Verdict::skipped) skipped += count;
  }
  std::string attributes() const {
    return fmt::format(R"(tests="{}" failures="{}" errors="{}" skipped="{}")", tests, failures, errors, skipped);
  }
};

class JUnit {
 public:
  explicit JUnit(const RunReport& report) : report_(report) {}

  std::string write() {
    if (report_.apply) groups_ = group_ends(*report_.apply);
    Totals all;
    all.add(verdict_on_run());
    for (const GroupEnd& group : groups_) add(all, group);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(report_.ended - report_.started).count();
    out_ = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"gild apply\" {} time=\"{}\">\n",
                       all.attributes(), std::max<decltype(seconds)>(seconds, 0));
    append_run();
    for (const GroupEnd& group : groups_) append_group(group);
    return out_ + "</testsuites>\n";
  }

 private:
  static void add(Totals& totals, const GroupEnd& group) {
    for (const EndKind& kind : group.kinds) totals.add(verdict_on(kind.end), kind.desktops.size());
  }

  // Of the run as a whole, which can go wrong without a desktop that did.
  Verdict verdict_on_run() const {
    switch (report_.outcome) {
      case RunOutcome::done:
      case RunOutcome::nothing_to_do:
        return Verdict::passed;
      case RunOutcome::incomplete:
      case RunOutcome::refused:
      case RunOutcome::declined:
        return Verdict::failure;
      case RunOutcome::failed:
      case RunOutcome::locked:
      case RunOutcome::interrupted:
        break;
    }
    return Verdict::error;
  }

  void begin_suite(std::string_view name, const Totals& totals) {
    const std::string time = format_time(report_.started);
    out_ += fmt::format("  <testsuite name=\"{}\" {} timestamp=\"{}\">\n", markup_text(name), totals.attributes(),
                        markup_text(time.substr(0, time.find('Z'))));
  }

  void append_run() {
    Totals totals;
    totals.add(verdict_on_run());
    begin_suite("gild apply", totals);
    std::vector<std::string> details;
    if (report_.plan_digest) details.push_back("plan " + *report_.plan_digest);
    if (report_.failure) {
      details.emplace_back(report_.failure->what());
      for (const std::string& step : report_.failure->trail()) details.push_back("while " + step);
    }
    append_case("gild", "apply", verdict_on_run(), name_of(report_.outcome), verdict_of(report_), details);
    out_ += "  </testsuite>\n";
  }

  void append_group(const GroupEnd& group) {
    Totals totals;
    add(totals, group);
    begin_suite(group.group.str(), totals);
    for (const EndKind& kind : group.kinds) {
      const std::string message = kind.reason ? fmt::format("{}: {}", kind.words, *kind.reason) : kind.words;
      for (const DesktopOutcome* desktop : kind.desktops) {
        const std::string id = fmt::to_string(desktop->key.id);
        append_case(fmt::format("gild.{}", group.group),
                    desktop->name ? fmt::format("{} ({})", *desktop->name, id) : id, verdict_on(kind.end),
                    name_of(kind.end), message, details_of(*desktop));
      }
    }
    out_ += "  </testsuite>\n";
  }

  static std::vector<std::string> details_of(const DesktopOutcome& desktop) {
    std::vector<std::string> details{fmt::format("desktop {}", desktop.key.id),
                                     fmt::format("workspace {}", desktop.key.workspace)};
    if (desktop.job) details.push_back(fmt::format("job {}", *desktop.job));
    return details;
  }

  void append_case(std::string_view class_name, std::string_view name, Verdict verdict, std::string_view type,
                   std::string_view message, const std::vector<std::string>& details) {
    out_ += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", markup_text(class_name), markup_text(name));
    if (verdict == Verdict::passed) {
      out_ += "/>\n";
      return;
    }
    if (verdict == Verdict::skipped) {
      out_ += fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", markup_text(message));
      return;
    }
    const std::string_view element = verdict == Verdict::failure ? "failure" : "error";
    out_ += fmt::format(">\n      <{} type=\"{}\" message=\"{}\">{}", element, markup_text(type), markup_text(message),
                        markup_text(message));
    for (const std::string& detail : details) out_ += "\n" + markup_text(detail);
    out_ += fmt::format("</{}>\n    </testcase>\n", element);
  }

  const RunReport& report_;
  std::vector<GroupEnd> groups_;
  std::string out_;
};

}  // namespace

std::string write_junit(const RunReport& report) {
  return JUnit{report}.write();
}

}  // namespace gild
