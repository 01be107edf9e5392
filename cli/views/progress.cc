// SPDX-License-Identifier: Apache-2.0
#include "cli/views/progress.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "cli/views/bar.hpp"
#include "cli/views/layout.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

using namespace std::chrono_literals;

constexpr auto kNumbersEvery = 10s;
constexpr std::size_t kRows = 10;
constexpr std::size_t kWidestName = 24;
constexpr std::size_t kWidestBar = 30;
constexpr std::size_t kLeastBar = 8;

std::string bar(const GroupProgress& group, std::size_t width, const Style& style) {
  return render_bar(
      {group.total, group.ready + group.already, group.failed, group.rebuilding + group.settling, group.held}, width,
      style);
}

std::string name_cell(std::string_view name, std::size_t width) {
  const std::vector<std::string_view> points = code_points(name);
  std::string out;
  std::size_t used = 0;
  for (const std::string_view point : points) {
    const std::size_t taken = display_width(point);
    if (used + taken > width) return out;
    out += point;
    used += taken;
  }
  return pad(std::move(out), width);
}

struct BarRow {
  std::string name;
  GroupProgress group;
  std::string numbers;
};

std::string describe_row(const GroupProgress& group, Instant now, const Style& style) {
  std::string text = describe_numbers(group, style);
  if (group.paused) text += style.warning(", PAUSED");
  if (const auto left = group.time_left(now)) {
    text += style.dim(fmt::format(", about {} left", describe_duration(*left)));
  }
  return text;
}

// Where a bar has no place, numbers say more, cut at a comma: a line that the terminal breaks would spoil the next
// drawing.
std::string narrow_row(const BarRow& row, std::size_t name_width, std::size_t width) {
  std::string line = fmt::format("{}  {}", name_cell(row.name, name_width), describe_numbers(row.group, Style{}));
  while (cells(line) >= width) {
    const auto comma = line.rfind(", ");
    if (comma == std::string::npos) return name_cell(line, width > 1 ? width - 1 : 1);
    line.resize(comma);
  }
  return line;
}

}  // namespace

std::string describe_numbers(const GroupProgress& group, const Style& style) {
  std::string text =
      style.good(fmt::format("{} of {} ready", grouped(group.ready + group.already), grouped(group.total)));
  const auto add = [&](std::size_t count, std::string_view word, std::string (Style::*paint)(std::string_view) const) {
    if (count > 0) text += ", " + (style.*paint)(fmt::format("{} {}", grouped(count), word));
  };
  add(group.rebuilding, "rebuilding", &Style::accent);
  add(group.settling, "settling", &Style::warning);
  add(group.failed, "failed", &Style::error);
  add(group.held, "left alone", &Style::dim);
  add(group.waiting(), "waiting", &Style::dim);
  return text;
}

std::vector<std::string> render_bars(const RunProgress& progress, Instant now, std::size_t width, std::size_t rows,
                                     const Style& style) {
  std::vector<std::pair<const GroupName*, const GroupProgress*>> shown;
  std::size_t name_width = 3;
  for (const auto& [name, group] : progress.groups()) {
    shown.emplace_back(&name, &group);
    name_width = std::max(name_width, std::min(kWidestName, display_width(name.str())));
  }
  const std::size_t groups = shown.size();
  if (groups > rows) {
    const auto rank = [](const GroupProgress& group) {
      return group.rebuilding + group.settling > 0 ? 0 : group.ended() ? 2 : 1;
    };
    std::stable_sort(shown.begin(), shown.end(),
                     [&](const auto& a, const auto& b) { return rank(*a.second) < rank(*b.second); });
    shown.resize(rows);
  }
  std::vector<BarRow> table;
  table.reserve(shown.size() + 1);
  for (const auto& [name, group] : shown) table.push_back({name->str(), *group, describe_row(*group, now, style)});
  if (groups > 1) {
    const GroupProgress all = progress.all();
    table.push_back(
        {groups > rows ? fmt::format("all {}", groups) : std::string{"all"}, all, describe_row(all, now, style)});
    name_width = std::max(name_width, table.back().name.size());
  }
  std::size_t widest = 0;
  for (const BarRow& row : table) widest = std::max(widest, cells(row.numbers));
  const std::size_t used = name_width + 2 + widest + 2;
  std::vector<std::string> lines;
  lines.reserve(table.size());
  for (const BarRow& row : table) {
    if (used + kLeastBar > width) {
      lines.push_back(narrow_row(row, name_width, width));
      continue;
    }
    lines.push_back(style.bold(name_cell(row.name, name_width)) + "  " +
                    bar(row.group, std::min(kWidestBar, width - used), style) + "  " + row.numbers);
  }
  return lines;
}

