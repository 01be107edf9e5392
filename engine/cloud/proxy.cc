// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/proxy.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/core/digest.hpp"
#include "engine/core/error.hpp"

namespace gild {
namespace {

struct Setting {
  std::string name;
  std::string value;
};

std::optional<Setting> either(const Environment& environment, std::string_view upper, std::string_view lower) {
  for (const std::string_view name : {upper, lower}) {
    if (auto value = variable(environment, name)) return Setting{std::string(name), std::move(*value)};
  }
  return std::nullopt;
}

// "example.com" and ".example.com" both mean the domain and all below it; "*" means everything; a port may follow.
bool excludes(std::string_view list, const Url& url) {
  while (!list.empty()) {
    const std::size_t end = list.find_first_of(", ");
    std::string item(list.substr(0, end));
    list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
    std::transform(item.begin(), item.end(), item.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (item.empty()) continue;
    if (item == "*") return true;
    const std::size_t colon = item.rfind(':');
    if (colon != std::string::npos && item.find(':') == colon) {
      if (item.substr(colon + 1) != std::to_string(url.port)) continue;
      item.resize(colon);
    }
    const std::string_view domain = std::string_view(item).substr(item.front() == '.' ? 1 : 0);
    if (url.host == domain || url.bracketed_host() == domain) return true;
    if (!is_ip_address(url.host) && url.host.size() > domain.size() && url.host.ends_with(domain) &&
        url.host[url.host.size() - domain.size() - 1] == '.') {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<Proxy> proxy_for(const Url& url, const Environment& environment) {
  if (is_loopback(url.host)) return std::nullopt;
  const auto setting = either(environment, "HTTPS_PROXY", "https_proxy");
  if (!setting) return std::nullopt;
  const auto exceptions = either(environment, "NO_PROXY", "no_proxy");
  if (exceptions && excludes(exceptions->value, url)) return std::nullopt;

  // The user's name and password come off first: parse_url() takes neither, and they may not get into a message.
  std::string_view rest = setting->value;
  const std::size_t scheme = rest.find("://");
  const std::string prefix = scheme == std::string_view::npos ? "http://" : std::string(rest.substr(0, scheme + 3));
  if (scheme != std::string_view::npos) rest.remove_prefix(scheme + 3);
  Proxy proxy;
  const std::size_t at = rest.substr(0, std::min(rest.find('/'), rest.size())).rfind('@');
  if (at != std::string_view::npos) {
    const std::string user = percent_decode(rest.substr(0, at));
    proxy.authorization = Secret("Basic " + base64(user));
    rest.remove_prefix(at + 1);
  }
  const auto parsed = parse_url(prefix + std::string(rest));
  if (!parsed || parsed->tls()) {
    throw Error(ErrorKind::usage, fmt::format("{} does not hold the address of an HTTP proxy", setting->name),
                "Write it as http://host:port or http://user:password@host:port. The connection to the service is "
                "encrypted through the proxy in any case.");
  }
  proxy.host = parsed->host;
  proxy.port = parsed->port;
  proxy.origin = fmt::format("http://{}:{}", parsed->bracketed_host(), parsed->port);
  return proxy;
}

}  // namespace gild
