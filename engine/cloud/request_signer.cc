// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/request_signer.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/core/digest.hpp"
#include "engine/core/signed_headers.hpp"

namespace gild {
namespace {

constexpr std::string_view kAlgorithm = "SDK-HMAC-SHA256";

std::string trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

// Each segment encoded, and a slash at the end, which the request itself does not have.
std::string canonical_path(std::string_view path) {
  std::string out;
  std::size_t begin = 0;
  while (true) {
    const std::size_t slash = path.find('/', begin);
    out += percent_encode(path.substr(begin, slash - begin));
    if (slash == std::string_view::npos) break;
    out += '/';
    begin = slash + 1;
  }
  if (out.empty() || out.back() != '/') out += '/';
  return out;
}

}  // namespace

std::string canonical_query(const Query& query) {
  Query sorted = query;
  std::sort(sorted.begin(), sorted.end());  // by the unencoded bytes of key, then value
  return encode_query(sorted);
}

std::string canonical_request(const SignedParts& parts) {
  const auto headers = canonical_headers(parts.headers, trimmed);
  std::string lines;
  for (const auto& [name, value] : headers) lines += fmt::format("{}:{}\n", name, value);
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", parts.method, canonical_path(parts.path), canonical_query(parts.query),
                     lines, signed_header_names(headers), sha256_hex(parts.body));
}

std::string authorization_header(const SignedParts& parts, std::string_view access_key, const Secret& secret_key) {
  const auto headers = canonical_headers(parts.headers, trimmed);
  const auto date = std::find_if(headers.begin(), headers.end(), [](const auto& h) { return h.first == "x-sdk-date"; });
  if (date == headers.end()) throw std::logic_error("a signed request needs X-Sdk-Date");
  const std::string to_sign = fmt::format("{}\n{}\n{}", kAlgorithm, date->second, sha256_hex(canonical_request(parts)));
  return fmt::format("{} Access={}, SignedHeaders={}, Signature={}", kAlgorithm, access_key,
                     signed_header_names(headers), hex(hmac_sha256(secret_key.reveal(), to_sign)));
}

}  // namespace gild
