// SPDX-License-Identifier: Apache-2.0
// An address of the service. It is read where manifests are loaded and again where requests are made; who gets the
// credentials hangs on both reading the same host.
#include "engine/cloud/proxy.hpp"
#include "engine/cloud/trust.hpp"
#include "engine/config/endpoint.hpp"
#include "engine/core/text.hpp"
#include "engine/core/url.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace gild;

void check_url(const Url& url) {
  const auto again = parse_url(url.scheme + "://" + url.authority() + url.target());
  fuzz::require(again.has_value(), "a URL that was read can be written and read");
  fuzz::require(again->host == url.host && again->port == url.port && again->scheme == url.scheme &&
                    again->target() == url.target(),
                "and it is the same one", url.host);
  fuzz::require_same(escape_controls(url.host), url.host, "a host is plain text");
}

void check_endpoint(std::string_view text, const std::optional<Url>& url) {
  if (find_endpoint_problem(text)) return;
  fuzz::require(url.has_value(), "an endpoint of a manifest is a URL", text);
  fuzz::require(is_on_loopback(text) == is_loopback(url->host), "both agree on what this machine is", text);
  fuzz::require(url->tls() || is_loopback(url->host), "plain http leads to this machine only", text);
}

void check_environment(std::string_view text) {
  const std::string value{text.substr(0, text.find('\0'))};
  const Url url = *parse_url("https://workspace.ap-southeast-1.myhuaweicloud.com");
  const Environment environment = [&](std::string_view name) -> std::optional<std::string> {
    if (name == "HTTPS_PROXY" || name == "NO_PROXY") return value;
    return std::nullopt;
  };
  try {
    static_cast<void>(proxy_for(url, environment));
    const Trust trust = trust_in(*parse_url("https://evil.example"), value);
    fuzz::require(trust == Trust::none || (trust == Trust::named && value.find("evil.example") != std::string::npos) ||
                      (trust == Trust::named && escape_controls(value) == value),
                  "a host is trusted where it was named", value);
  } catch (const Error& error) {
    fuzz::require(error.kind() == ErrorKind::usage, "a setting that cannot be read is wrong usage", error.what());
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto url = parse_url(text);
  if (url) check_url(*url);
  check_endpoint(text, url);
  check_environment(text);
  fuzz::require_same(percent_decode(percent_encode(text)), text, "what was encoded decodes to itself");
  return 0;
}
