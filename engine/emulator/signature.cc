// SPDX-License-Identifier: Apache-2.0
#include "engine/emulator/signature.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "engine/core/digest.hpp"

namespace gild::emulator {
namespace {

constexpr std::string_view kAlgorithm = "SDK-HMAC-SHA256";
constexpr std::chrono::minutes kMaxSkew{15};

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// "20060102T150405Z"
std::optional<Time> parse_sdk_date(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  return parse_time(fmt::format("{}-{}-{}T{}:{}:{}Z", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2),
                                text.substr(9, 2), text.substr(11, 2), text.substr(13, 2)));
}

std::string canonical_path(std::string_view path) {
  std::string result;
  for (const std::string& segment : path_segments(path)) result += "/" + percent_encoded(segment);
  return result + "/";
}

std::string canonical_query(std::string_view query) {
  auto parameters = query_parameters(query);
  std::sort(parameters.begin(), parameters.end());  // by the unencoded key, then value
  std::string result;
  for (const auto& [key, value] : parameters) {
    if (!result.empty()) result += '&';
    result += percent_encoded(key) + "=" + percent_encoded(value);
  }
  return result;
}

std::string hmac_sha256_hex(std::string_view key, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()),  // bytes are bytes
       message.size(), digest.data(), &size);
  std::string result;
  for (unsigned i = 0; i < size; ++i) result += fmt::format("{:02x}", digest[i]);
  return result;
}

}  // namespace

std::optional<SignatureClaim> parse_authorization(std::string_view header) {
  if (!header.starts_with(kAlgorithm)) return std::nullopt;
  header.remove_prefix(kAlgorithm.size());
  SignatureClaim claim;
  while (!header.empty()) {
    const std::size_t comma = header.find(',');
    const std::string_view part = trimmed(header.substr(0, comma));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = part.substr(0, equals);
    std::string_view value = part.substr(equals + 1);
    if (name == "Access") {
      claim.access_key = value;
    } else if (name == "Signature") {
      claim.signature = value;
    } else if (name == "SignedHeaders") {
      while (!value.empty()) {
        const std::size_t end = value.find(';');
        claim.signed_headers.emplace_back(value.substr(0, end));
        value = end == std::string_view::npos ? std::string_view{} : value.substr(end + 1);
      }
    } else {
      return std::nullopt;
    }
    header = comma == std::string_view::npos ? std::string_view{} : header.substr(comma + 1);
  }
  if (claim.access_key.empty() || claim.signature.empty() || claim.signed_headers.empty()) return std::nullopt;
  return claim;
}

std::string canonical_request(const Request& request, const std::vector<std::string>& signed_headers) {
  std::vector<std::string> names;
  names.reserve(signed_headers.size());
  for (const std::string& name : signed_headers) names.push_back(lower_case(name));
  std::sort(names.begin(), names.end());
  std::string headers;
  for (const std::string& name : names) headers += fmt::format("{}:{}\n", name, trimmed(request.header(name)));
  const std::string_view given_hash = request.header("X-Sdk-Content-Sha256");
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, canonical_path(request.path),
                     canonical_query(request.query), headers, fmt::join(names, ";"),
                     given_hash.empty() ? sha256_hex(request.body) : std::string(given_hash));
}

std::string signature_of(const std::string& canonical_request, std::string_view date, std::string_view secret_key) {
  return hmac_sha256_hex(secret_key, fmt::format("{}\n{}\n{}", kAlgorithm, date, sha256_hex(canonical_request)));
}

std::optional<std::string> why_refused(const Request& request, const SignatureClaim& claim, std::string_view secret_key,
                                       Time now) {
  const bool date_signed = std::any_of(claim.signed_headers.begin(), claim.signed_headers.end(),
                                       [](const std::string& name) { return lower_case(name) == "x-sdk-date"; });
  const std::string_view date = request.header("X-Sdk-Date");
  const std::optional<Time> signed_at = parse_sdk_date(date);
  if (!date_signed || !signed_at) return "Incorrect IAM authentication information: x-sdk-date is missing or malformed";
  if (std::chrono::abs(*signed_at - now) > kMaxSkew)
    return "Incorrect IAM authentication information: signature expired";
  for (const std::string& name : claim.signed_headers) {
    if (request.header(name).empty()) {
      return fmt::format("Incorrect IAM authentication information: the signed header {} is missing", name);
    }
  }
  std::string canonical = canonical_request(request, claim.signed_headers);
  const std::string expected = signature_of(canonical, date, secret_key);
  const bool same = expected.size() == claim.signature.size() &&
                    CRYPTO_memcmp(expected.data(), claim.signature.data(), expected.size()) == 0;
  if (same) return std::nullopt;
  std::replace(canonical.begin(), canonical.end(), '\n', '|');
  return fmt::format(
      "Incorrect IAM authentication information: verify aksk signature fail, the canonical request of the gateway is "
      "{}",
      canonical);
}

}  // namespace gild::emulator