void NoProgress::say(const std::string& line) noexcept {
  try {
    out_.write(line + "\n");
  } catch (const std::exception&) {
    // Standard error is gone; the run is worth more than its display.
  }
}

void PlainProgress::say(const std::string& line) noexcept {
  NoProgress{out_}.say(line);
}

void PlainProgress::on(const Event& event) noexcept {
  try {
    const Instant now = clock_.instant();
    progress_.take(event, now);
    if (const auto line = describe_event(event)) out_.write(*line + "\n");
    // Numbers wait for a moment in which a poll has been read whole.
    const bool poll =
        std::holds_alternative<event::JobProgress>(event) || std::holds_alternative<event::RequestAccepted>(event);
    if (poll && now >= next_) tell_numbers(now);
  } catch (const std::exception&) {
    // As above.
  }
}

void PlainProgress::tell_numbers(Instant now) {
  next_ = now + kNumbersEvery;
  for (const auto& [name, group] : progress_.groups()) {
    std::string numbers = describe_numbers(group, Style{});
    if (told_[name] == numbers) continue;
    out_.write(fmt::format("{}: {}\n", name, numbers));
    told_[name] = std::move(numbers);
  }
}

LiveProgress::LiveProgress(OutputStream& out, const Clock& clock, Style style)
    : out_(out), clock_(clock), style_(style), ticker_([this](const std::stop_token& stop) { tick(stop); }) {}

LiveProgress::~LiveProgress() {
  ticker_.request_stop();
  ticker_.join();
  clear();
}

void LiveProgress::tick(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wakes_.wait_for(lock, stop, 1s, [] { return false; });
    if (running_ && !stop.stop_requested()) draw({});
  }
}

void LiveProgress::on(const Event& event) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    progress_.take(event, clock_.instant());
    running_ = progress_.started() && !std::holds_alternative<event::RunFinished>(event);
    const auto line = describe_event(event);
    draw(line ? wrap(*line, std::max<std::size_t>(out_.width(), 20), "", "  ") : std::string{});
    if (!running_) drawn_ = 0;  // the last picture stays
  } catch (const std::exception&) {
    // As above.
  }
}

void LiveProgress::say(const std::string& line) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    draw(wrap(line, std::max<std::size_t>(out_.width(), 20), "", "  "));
  } catch (const std::exception&) {
    // As above.
  }
}

void LiveProgress::clear() noexcept {
  try {
    const std::lock_guard lock(mutex_);
    running_ = false;
    if (drawn_ > 0) out_.write(fmt::format("\x1b[{}A\r\x1b[J", drawn_));
    drawn_ = 0;
  } catch (const std::exception&) {
    // As above.
  }
}

void LiveProgress::draw(const std::string& above) noexcept {
  try {
    std::string text = drawn_ > 0 ? fmt::format("\x1b[{}A\r\x1b[J", drawn_) : std::string{};
    text += above;
    const auto lines = render_bars(progress_, clock_.instant(), out_.width(), kRows, style_);
    for (const std::string& line : lines) text += line + "\n";
    drawn_ = lines.size();
    out_.write(text);
  } catch (const std::exception&) {
    // As above.
  }
}

}  // namespace gild
