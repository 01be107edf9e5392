// SPDX-License-Identifier: Apache-2.0
#include "engine/store/s3/s3_client.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "engine/core/digest.hpp"
#include "engine/core/text.hpp"
#include "engine/store/http_answer.hpp"
#include "engine/store/s3/xml_text.hpp"

namespace gild {
namespace {

constexpr std::size_t kMostObject = std::size_t{1024} * 1024 * 1024;
constexpr Duration kTimeout = std::chrono::minutes{2};  // for a whole state, either way
constexpr HttpRetries kRetries{5, Duration{500}, std::chrono::seconds{8}};
constexpr std::size_t kMostPages = 100'000;
constexpr std::string_view kMetaPrefix = "x-amz-meta-";

std::string encoded_path(std::string_view path) {
  std::string out;
  for (std::size_t begin = 0;;) {
    const std::size_t slash = path.find('/', begin);
    out += '/' + percent_encode(path.substr(begin, slash - begin));
    if (slash == std::string_view::npos) return out;
    begin = slash + 1;
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

S3Object object_from(HttpResponse response) {
  S3Object object;
  object.etag = response.header("ETag");
  object.modified = parse_http_date(response.header("Last-Modified"));
  object.date = parse_http_date(response.header("Date"));
  for (const auto& [name, value] : response.headers) {
    const std::string key = lower(name);
    if (key.starts_with(kMetaPrefix)) object.metadata[key.substr(kMetaPrefix.size())] = value;
  }
  object.body = std::move(response.body);
  return object;
}

// False where the list holds what was not asked for, or is not in order: then something may be missing from it, too.
bool add_keys(const XmlElement& result, const std::string& prefix, const std::string& after,
              std::vector<std::string>& keys) {
  std::vector<std::string> page;
  for (const XmlElement& child : result.children) {
    if (child.name != "Contents") continue;
    std::string key(child.text_of("Key"));
    const std::string& last = !page.empty() ? page.back() : keys.empty() ? after : keys.back();
    if (!key.starts_with(prefix) || key <= last) return false;
    page.push_back(std::move(key));
  }
  keys.insert(keys.end(), page.begin(), page.end());
  return true;
}

std::string advice_for(int status, std::string_view code, const S3Settings& settings) {
  if (code == "NoSuchBucket") return "Make the bucket, or check its name and the endpoint.";
  if (code == "SignatureDoesNotMatch" || code == "InvalidAccessKeyId" || code == "InvalidToken") {
    return "The server does not take these keys. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (Huawei: "
           "HW_ACCESS_KEY and HW_SECRET_KEY), and that they are for this server.";
  }
  if (code == "ExpiredToken") return "The temporary keys have run out. Get new ones and run it again.";
  if (code == "RequestTimeTooSkewed") return "The clocks of this machine and of the server differ too much.";
  if (code == "AuthorizationHeaderMalformed" || code == "InvalidRegion" || (status >= 300 && status < 400)) {
    return fmt::format(
        "The bucket is in another region than \"{}\", or at another endpoint. gild follows no redirect, since a "
        "signed request would go along. Give them in the address: ?region=REGION&endpoint=https://HOST",
        settings.region);
  }
  if (code == "EntityTooLarge" || status == 413) {
    return "The state is larger than this server takes in one object. A state of that size is better kept in "
           "PostgreSQL.";
  }
  if (status == 401 || status == 403) {
    return "These keys may not do that. gild needs s3:GetObject, s3:PutObject and s3:DeleteObject on the state's "
           "objects and s3:ListBucket on the bucket; for looking, s3:GetObject and s3:ListBucket are enough.";
  }
  return {};
}

}  // namespace

Error without_conditions(const S3Settings& settings) {
  return {ErrorKind::refused,
          fmt::format("The server of {} has no conditional writes (If-None-Match)", escape_controls(settings.shown)),
          "Nothing was sent. Two runs at once could not be kept apart there, and each could wipe what the other has "
          "already wiped. Keep the state in another S3 server, in PostgreSQL or in GitLab. Looking (gild plan, gild "
          "status) works as it is."};
}

S3Client::S3Client(S3Settings settings, std::unique_ptr<Transport> transport, Clock& clock)
    : settings_(std::move(settings)), transport_(std::move(transport)), clock_(clock) {
  redactor_.add(settings_.keys.secret_key);
  redactor_.add(settings_.keys.session_token);
}

S3Client::Answer S3Client::send_once(Call& call) {
  static const std::string kNothing;
  const std::string& body = call.body == nullptr ? kNothing : *call.body;
  if (call.payload_sha256.empty()) call.payload_sha256 = sha256_hex(body);
  Url url = settings_.endpoint;
  if (settings_.in_host) url.host = settings_.bucket + "." + url.host;
  AwsRequest to_sign;
  to_sign.method = call.method;
  to_sign.path =
      encoded_path(settings_.in_host ? call.key : settings_.bucket + (call.key.empty() ? "" : "/" + call.key));
  to_sign.query = call.query;
  to_sign.payload_sha256 = call.payload_sha256;
  to_sign.headers = call.headers;
  to_sign.headers.emplace_back("X-Amz-Content-Sha256", call.payload_sha256);
  to_sign.headers.emplace_back("X-Amz-Date", format_compact_time(clock_.now() + ahead_));
  if (!settings_.keys.session_token.empty()) {
    to_sign.headers.emplace_back("X-Amz-Security-Token", settings_.keys.session_token.reveal());
  }
  HttpRequest request;
  request.headers = to_sign.headers;
  to_sign.headers.emplace_back("Host", url.authority());
  request.headers.emplace_back("Authorization", aws_authorization(to_sign, settings_.keys, {settings_.region, "s3"}));
  // Not signed: servers take no notice of it. A proxy that keeps answers must not give an old one for the state.
  if (call.method == "GET") request.headers.emplace_back("Cache-Control", "no-cache");
  request.method = call.method;
  request.url = fmt::format("{}://{}{}", url.scheme, url.authority(), to_sign.path);
  if (!call.query.empty()) request.url += "?" + canonical_aws_query(call.query);
  request.timeout = kTimeout;
  request.most_bytes = kMostObject;
  request.body = body;

  Answer answer{answer_from(transport_->exchange(request)), {}, {}};
  if (answer.response && answer.response->status >= 300) {
    if (const auto error = parse_xml(answer.response->body); error && error->name == "Error") {
      answer.code = error->text_of("Code");
      answer.message = redactor_.clean(error->text_of("Message"));
    }
  }
  return answer;
}

S3Client::Answer S3Client::send(Call& call) {
  Answer answer = send_once(call);
  if (answer.code != "RequestTimeTooSkewed") return answer;
  // Nothing was carried out. Our clock is wrong, and the server's is in its answer.
  const auto date = parse_http_date(answer.response->header("Date"));
  if (!date) return answer;
  ahead_ = *date - clock_.now();
  return send_once(call);
}

bool S3Client::wait_to_retry(int number, const Answer& last) {
  return gild::wait_to_retry(clock_, kRetries, number, last);
}

void S3Client::fail(const std::string& what, const Answer& answer) const {
  const std::string where = escape_controls(settings_.shown);
  if (!answer.response) {
    throw Error(ErrorKind::storage, fmt::format("{} in {}: {}", what, where, escape_controls(answer.why)));
  }
  std::string message = fmt::format("{} in {}: the server answered {}", what, where, answer.response->status);
  if (!answer.code.empty()) message += " " + escape_controls(answer.code);
  if (!answer.message.empty()) message += ": " + escape_controls(answer.message.substr(0, 300));
  throw Error(ErrorKind::storage, std::move(message), advice_for(answer.response->status, answer.code, settings_));
}

// Some servers answer that they do not know the header; the others that do not know it ignore it.
bool S3Client::conditions_unknown(const Answer& answer) const {
  return answer.is(501) || answer.code == "NotImplemented" ||
         (answer.is(400) && (answer.code == "InvalidArgument" || answer.code == "InvalidRequest"));
}

std::optional<S3Object> S3Client::get(const std::string& key) {
  Call call{"GET", key};
  for (int number = 1;; ++number) {
    Answer answer = send(call);
    if (answer.is(200)) return object_from(std::move(*answer.response));
    if (answer.is(404) && answer.code != "NoSuchBucket") return std::nullopt;
    if (!wait_to_retry(number, answer)) fail("The state cannot be read", answer);
  }
}

// By the first version of that call, which every server has: each page is asked for by the last name of the one before,
// and names come as they are. (The second version asks for pages by a token, and encodes names as each server likes.)
std::vector<std::string> S3Client::list(const std::string& prefix, const std::string& after) {
  std::vector<std::string> keys;
  std::string marker = after;
  for (std::size_t page = 0; page < kMostPages; ++page) {
    Call call{"GET", {}, {{"prefix", prefix}}};
    if (!marker.empty()) call.query.emplace_back("marker", marker);
    for (int number = 1;; ++number) {
      Answer answer = send(call);
      std::optional<XmlElement> result;
      if (answer.is(200)) {
        result = parse_xml(answer.response->body);
        if (!result || result->name != "ListBucketResult" || !add_keys(*result, prefix, after, keys)) {
          result.reset();
          answer.response.reset();
          answer.why = "the answer is no list of the objects that were asked for";
        }
      }
      if (result) {
        if (result->text_of("IsTruncated") != "true") return keys;
        if (keys.empty() || keys.back() <= marker) {
          answer.response.reset();
          answer.why = "the list of objects does not go on";
          fail("The state cannot be read", answer);
        }
        marker = keys.back();
        break;
      }
      if (!wait_to_retry(number, answer)) fail("The state cannot be read", answer);
    }
  }
  throw Error(ErrorKind::storage,
              fmt::format("The list of objects of {} has no end", escape_controls(settings_.shown)));
}

std::optional<S3Object> S3Client::create(const std::string& key, const std::string& body) {
  Call call{"PUT", key, {}, {{"Content-Type", "application/json"}, {"If-None-Match", "*"}}, &body};
  for (int number = 1;; ++number) {
    Answer answer = send(call);
    if (answer.success()) return std::nullopt;
    if (conditions_unknown(answer)) throw without_conditions(settings_);
    const bool there = answer.is(412);
    // 409: another write was under way, perhaps an earlier try of ours.
    const bool conflict = answer.is(409) && answer.code == "ConditionalRequestConflict";
    if (there || conflict || (answer.sent && !answer.final)) {
      if (std::optional<S3Object> found = get(key)) {
        if (found->body == body) return std::nullopt;
        return found;
      }
      answer.final = false;  // it was there and is not any more, or is not there yet
    }
    if (!wait_to_retry(number, answer)) fail("The state cannot be written", answer);
  }
}

bool S3Client::refuses_to_create_again(const std::string& key, const std::string& body) {
  Call call{"PUT", key, {}, {{"Content-Type", "application/json"}, {"If-None-Match", "*"}}, &body};
  for (int number = 1;; ++number) {
    Answer answer = send(call);
    if (answer.is(412)) return true;
    if (answer.success() || conditions_unknown(answer)) return false;
    if (answer.is(409)) answer.final = false;
    if (!wait_to_retry(number, answer)) fail("The state cannot be written", answer);
  }
}

void S3Client::put(const std::string& key, const std::string& body, const Metadata& metadata) {
  Call call{"PUT", key, {}, {{"Content-Type", "application/json"}}, &body};
  for (const auto& [name, value] : metadata) call.headers.emplace_back(std::string(kMetaPrefix) + name, value);
  for (int number = 1;; ++number) {
    Answer answer = send(call);
    if (answer.success()) return;
    if (answer.is(409)) answer.final = false;
    if (!wait_to_retry(number, answer)) fail("The state cannot be written", answer);
  }
}

bool S3Client::swap(const std::string& key, const std::string& body, const std::string& etag) {
  Call call{"PUT", key, {}, {{"Content-Type", "application/json"}, {"If-Match", etag}}, &body};
  for (int number = 1;; ++number) {
    Answer answer = send(call);
    if (answer.success()) return true;
    if (conditions_unknown(answer) && call.headers.size() == 2) {
      call.headers.pop_back();
      continue;
    }
    if (answer.is(412) || answer.is(404) || answer.is(409) || (answer.sent && !answer.final)) {
      const std::optional<S3Object> found = get(key);
      if (found && found->body == body) return true;
      if (!found || found->etag != etag) return false;
      answer.final = false;
    }
    if (!wait_to_retry(number, answer)) fail("The state cannot be written", answer);
  }
}

void S3Client::remove(const std::string& key, const std::string& etag) {
  Call call{"DELETE", key, {}, {{"If-Match", etag}}};
  for (int number = 1;; ++number) {
    Answer answer = send(call);
    // 412: it is another one now, which is not ours to remove.
    if (answer.success() || answer.is(404) || answer.is(412)) return;
    if (conditions_unknown(answer) && !call.headers.empty()) {
      call.headers.clear();
      continue;
    }
    if (!answer.response && answer.sent) {
      // Where it was carried out, somebody else may have one there by now, and not every server looks at If-Match.
      const std::optional<S3Object> found = get(key);
      if (!found || found->etag != etag) return;
    }
    if (answer.is(409)) answer.final = false;
    if (!wait_to_retry(number, answer)) fail("The lock cannot be given back", answer);
  }
}

}  // namespace gild
