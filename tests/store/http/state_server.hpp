// SPDX-License-Identifier: Apache-2.0
// A server for states that follows GitLab's rules (and, on request, those of simpler ones), behind the Transport seam,
// with faults. Written from what is known of the protocol, not from the client.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/core/digest.hpp"
#include "engine/core/error.hpp"
#include "engine/core/json_reader.hpp"
#include "engine/core/json_writer.hpp"
#include "engine/seams/transport.hpp"

namespace gild::test {

struct StateServer {
  enum class Dialect { gitlab, plain };

  Dialect dialect = Dialect::gitlab;
  std::string user = "gitlab-ci-token";
  std::string gitlab_user = "alice";  // of whom the token is
  std::string password = "s3cret-t0ken";
  std::size_t most_bytes = 0;  // of a state; 0: any
  bool sends_digest = false;

  // What is stored.
  std::optional<std::string> body;
  std::set<std::int64_t> serials;  // (state, version) is unique
  std::string lock_body;           // empty: not locked

  // What it was asked: "GET", "POST", "lock", "unlock".
  std::vector<std::string> calls;
  std::size_t saves = 0;

  // Called before each call with its number (from 1) and its name; says what goes wrong.
  enum class Fault { none, not_reached, lost_before, lost_after, unavailable, unavailable_after, throttled };
  std::function<Fault(std::size_t number, const std::string& call)> fault;
  // What answers in its place, where it does.
  std::function<std::optional<HttpResponse>(const std::string& call)> instead;

  std::string lock_id() const { return lock_body.empty() ? std::string{} : member(lock_body, "ID").value_or(""); }
  std::size_t count(const std::string& call) const {
    return static_cast<std::size_t>(std::count(calls.begin(), calls.end(), call));
  }

  HttpOutcome exchange(const HttpRequest& request) {
    const std::string call = name_of(request);
    calls.push_back(call);
    const Fault what = fault ? fault(calls.size(), call) : Fault::none;
    switch (what) {
      case Fault::not_reached:
        return NotSent{"the connection was refused"};
      case Fault::lost_before:
        return NoAnswer{"the connection was reset"};
      case Fault::unavailable:
        return answer(503, "<html>busy</html>");
      case Fault::throttled: {
        HttpResponse response = answer(429, "");
        response.headers.emplace_back("Retry-After", "7");
        return response;
      }
      case Fault::none:
      case Fault::lost_after:
      case Fault::unavailable_after:
        break;
    }
    if (instead) {
      if (auto other = instead(call)) return *other;
    }
    HttpResponse response = serve(call, request);
    if (what == Fault::lost_after) return NoAnswer{"the connection was reset"};
    if (what == Fault::unavailable_after) return answer(502, "<html>bad gateway</html>");
    return response;
  }

  static std::optional<std::string> member(std::string_view text, std::string_view key) {
    try {
      JsonParser parser;
      return parser.parse(text, "body").optional_string(key);
    } catch (const Error&) {
      return std::nullopt;
    }
  }

 private:
  static HttpResponse answer(int status, std::string text) { return {status, {}, std::move(text), true}; }

  static bool is_lock(const HttpRequest& request) { return request.url.ends_with("/lock"); }
  static std::string name_of(const HttpRequest& request) {
    if (!is_lock(request)) return request.method;
    return request.method == "POST" || request.method == "LOCK" ? "lock" : "unlock";
  }

  HttpResponse serve(const std::string& call, const HttpRequest& request) {
    std::string authorization;
    std::string type;
    for (const auto& [name, value] : request.headers) {
      if (name == "Authorization") authorization = value;
      if (name == "Content-Type") type = value;
      if (name == "Content-MD5" && value != base64(md5(request.body))) return answer(400, "bad digest");
    }
    if (authorization != "Basic " + base64(user + ":" + password))
      return answer(401, R"({"message":"401 Unauthorized"})");
    if (!request.body.empty() && type != "application/json") return answer(415, "");
    if (call == "GET") return get();
    if (call == "lock") return lock(request.body);
    if (call == "unlock") return unlock(request.body);
    return save(request);
  }

  HttpResponse get() const {
    if (!body) return answer(dialect == Dialect::gitlab ? 404 : 204, "");
    HttpResponse response = answer(200, *body);
    if (sends_digest) response.headers.emplace_back("content-md5", base64(md5(*body)));
    return response;
  }

  HttpResponse save(const HttpRequest& request) {
    const std::size_t at = request.url.find("ID=");
    const std::string id = at == std::string::npos ? std::string{} : request.url.substr(at + 3);
    if (dialect == Dialect::gitlab && id != lock_id()) return answer(409, R"({"message":"409 Conflict"})");
    if (request.body.empty()) return answer(204, "");
    if (most_bytes != 0 && request.body.size() > most_bytes) return answer(413, "");
    if (dialect == Dialect::gitlab) {
      std::int64_t serial = -1;
      try {
        JsonParser parser;
        serial = parser.parse(request.body, "body").integer("serial", 0, 1'000'000'000);
      } catch (const Error&) {
        return answer(400, "no serial");
      }
      if (!serials.insert(serial).second) return answer(422, R"({"message":"Version has already been taken"})");
    }
    body = request.body;
    ++saves;
    return answer(200, "");
  }

  HttpResponse lock(const std::string& text) {
    for (const char* key : {"ID", "Operation", "Info", "Who", "Version", "Created", "Path"}) {
      if (!member(text, key)) return answer(400, std::string(key) + " is missing");
    }
    if (!lock_body.empty() && dialect == Dialect::plain) return answer(423, lock_body);
    if (!lock_body.empty()) {
      // The holder's id, name and time, and the caller's everything else.
      std::string mixed;
      JsonWriter json(mixed);
      json.begin_object();
      for (const char* key : {"ID", "Who", "Created"}) json.field(key, member(lock_body, key).value_or(""));
      for (const char* key : {"Operation", "Info", "Version", "Path"}) json.field(key, member(text, key).value_or(""));
      json.end_object();
      return answer(409, mixed);
    }
    lock_body = text;
    if (dialect == Dialect::gitlab) {
      const std::string who = member(text, "Who").value_or("");
      const std::size_t at = lock_body.find("\"Who\":\"" + who);
      lock_body.replace(at, 7 + who.size(), "\"Who\":\"" + gitlab_user);
    }
    return answer(200, "");
  }

  HttpResponse unlock(const std::string& text) {
    const std::string id = member(text, "ID").value_or("");
    if (lock_body.empty() || (!id.empty() && id != lock_id())) return answer(409, "");
    lock_body.clear();
    return answer(200, "");
  }
};

class StateServerTransport : public Transport {
 public:
  explicit StateServerTransport(StateServer& server) : server_(server) {}
  HttpOutcome exchange(const HttpRequest& request) override { return server_.exchange(request); }

 private:
  StateServer& server_;
};

}  // namespace gild::test
