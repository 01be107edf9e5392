// SPDX-License-Identifier: Apache-2.0
#include "cli/identity.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

#include <pwd.h>
#include <unistd.h>

namespace gild {
namespace {

constexpr std::size_t kShortestCommit = 40;  // SHA-1; SHA-256 has 64

bool is_commit(const std::string& text) {
  return text.size() >= kShortestCommit && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string user_name() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry == nullptr ? std::string{"unknown"} : std::string{entry->pw_name};
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

// Asks Git itself, which knows worktrees, packed refs and whose repositories not to trust.
std::optional<std::string> commit_of_checkout() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> answer{
      ::popen("git rev-parse --verify --quiet HEAD 2>/dev/null", "re"), ::pclose};
  if (answer == nullptr) return std::nullopt;
  std::array<char, 128> line{};
  if (std::fgets(line.data(), line.size(), answer.get()) == nullptr) return std::nullopt;
  std::string commit{line.data()};
  commit.erase(std::find(commit.begin(), commit.end(), '\n'), commit.end());
  return is_commit(commit) ? std::optional{commit} : std::nullopt;
}

}  // namespace

Identity identify(const std::function<std::optional<std::string>(const std::string& name)>& environment) {
  Identity identity{user_name(), host_name(), std::nullopt};
  for (const char* name : {"GITHUB_SHA", "CI_COMMIT_SHA"}) {
    if (const auto commit = environment(name); commit && is_commit(*commit)) identity.commit = *commit;
  }
  if (!identity.commit) identity.commit = commit_of_checkout();
  return identity;
}

}  // namespace gild
