// SPDX-License-Identifier: Apache-2.0
// An S3 server behind the Transport seam, with faults: one bucket, conditional writes, lists in pages, a clock of its
// own. Written from the S3 API reference, not from the client. Signatures are looked at by the real server
// (real_server_test.cc).
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "engine/core/digest.hpp"
#include "engine/core/url.hpp"
#include "engine/seams/transport.hpp"

namespace gild::test {

struct FakeS3 {
  std::string bucket = "golden-images";
  std::size_t page = 1000;  // objects in one answer
  bool knows_if_none_match = true;
  bool knows_if_match = true;
  bool rejects_conditions = false;  // 501 for headers that it does not know; else they are ignored
  Time now = std::chrono::sys_days{std::chrono::November / 23 / 2026} + std::chrono::hours{21};

  struct Object {
    std::string body;
    std::string etag;
    Time modified{};
    std::vector<std::pair<std::string, std::string>> metadata;
  };
  std::map<std::string, Object> objects;

  std::vector<std::string> calls;  // "PUT gild.state.json.lock", "LIST"

  enum class Fault { none, not_reached, lost_before, lost_after, unavailable, unavailable_after, throttled, conflict };
  // Called before each call with its number (from 1) and its name; says what goes wrong.
  std::function<Fault(std::size_t number, const std::string& call)> fault;
  // What answers in its place, where it does.
  std::function<std::optional<HttpResponse>(const HttpRequest& request)> instead;

  std::size_t count(const std::string& beginning) const {
    return static_cast<std::size_t>(std::count_if(
        calls.begin(), calls.end(), [&](const std::string& call) { return call.starts_with(beginning); }));
  }

  HttpOutcome exchange(const HttpRequest& request) {
    const Url url = parse_url(request.url).value();
    const std::string key = key_of(url);
    const std::string call = request.method == "GET" && key.empty() ? "LIST" : request.method + " " + key;
    calls.push_back(call);
    const Fault what = fault ? fault(calls.size(), call) : Fault::none;
    switch (what) {
      case Fault::not_reached:
        return NotSent{"the connection was refused"};
      case Fault::lost_before:
        return NoAnswer{"the connection was reset"};
      case Fault::unavailable:
        return error(503, "ServiceUnavailable");
      case Fault::throttled: {
        HttpResponse response = error(503, "SlowDown");
        response.headers.emplace_back("Retry-After", "7");
        return response;
      }
      case Fault::conflict:
        return error(409, "ConditionalRequestConflict");
      case Fault::none:
      case Fault::lost_after:
      case Fault::unavailable_after:
        break;
    }
    if (instead) {
      if (auto other = instead(request)) return *other;
    }
    HttpResponse response = serve(request, url, key);
    if (what == Fault::lost_after) return NoAnswer{"the connection was reset"};
    if (what == Fault::unavailable_after) return error(500, "InternalError");
    return response;
  }

  HttpResponse error(int status, const std::string& code) const {
    return answer(
        status, fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>The fake says "
                            "&quot;no&quot;</Message></Error>",
                            code));
  }

 private:
  HttpResponse answer(int status, std::string body) const {
    return {status, {{"Date", format_http_date(now)}, {"Content-Type", "application/xml"}}, std::move(body), true};
  }

  // Path style: /BUCKET/KEY.
  std::string key_of(const Url& url) const {
    const std::string path = percent_decode(url.path);
    const std::string prefix = "/" + bucket + "/";
    return path.starts_with(prefix) ? path.substr(prefix.size()) : std::string{};
  }

  static std::string header(const HttpRequest& request, std::string_view name) {
    for (const auto& [key, value] : request.headers) {
      if (same_ignoring_case(key, name)) return value;
    }
    return {};
  }

  HttpResponse serve(const HttpRequest& request, const Url& url, const std::string& key) {
    if (header(request, "Authorization").find("Credential=AKIDEXAMPLE/") == std::string::npos) {
      return error(403, "InvalidAccessKeyId");
    }
    if (header(request, "x-amz-content-sha256") != sha256_hex(request.body)) {
      return error(400, "XAmzContentSHA256Mismatch");
    }
    const std::string path = percent_decode(url.path);
    if (path != "/" + bucket && !path.starts_with("/" + bucket + "/")) return error(404, "NoSuchBucket");
    const std::string if_none_match = header(request, "If-None-Match");
    const std::string if_match = header(request, "If-Match");
    if (rejects_conditions &&
        ((!knows_if_none_match && !if_none_match.empty()) || (!knows_if_match && !if_match.empty()))) {
      return error(501, "NotImplemented");
    }
    if (request.method == "GET" && key.empty()) return list(url.query);
    const auto found = objects.find(key);
    const bool there = found != objects.end();
    if (request.method == "GET") {
      if (!there) return error(404, "NoSuchKey");
      HttpResponse response = answer(200, found->second.body);
      response.headers.emplace_back("ETag", found->second.etag);
      response.headers.emplace_back("Last-Modified", format_http_date(found->second.modified));
      for (const auto& field : found->second.metadata) response.headers.push_back(field);
      return response;
    }
    if (knows_if_none_match && if_none_match == "*" && there) return error(412, "PreconditionFailed");
    if (knows_if_match && !if_match.empty()) {
      if (!there) return request.method == "PUT" ? error(404, "NoSuchKey") : answer(204, "");
      if (found->second.etag != if_match) return error(412, "PreconditionFailed");
    }
    if (request.method == "DELETE") {
      objects.erase(key);
      return answer(204, "");
    }
    if (request.method != "PUT") return error(405, "MethodNotAllowed");
    Object object{request.body, "\"" + hex(md5(request.body)) + "\"", now, {}};
    for (const auto& field : request.headers) {
      if (field.first.starts_with("x-amz-meta-")) object.metadata.push_back(field);
    }
    HttpResponse response = answer(200, "");
    response.headers.emplace_back("ETag", object.etag);
    objects[key] = std::move(object);
    return response;
  }

  HttpResponse list(std::string_view query) const {
    std::map<std::string, std::string> parameters;
    while (!query.empty()) {
      const std::string_view item = query.substr(0, query.find('&'));
      query.remove_prefix(std::min(item.size() + 1, query.size()));
      const std::size_t equals = item.find('=');
      parameters[percent_decode(item.substr(0, equals))] = percent_decode(item.substr(equals + 1));
    }
    // The second version of the call, which some servers do not have.
    if (parameters.contains("list-type")) return error(501, "NotImplemented");
    const std::string after = parameters["marker"];
    std::string contents;
    std::size_t shown = 0;
    bool truncated = false;
    for (auto item = objects.upper_bound(after); item != objects.end(); ++item) {
      if (!item->first.starts_with(parameters["prefix"])) continue;
      if (shown == page) {
        truncated = true;
        break;
      }
      ++shown;
      contents += fmt::format("<Contents><Key>{}</Key><ETag>&quot;x&quot;</ETag><Size>{}</Size></Contents>",
                              item->first, item->second.body.size());
    }
    return answer(200, fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
                                   "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>{}</Name><IsTruncated>{}"
                                   "</IsTruncated>{}</ListBucketResult>",
                                   bucket, truncated ? "true" : "false", contents));
  }
};

class FakeS3Transport : public Transport {
 public:
  explicit FakeS3Transport(FakeS3& server) : server_(server) {}
  HttpOutcome exchange(const HttpRequest& request) override { return server_.exchange(request); }

 private:
  FakeS3& server_;
};

}  // namespace gild::test
