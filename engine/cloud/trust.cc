// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/trust.hpp"

#include <array>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::string_view kTrustedHosts = "GILD_TRUSTED_HOSTS";
constexpr std::array<std::string_view, 2> kVendorDomains = {".myhuaweicloud.com", ".myhuaweicloud.eu"};

bool is_below(std::string_view host, std::string_view dotted_domain) {
  return host.size() > dotted_domain.size() && host.substr(host.size() - dotted_domain.size()) == dotted_domain;
}

bool names(std::string_view item, const Url& url) {
  // An IPv6 address may stand without brackets where no port is given.
  const bool bare_ipv6 = is_ip_address(item) && item.find(':') != std::string_view::npos;
  const auto parsed = parse_url(bare_ipv6 ? fmt::format("https://[{}]", item) : fmt::format("https://{}", item));
  if (!parsed || !parsed->path.empty() || !parsed->query.empty()) {
    throw Error(
        ErrorKind::usage,
        fmt::format("{} holds \"{}\", which is neither a host nor host:port", kTrustedHosts, escape_controls(item)),
        "Separate hosts by commas: GILD_TRUSTED_HOSTS=gateway.example.com,10.0.0.7:8443");
  }
  const bool has_port = !bare_ipv6 && item.size() > parsed->bracketed_host().size();
  return parsed->host == url.host && (!has_port || parsed->port == url.port);
}

Url endpoint_url(const Workspace& workspace, std::string_view field, const std::string& text) {
  auto url = parse_url(text);
  if (!url || !url->query.empty()) {
    throw Error(ErrorKind::refused, fmt::format("Workspace {}: {} \"{}\" is not a plain https://host[:port] address",
                                                workspace.name, field, escape_controls(text)));
  }
  while (!url->path.empty() && url->path.back() == '/') url->path.pop_back();
  return std::move(*url);
}

Trust require_trust(const Workspace& workspace, std::string_view field, const Url& url,
                    std::string_view trusted_hosts) {
  const Trust trust = trust_in(url, trusted_hosts);
  if (trust == Trust::none) {
    throw Error(
        ErrorKind::refused,
        fmt::format("Workspace {}: {} names the host {}, which may not be given credentials", workspace.name, field,
                    url.authority()),
        fmt::format("Credentials go only to hosts below myhuaweicloud.com and myhuaweicloud.eu, to this machine, and "
                    "to hosts that you name yourself. If you trust this one, set\n    {}={}",
                    kTrustedHosts, url.authority()));
  }
  if (!url.tls() && !is_loopback(url.host)) {
    throw Error(ErrorKind::refused,
                fmt::format("Workspace {}: {} is plain http to {}, where credentials could be read on the way",
                            workspace.name, field, url.authority()),
                "Write https. Plain http is for this machine alone.");
  }
  return trust;
}

bool may_choose_certificates(Trust trust) {
  return trust == Trust::loopback || trust == Trust::named;
}

}  // namespace

Trust trust_in(const Url& url, std::string_view trusted_hosts) {
  // All items are read, so that a slip in one is found before the day on which it would matter.
  bool named = false;
  while (!trusted_hosts.empty()) {
    const std::size_t comma = trusted_hosts.find(',');
    std::string_view item = trusted_hosts.substr(0, comma);
    trusted_hosts = comma == std::string_view::npos ? std::string_view{} : trusted_hosts.substr(comma + 1);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (!item.empty() && names(item, url)) named = true;
  }
  if (named) return Trust::named;
  if (is_loopback(url.host)) return Trust::loopback;
  for (const std::string_view domain : kVendorDomains) {
    if (is_below(url.host, domain)) return Trust::vendor;
  }
  return Trust::none;
}

TrustedEndpoints check_endpoints(const Workspace& workspace, const Environment& environment) {
  const std::string trusted_hosts = variable(environment, kTrustedHosts).value_or("");
  TrustedEndpoints out{{endpoint_url(workspace, "endpoint", workspace.endpoint), {}},
                       {endpoint_url(workspace, "iam_endpoint", workspace.iam_endpoint), {}}};
  const Trust trust = require_trust(workspace, "endpoint", out.workspace.url, trusted_hosts);
  const Trust iam_trust = require_trust(workspace, "iam_endpoint", out.iam.url, trusted_hosts);
  if (workspace.ca_file) {
    if (!may_choose_certificates(trust)) {
      throw Error(
          ErrorKind::refused,
          fmt::format("Workspace {}: ca_file is given, but a manifest may not choose the certificates for {}",
                      workspace.name, out.workspace.url.authority()),
          fmt::format("Remove ca_file and name the bundle in GILD_CA_FILE, or name the host in {}.", kTrustedHosts));
    }
    out.workspace.ca_files.push_back(*workspace.ca_file);
    if (may_choose_certificates(iam_trust)) out.iam.ca_files.push_back(*workspace.ca_file);
  }
  if (const auto bundle = variable(environment, "GILD_CA_FILE")) {
    out.workspace.ca_files.push_back(*bundle);
    out.iam.ca_files.push_back(*bundle);
  }
  return out;
}

}  // namespace gild
