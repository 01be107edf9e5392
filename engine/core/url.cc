// SPDX-License-Identifier: Apache-2.0
#include "engine/core/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace gild {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_unreserved(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '~';
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

bool is_ipv6(std::string_view host) {
  std::array<unsigned char, 16> address{};
  return inet_pton(AF_INET6, std::string(host).c_str(), address.data()) == 1;
}

// Labels of letters, digits, `-` and `_`, none empty: "a..b", "a." and "-a" are left to those who like riddles.
bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  std::size_t label = 0;
  for (std::size_t i = 0; i <= host.size(); ++i) {
    if (i == host.size() || host[i] == '.') {
      if (i == label || i - label > 63 || host[label] == '-' || host[i - 1] == '-') return false;
      label = i + 1;
    } else if (!is_letter(host[i]) && !is_digit(host[i]) && host[i] != '-' && host[i] != '_') {
      return false;
    }
  }
  // A last label of digits makes it a number in disguise (RFC 3986, 7.4): only the strict spelling is an address.
  const std::string_view last = host.substr(host.rfind('.') == std::string_view::npos ? 0 : host.rfind('.') + 1);
  const bool number =
      std::all_of(last.begin(), last.end(), is_digit) || last.substr(0, 2) == "0x" || last.substr(0, 2) == "0X";
  return !number || parse_ipv4(host).has_value();
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace

std::string Url::bracketed_host() const {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string Url::authority() const {
  return default_port() ? bracketed_host() : fmt::format("{}:{}", bracketed_host(), port);
}

std::string Url::target() const {
  const std::string base = path.empty() ? "/" : path;
  return query.empty() ? base : base + "?" + query;
}

std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
  std::uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    const std::size_t dot = text.find('.');
    if ((dot == std::string_view::npos) != (part == 3)) return std::nullopt;
    const std::string_view number = text.substr(0, dot);
    std::uint8_t value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (number.empty() || error != std::errc{} || end != number.data() + number.size()) return std::nullopt;
    if (number.size() > 1 && number.front() == '0') return std::nullopt;
    address = address << 8U | value;
    text = part == 3 ? std::string_view{} : text.substr(dot + 1);
  }
  return address;
}

bool is_ip_address(std::string_view host) {
  return parse_ipv4(host).has_value() || is_ipv6(host);
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  const auto address = parse_ipv4(host);
  return address && *address >> 24U == 127;
}

std::optional<Url> parse_url(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~' || c == '\\' || c == '#') return std::nullopt;
  }
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  Url url;
  url.scheme = lower(text.substr(0, scheme_end));
  if (url.scheme != "https" && url.scheme != "http") return std::nullopt;
  url.port = url.tls() ? 443 : 80;
  text.remove_prefix(scheme_end + 3);

  const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, authority_end);
  text.remove_prefix(authority_end);
  std::string_view port;
  bool has_port = false;
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view rest = authority.substr(close + 1);
    has_port = !rest.empty();
    if (has_port && rest.front() != ':') return std::nullopt;
    if (has_port) port = rest.substr(1);
    url.host = lower(authority.substr(1, close - 1));
    if (!is_ipv6(url.host)) return std::nullopt;
  } else {
    const std::size_t colon = authority.find(':');
    has_port = colon != std::string_view::npos;
    if (has_port) port = authority.substr(colon + 1);
    url.host = lower(authority.substr(0, colon));
    if (!is_host_name(url.host)) return std::nullopt;  // an "@" falls here too
  }
  if (has_port) {
    const auto number = parse_port(port);
    if (!number) return std::nullopt;
    url.port = *number;
  }

  const std::size_t question = text.find('?');
  url.path = std::string(text.substr(0, question));
  if (question != std::string_view::npos) url.query = std::string(text.substr(question + 1));
  return url;
}

bool is_on_loopback(std::string_view url) {
  const std::optional<Url> parsed = parse_url(url);
  return parsed && is_loopback(parsed->host);
}

bool holds_secret(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const std::string_view scheme = url.substr(0, scheme_end);
  std::string_view rest = url.substr(scheme_end + 3);
  const std::size_t question = rest.find('?');
  const std::string_view place = rest.substr(0, question);
  const std::size_t at = place.rfind('@');
  // A user alone is none for a database; elsewhere a token often stands in its place.
  const bool database = scheme == "postgresql" || scheme == "postgres";
  if (at != std::string_view::npos && (!database || place.substr(0, at).find(':') != std::string_view::npos)) {
    return true;
  }
  rest = question == std::string_view::npos ? std::string_view{} : rest.substr(question + 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    std::string key = percent_decode(rest.substr(0, std::min(rest.find('='), end)));
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); });
    for (const std::string_view word : {"password", "passwd", "secret", "token", "signature", "credential"}) {
      if (key.find(word) != std::string::npos) return true;
    }
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return false;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    }
  }
  return out;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr == text.data() + i + 3) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string encode_query(const Query& query) {
  std::string out;
  for (const auto& [key, value] : query) {
    if (!out.empty()) out += '&';
    out += percent_encode(key) + "=" + percent_encode(value);
  }
  return out;
}

}  // namespace gild
