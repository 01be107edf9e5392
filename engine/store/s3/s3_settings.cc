// SPDX-License-Identifier: Apache-2.0
#include "engine/store/s3/s3_settings.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::string_view kScheme = "s3://";
constexpr std::string_view kForm = "Give it as s3://BUCKET/KEY, for example s3://golden-images/gild.state.json.";
constexpr std::size_t kMostKey = 900;  // a key has at most 1,024 bytes, and the journal's are longer than the state's

bool is_below(std::string_view host, std::string_view domain) {
  return host == domain || (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}
bool is_amazon(const Url& endpoint) {
  return is_below(endpoint.host, "amazonaws.com") || is_below(endpoint.host, "amazonaws.com.cn");
}
bool is_huawei(const Url& endpoint) {
  return is_below(endpoint.host, "myhuaweicloud.com") || is_below(endpoint.host, "myhuaweicloud.eu");
}

// 3 to 63 of a–z, 0–9, "-" and ".", as every S3 server takes them; so it can stand in a host's name.
bool is_bucket_name(std::string_view name) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return name.size() >= 3 && name.size() <= 63 && alphanumeric(name.front()) && alphanumeric(name.back()) &&
         name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), [&](char c) { return alphanumeric(c) || c == '-' || c == '.'; });
}

bool is_region(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::optional<std::string> first_of(const Environment& environment, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (auto value = variable(environment, name)) return value;
  }
  return std::nullopt;
}

std::map<std::string, std::string> parse_parameters(std::string_view query) {
  static const std::vector<std::string_view> known{"endpoint", "region", "addressing"};
  std::map<std::string, std::string> parameters;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view item = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = item.find('=');
    const std::string name = percent_decode(item.substr(0, equals));
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      // Its value is not shown: somebody may have put a key there.
      const auto meant = nearest(name, known);
      throw Error(ErrorKind::usage, fmt::format("\"{}\" is no parameter of a state in S3", escape_controls(name)),
                  meant ? fmt::format("Did you mean \"{}\"? There are endpoint, region and addressing.", *meant)
                        : "There are endpoint, region and addressing. Keys belong into the environment.");
    }
    const std::string value = equals == std::string_view::npos ? "" : percent_decode(item.substr(equals + 1));
    if (value.empty() || !parameters.emplace(name, value).second) {
      throw Error(ErrorKind::usage,
                  fmt::format("The parameter {} of the state's address must be given once, with a value",
                              escape_controls(name)));
    }
  }
  return parameters;
}

Url parse_endpoint(const std::string& text) {
  std::optional<Url> url = parse_url(text);
  if (url && url->path == "/") url->path.clear();
  if (!url || !url->path.empty() || !url->query.empty()) {
    throw Error(ErrorKind::usage,
                fmt::format("The endpoint \"{}\" of the state is no address of a server", escape_controls(text)),
                "Give it as https://HOST or https://HOST:PORT, without bucket and path, for example "
                "https://obs.eu-west-101.myhuaweicloud.eu.");
  }
  if (!url->tls() && !is_loopback(url->host)) {
    throw Error(ErrorKind::refused,
                fmt::format("The endpoint {} of the state is plain http to another machine", escape_controls(text)),
                "Everybody on the way could read the state and change it. Use https.");
  }
  return std::move(*url);
}

// "obs.REGION.myhuaweicloud.com" and "s3.REGION.amazonaws.com" say it themselves.
std::optional<std::string> region_in(const Url& endpoint) {
  if (!is_amazon(endpoint) && !is_huawei(endpoint)) return std::nullopt;
  const std::size_t begin = endpoint.host.find('.') + 1;
  const std::string region = endpoint.host.substr(begin, endpoint.host.find('.', begin) - begin);
  if (region == "amazonaws" || region == "myhuaweicloud") return std::nullopt;
  return region;
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1));
}

// The file that AWS's own tools keep keys in: "[profile]" and "name = value" lines.
std::optional<AwsKeys> keys_from_file(const Environment& environment) {
  const auto home = variable(environment, "HOME");
  const auto named = variable(environment, "AWS_SHARED_CREDENTIALS_FILE");
  if (!named && !home) return std::nullopt;
  std::ifstream file(named ? *named : *home + "/.aws/credentials");
  if (!file) return std::nullopt;
  const std::string profile = variable(environment, "AWS_PROFILE").value_or("default");
  std::map<std::string, std::string> values;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    line = trimmed(line);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      inside = line.back() == ']' && trimmed(std::string_view(line).substr(1, line.size() - 2)) == profile;
      continue;
    }
    const std::size_t equals = line.find('=');
    if (!inside || equals == std::string::npos) continue;
    values[trimmed(std::string_view(line).substr(0, equals))] = trimmed(std::string_view(line).substr(equals + 1));
  }
  if (values["aws_access_key_id"].empty() || values["aws_secret_access_key"].empty()) return std::nullopt;
  return AwsKeys{values["aws_access_key_id"], Secret(values["aws_secret_access_key"]),
                 Secret(values["aws_session_token"])};
}

