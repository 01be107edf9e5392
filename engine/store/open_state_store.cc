// SPDX-License-Identifier: Apache-2.0
#include "engine/store/open_state_store.hpp"

#include <utility>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/store/file_state_store.hpp"
#include "engine/store/http/http_state_store.hpp"
#include "engine/store/postgres/postgres_state_store.hpp"
#include "engine/store/s3/s3_state_store.hpp"

namespace gild {
namespace {

constexpr std::string_view kAdvice =
    "Give a path or file:PATH to --state (or GILD_STATE), for example gild.state.json.";

std::unique_ptr<StateStore> open_file(std::string_view url, const StoreWorld& world) {
  constexpr std::string_view kFile = "file:";
  std::string_view path = url;
  if (path.starts_with(kFile)) {
    path.remove_prefix(kFile.size());
    // file:///path has an empty host; file://host/path would be on another machine.
    if (path.starts_with("///")) path.remove_prefix(2);
  }
  if (path.starts_with("//")) {
    throw Error(ErrorKind::usage, "A state in a file is on this machine, and this URL names another one",
                std::string(kAdvice));
  }
  if (path.empty() || path.ends_with('/')) {
    throw Error(ErrorKind::usage, fmt::format("\"{}\" names no file for the state", escape_controls(url)),
                std::string(kAdvice));
  }
  return open_file_state_store(std::string(path), world.clock);
}

std::unique_ptr<StateStore> open_http(std::string_view url, const StoreWorld& world) {
  HttpSettings settings = http_settings(url, world.environment);
  const bool insists = variable(world.environment, "GILD_STATE_WITHOUT_LOCK") == "yes";
  auto transport = world.make_transport(settings.transport);
  return std::make_unique<HttpStateStore>(std::move(settings), std::move(transport), world.clock,
                                          insists ? WithoutLock::accepted : WithoutLock::refused);
}

}  // namespace

std::unique_ptr<StateStore> open_state_store(std::string_view url, const StoreWorld& world) {
  const std::size_t scheme_end = url.find("://");
  const std::string_view scheme = scheme_end == std::string_view::npos ? "file" : url.substr(0, scheme_end);
  if (scheme == "https" || scheme == "http" || url == kAddressFromEnvironment) return open_http(url, world);
  if (scheme == "postgresql" || scheme == "postgres") {
    return std::make_unique<PostgresStateStore>(postgres_address(url, world.environment), world.clock);
  }
  if (scheme == "s3") {
    S3Settings settings = s3_settings(url, world.environment);
    auto transport = world.make_transport(settings.transport);
    return std::make_unique<S3StateStore>(std::move(settings), std::move(transport), world.clock, world.beats);
  }
  if (scheme == "file") return open_file(url, world);
  // The rest of a URL may hold a password.
  throw Error(ErrorKind::usage, fmt::format("No state can be kept at {}://…", escape_controls(scheme)),
              std::string(kAdvice));
}

}  // namespace gild
