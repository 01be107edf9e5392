// SPDX-License-Identifier: Apache-2.0
#include "cli/command_text.hpp"

#include "engine/core/shell_word.hpp"
#include "engine/core/url.hpp"

namespace gild {

CommandText& CommandText::word(std::string_view word) {
  text_.append(" ").append(shell_word(word));
  return *this;
}

CommandText& CommandText::flag(std::string_view name, bool given) {
  if (given) text_.append(" ").append(name);
  return *this;
}

CommandText& CommandText::option(std::string_view name, const std::optional<std::string>& value) {
  if (!value) return *this;
  flag(name, true);
  if (!holds_secret(*value)) return word(*value);
  // What the shell has there stays out of its history and of logs.
  text_.append(" \"$GILD_STATE\"");
  return *this;
}

CommandText& CommandText::narrowing(const Narrowing& narrowing) {
  for (const GroupName& group : narrowing.groups) option("--group", group.str());
  for (const GroupName& group : narrowing.exclude_groups) option("--exclude-group", group.str());
  for (const DesktopId& desktop : narrowing.desktops) option("--desktop", desktop.str());
  return *this;
}

CommandText& CommandText::words(const std::vector<std::string>& words) {
  for (const std::string& each : words) word(each);
  return *this;
}

}  // namespace gild
