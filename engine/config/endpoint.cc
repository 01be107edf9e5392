// SPDX-License-Identifier: Apache-2.0
#include "engine/config/endpoint.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "engine/config/reporter.hpp"
#include "engine/core/url.hpp"

namespace gild {
namespace {

constexpr std::size_t kLongestHost = 253;
constexpr std::size_t kLongestLabel = 63;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_label_char(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
}
bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// Four numbers from 0 to 255 without leading zeros: the one spelling of an address that every resolver reads alike.
bool is_ipv4(std::string_view host) {
  for (int part = 0; part < 4; ++part) {
    const std::size_t dot = host.find('.');
    const std::string_view digits = host.substr(0, dot);
    if (!all_digits(digits) || digits.size() > 3 || (digits.size() > 1 && digits[0] == '0')) return false;
    if (digits.size() == 3 && digits > "255") return false;
    if ((dot == std::string_view::npos) != (part == 3)) return false;
    host.remove_prefix(dot == std::string_view::npos ? host.size() : dot + 1);
  }
  return true;
}

bool is_ipv6(std::string_view host) {
  if (host.find_first_not_of("0123456789abcdef:.") != std::string_view::npos || host.size() > 45) return false;
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET6, std::string{host}.c_str(), address.data()) == 1;
}

bool is_dns_name(std::string_view host) {
  if (host.empty() || host.size() > kLongestHost) return false;
  while (true) {
    const std::size_t dot = host.find('.');
    const std::string_view label = host.substr(0, dot);
    if (label.empty() || label.size() > kLongestLabel || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), is_label_char)) return false;
    // A last label of digits would make it a number that some resolvers take for an address.
    if (dot == std::string_view::npos) return !is_digit(label.front());
    host.remove_prefix(dot + 1);
  }
}

bool is_port(std::string_view port) {
  return all_digits(port) && port.front() != '0' && (port.size() < 5 || (port.size() == 5 && port <= "65535"));
}

struct Parts {
  std::string_view scheme;
  std::string_view host;  // with its brackets where it is an IPv6 address
  std::optional<std::string_view> port;
};

Parts split(std::string_view endpoint) {
  Parts parts;
  const std::size_t slashes = endpoint.find("://");
  parts.scheme = endpoint.substr(0, slashes);
  std::string_view rest = endpoint.substr(slashes + 3);
  const std::size_t colon = rest.find(':', rest.starts_with('[') ? std::min(rest.find(']'), rest.size()) : 0);
  parts.host = rest.substr(0, colon);
  if (colon != std::string_view::npos) parts.port = rest.substr(colon + 1);
  return parts;
}

}  // namespace

std::optional<std::string> find_endpoint_problem(std::string_view endpoint) {
  const std::string example = "Write it like https://workspace.ap-southeast-1.myhuaweicloud.com";
  if (!endpoint.starts_with("https://") && !endpoint.starts_with("http://")) {
    return fmt::format("An endpoint begins with https://, and {} does not. {}", in_quotes(endpoint), example);
  }
  // '\' is a '/' to some readers of URLs.
  const std::size_t after_host = endpoint.find_first_of("/?#\\", endpoint.find("//") + 2);
  if (endpoint.find('@') != std::string_view::npos) {
    return fmt::format("An endpoint holds no user name or password; credentials come from the environment only. {}",
                       example);
  }
  if (after_host != std::string_view::npos) {
    return fmt::format("An endpoint ends after the host and port, and this one goes on with {}. Write it without that.",
                       in_quotes(endpoint.substr(after_host)));
  }
  const Parts parts = split(endpoint);
  const bool bracketed = parts.host.starts_with('[');
  const bool host_fits = bracketed ? parts.host.ends_with(']') && is_ipv6(parts.host.substr(1, parts.host.size() - 2))
                                   : is_ipv4(parts.host) || is_dns_name(parts.host);
  if (!host_fits) {
    const bool upper = std::any_of(parts.host.begin(), parts.host.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return fmt::format("{} is not a host name or address{}. {}", in_quotes(parts.host),
                       upper ? " in lower case, in which it is compared with the hosts that are trusted" : "", example);
  }
  if (parts.port && !is_port(*parts.port)) {
    return fmt::format("{} is not a port. After the colon comes a number from 1 to 65535.", in_quotes(*parts.port));
  }
  if (parts.scheme == "http" && !is_on_loopback(endpoint)) {
    return fmt::format(
        "Over plain http everybody on the way could read the credentials; it is only for this machine (127.0.0.0/8, "
        "[::1], localhost). Write https{}",
        endpoint.substr(4));
  }
  return std::nullopt;
}

}  // namespace gild