std::optional<AwsKeys> keys_from(const Environment& environment, const char* access, const char* secret,
                                 const char* token) {
  const auto access_key = variable(environment, access);
  const auto secret_key = variable(environment, secret);
  if (!access_key && !secret_key) return std::nullopt;
  if (!access_key || !secret_key) {
    throw Error(ErrorKind::usage, fmt::format("One of {} and {} is set without the other", access, secret),
                "A request is signed with both together.");
  }
  return AwsKeys{*access_key, Secret(*secret_key), Secret(variable(environment, token).value_or(""))};
}

// Huawei's keys, which also rebuild desktops, go to Huawei alone, and Amazon gets nobody else's.
AwsKeys find_keys(const Url& endpoint, const Environment& environment) {
  if (is_huawei(endpoint)) {
    if (auto keys = keys_from(environment, "HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN")) return *keys;
  }
  if (auto keys = keys_from(environment, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")) {
    return *keys;
  }
  if (auto keys = keys_from_file(environment)) return *keys;
  throw Error(ErrorKind::usage, fmt::format("There are no keys for the state's server {}", endpoint.authority()),
              is_huawei(endpoint)
                  ? "Set HW_ACCESS_KEY and HW_SECRET_KEY (with temporary keys HW_SECURITY_TOKEN too), or "
                    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY where the bucket has keys of its own."
                  : "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with temporary keys AWS_SESSION_TOKEN too), or "
                    "keep them in ~/.aws/credentials.");
}

}  // namespace

S3Settings s3_settings(std::string_view given, const Environment& environment) {
  S3Settings settings;
  settings.shown = std::string(given);
  std::string_view rest = given;
  if (rest.starts_with(kScheme)) rest.remove_prefix(kScheme.size());
  const std::size_t question = rest.find('?');
  const std::string_view place = rest.substr(0, question);
  const std::size_t slash = place.find('/');
  // A secret key may hold a /, so that what stands before it looks like a bucket.
  if (place.substr(0, slash).find_first_of("@:") != std::string_view::npos) {
    throw Error(ErrorKind::usage, "The value of --state holds a user or a key before the bucket",
                "It would end up in logs. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead.");
  }
  settings.bucket = percent_decode(place.substr(0, slash));
  if (!is_bucket_name(settings.bucket)) {
    throw Error(ErrorKind::usage, fmt::format("\"{}\" is no name of a bucket", escape_controls(settings.bucket)),
                std::string(kForm));
  }
  if (slash != std::string_view::npos) settings.key = percent_decode(place.substr(slash + 1));
  const bool odd = settings.key.starts_with('/') || settings.key.ends_with('/') ||
                   settings.key.find("//") != std::string::npos || settings.key.find("/./") != std::string::npos ||
                   settings.key.find("../") != std::string::npos || escape_controls(settings.key) != settings.key;
  if (settings.key.empty() || odd || settings.key.size() > kMostKey) {
    throw Error(ErrorKind::usage, fmt::format("\"{}\" names no object for the state", escape_controls(given)),
                std::string(kForm));
  }

  auto parameters = parse_parameters(question == std::string_view::npos ? "" : rest.substr(question + 1));
  const auto parameter = [&](const char* name) -> std::optional<std::string> {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::nullopt : std::optional(found->second);
  };
  std::optional<std::string> region = parameter("region");
  if (!region) region = first_of(environment, {"AWS_REGION", "AWS_DEFAULT_REGION"});
  std::optional<std::string> endpoint = parameter("endpoint");
  if (!endpoint) endpoint = first_of(environment, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  if (region && !is_region(*region)) {
    throw Error(ErrorKind::usage, fmt::format("\"{}\" is no region", escape_controls(*region)));
  }
  if (!endpoint && !region) {
    throw Error(ErrorKind::usage, "The address of the state says neither an endpoint nor a region",
                "Add ?region=REGION for AWS, or ?endpoint=https://HOST for another server, or set AWS_REGION or "
                "AWS_ENDPOINT_URL_S3.");
  }
  settings.endpoint = parse_endpoint(endpoint ? *endpoint : fmt::format("https://s3.{}.amazonaws.com", *region));
  if (const auto own = region_in(settings.endpoint); own && !parameter("region")) region = own;
  settings.region = region.value_or("us-east-1");  // what servers with one region call theirs

  const std::string addressing = parameter("addressing").value_or("");
  if (addressing.empty()) {
    // A certificate for *.host does not hold for a name with a dot before it.
    settings.in_host = (is_amazon(settings.endpoint) || is_huawei(settings.endpoint)) &&
                       settings.bucket.find('.') == std::string::npos;
  } else if (addressing == "path" || addressing == "virtual") {
    settings.in_host = addressing == "virtual";
  } else {
    throw Error(ErrorKind::usage, fmt::format("addressing=\"{}\" is unknown", escape_controls(addressing)),
                "It is path (https://HOST/BUCKET/KEY) or virtual (https://BUCKET.HOST/KEY).");
  }
  if (settings.in_host && is_ip_address(settings.endpoint.host)) {
    throw Error(ErrorKind::usage, "A bucket cannot stand before an IP address", "Use addressing=path.");
  }
  settings.keys = find_keys(settings.endpoint, environment);
  if (const auto file = variable(environment, "GILD_CA_FILE")) settings.transport.ca_files.push_back(*file);
  if (const auto file = variable(environment, "AWS_CA_BUNDLE")) settings.transport.ca_files.push_back(*file);
  return settings;
}

}  // namespace gild
