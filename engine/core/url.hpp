// SPDX-License-Identifier: Apache-2.0
// The few URLs that gild meets: endpoints out of a manifest and proxies out of the environment. Reading is strict,
// because who gets the credentials hangs on the host: what two programs could read differently is not a URL here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gild {

struct Url {
  std::string scheme;  // "https" or "http"
  std::string host;    // lower case; an IPv6 address without its brackets
  std::uint16_t port = 443;
  std::string path;   // "/v2/…", still percent-encoded, without the query; empty or beginning with "/"
  std::string query;  // without the "?"

  bool tls() const { return scheme == "https"; }
  bool default_port() const { return port == (tls() ? 443 : 80); }
  std::string bracketed_host() const;  // "[::1]" or "host"
  std::string authority() const;       // what belongs into `Host`: "host", "host:8443", "[::1]:8443"
  std::string target() const;          // path and query, never empty
};

// nullopt where it is not an absolute http(s) URL of plain characters: no user, no fragment, no spaces, no escapes in
// the host.
std::optional<Url> parse_url(std::string_view text);

// An IPv4 address in its one strict spelling (four decimals, no leading zero).
std::optional<std::uint32_t> parse_ipv4(std::string_view text);
bool is_ip_address(std::string_view host);
// 127.0.0.0/8, ::1 and the name localhost; no name that merely resolves there.
bool is_loopback(std::string_view host);
// Of a whole URL; false for what is none.
bool is_on_loopback(std::string_view url);

// Whether a URL of any scheme seems to hold a password or a token, in the place of a user or as a parameter: then it is
// not printed. Rather once too often.
bool holds_secret(std::string_view url);

// Keeps A–Z a–z 0–9 - _ . ~ and encodes the other bytes, hexadecimal digits in upper case (W 7.2).
std::string percent_encode(std::string_view text);
std::string percent_decode(std::string_view text);  // a `%` that begins no escape stays as it is

using Query = std::vector<std::pair<std::string, std::string>>;  // unencoded
std::string encode_query(const Query& query);

}  // namespace gild
