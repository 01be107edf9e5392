// SPDX-License-Identifier: Apache-2.0
#include "engine/store/s3/aws_signer.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/core/digest.hpp"
#include "engine/core/signed_headers.hpp"

namespace gild {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// Blanks at the ends go, and several in a row become one.
std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::string canonical_aws_query(const Query& query) {
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const auto& [name, value] : query) encoded.emplace_back(percent_encode(name), percent_encode(value));
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

std::string canonical_aws_request(const AwsRequest& request) {
  const auto headers = canonical_headers(request.headers, squeezed);
  std::string lines;
  for (const auto& [name, value] : headers) lines += fmt::format("{}:{}\n", name, value);
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path.empty() ? "/" : request.path,
                     canonical_aws_query(request.query), lines, signed_header_names(headers), request.payload_sha256);
}

std::string aws_authorization(const AwsRequest& request, const AwsKeys& keys, const AwsScope& scope) {
  const auto headers = canonical_headers(request.headers, squeezed);
  const auto date = std::find_if(headers.begin(), headers.end(), [](const auto& h) { return h.first == "x-amz-date"; });
  if (date == headers.end()) throw std::logic_error("a signed request needs X-Amz-Date");
  const std::string day = date->second.substr(0, 8);
  const std::string place = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, date->second, place, sha256_hex(canonical_aws_request(request)));
  std::string key = hmac_sha256("AWS4" + keys.secret_key.reveal(), day);
  for (const std::string_view part : {std::string_view(scope.region), std::string_view(scope.service),
                                      std::string_view("aws4_request"), std::string_view(to_sign)}) {
    key = hmac_sha256(key, part);
  }
  return fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm, keys.access_key, place,
                     signed_header_names(headers), hex(key));
}

}  // namespace gild
