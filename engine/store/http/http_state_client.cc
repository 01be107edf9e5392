// SPDX-License-Identifier: Apache-2.0
#include "engine/store/http/http_state_client.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/core/digest.hpp"
#include "engine/core/error.hpp"
#include "engine/core/json_reader.hpp"
#include "engine/core/json_writer.hpp"
#include "engine/core/text.hpp"
#include "engine/store/http_answer.hpp"

namespace gild {
namespace {

// A state of a million desktops has some 300 MiB.
constexpr std::size_t kMostDocument = std::size_t{1024} * 1024 * 1024;
constexpr Duration kTimeout = std::chrono::minutes{2};  // for a whole document, either way

bool is_held(const HttpResponse& response) {
  return response.status == 409 || response.status == 423;
}

std::string with_id(const std::string& address, const std::string& id) {
  return fmt::format("{}{}ID={}", address, address.find('?') == std::string::npos ? '?' : '&', id);
}

// All seven keys, which GitLab insists on.
std::string write_lock_info(const HttpLockInfo& info) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("ID", info.id);
  json.field("Operation", "OperationTypeApply");
  json.field("Info", info.info);
  json.field("Who", info.who);
  json.field("Version", info.version);
  json.field("Created", format_time(info.created));
  json.field("Path", "");
  json.end_object();
  return text;
}

// Of the holder; an empty one where the body does not tell.
HttpLockInfo read_lock_info(std::string_view body) {
  HttpLockInfo info;
  try {
    JsonParser parser;
    const JsonValue json = parser.parse(body, "the lock");
    info.id = json.optional_string("ID").value_or("");
    info.who = json.optional_string("Who").value_or("");
    info.info = json.optional_string("Info").value_or("");
    info.version = json.optional_string("Version").value_or("");
    info.created = parse_time(json.optional_string("Created").value_or("")).value_or(Time{});
  } catch (const Error&) {
    // Somebody's error page: then nobody can tell who holds it.
    return {};
  }
  return info;
}

}  // namespace

HttpStateClient::HttpStateClient(HttpSettings settings, std::unique_ptr<Transport> transport, Clock& clock)
    : settings_(std::move(settings)), transport_(std::move(transport)), clock_(clock) {}

HttpAnswer HttpStateClient::send(const std::string& method, const std::string& address, const std::string& body) {
  HttpRequest request;
  request.method = method;
  request.url = address;
  request.timeout = kTimeout;
  request.most_bytes = kMostDocument;
  if (!settings_.password.empty() || !settings_.user.empty()) {
    request.headers.emplace_back("Authorization",
                                 "Basic " + base64(settings_.user + ":" + settings_.password.reveal()));
  }
  // A proxy that keeps answers must not give an old one for the state: what was recorded since would be overwritten.
  if (method == "GET") request.headers.emplace_back("Cache-Control", "no-cache");
  if (!body.empty()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.headers.emplace_back("Content-MD5", base64(md5(body)));
    request.body = body;
  }
  return answer_from(transport_->exchange(request));
}

bool HttpStateClient::wait_to_retry(int number, const HttpAnswer& last) {
  return gild::wait_to_retry(clock_, settings_.retries, number, last);
}

void HttpStateClient::fail(const std::string& what, const HttpAnswer& answer) const {
  const std::string where = escape_controls(settings_.shown());
  if (!answer.response) {
    throw Error(ErrorKind::storage, fmt::format("{} at {}: {}", what, where, escape_controls(answer.why)));
  }
  const int status = answer.response->status;
  const std::string message = fmt::format("{} at {}: the server answered {}", what, where, status);
  switch (status) {
    case 401:
      throw Error(ErrorKind::storage, message,
                  settings_.password.empty()
                      ? "It wants a user and password. Give them in TF_HTTP_USERNAME and TF_HTTP_PASSWORD."
                      : "It does not take this user and password. The token of a pipeline's job ends with its job, and "
                        "one of a project with its date.");
    case 403:
      throw Error(ErrorKind::storage, message,
                  "This user may not do that. GitLab wants the role Maintainer for writing and locking, Developer for "
                  "reading.");
    case 404:
      throw Error(ErrorKind::storage, message, "Check the address. A name in GitLab may hold no /.");
    case 413:
      throw Error(ErrorKind::storage, message,
                  "The state is larger than this server takes. In GitLab an administrator sets that "
                  "(max_terraform_state_size_bytes); a state of that size is better kept in PostgreSQL.");
    case 422:
      throw Error(
          ErrorKind::storage, message,
          "GitLab answers that where it has this serial already, perhaps of a version that somebody removed, or "
          "where the state is about to be deleted. Look at it under Operate, Terraform states.");
    case 500:
      throw Error(
          ErrorKind::storage, message,
          "That may be a fault of the server that passes. GitLab may also answer so where somebody else has the "
          "lock of the state, or has taken it away from this run: look at it under Operate, Terraform states, "
          "and run again when it is free.");
    default:
      break;
  }
  if (status >= 300 && status < 400) {
    throw Error(ErrorKind::storage, message,
                "gild follows no redirect, since credentials would go along. Give the address where the state really "
                "is.");
  }
  throw Error(ErrorKind::storage, message);
}

std::optional<std::string> HttpStateClient::read() {
  for (int number = 1;; ++number) {
    HttpAnswer answer = send("GET", settings_.address, {});
    if (answer.response) {
      HttpResponse& response = *answer.response;
      if (response.status == 204 || response.status == 404) return std::nullopt;
      if (response.status == 200) {
        if (response.body.empty()) return std::nullopt;
        const std::string_view digest = response.header("Content-MD5");
        if (digest.empty() || digest == base64(md5(response.body))) return std::move(response.body);
        answer.response.reset();
        answer.why = "what came is not what the server says it sent (Content-MD5)";
      }
    }
    if (!wait_to_retry(number, answer)) fail("The state cannot be read", answer);
  }
}

void HttpStateClient::save(const std::string& document, const std::string& lock_id,
                           const std::optional<std::string>& before) {
  const std::string address = lock_id.empty() ? settings_.address : with_id(settings_.address, lock_id);
  bool unsure = false;  // an earlier try may have been carried out
  for (int number = 1;; ++number) {
    const HttpAnswer answer = send(settings_.update_method, address, document);
    if (answer.success()) return;
    const bool passing = !answer.response || is_passing(*answer.response);
    // 422: GitLab has this serial already, of this document or of another one.
    unsure = unsure || (answer.sent && passing) || (answer.response && answer.response->status == 422);
    if (unsure) {
      // Saved after all? A try after one whose reply was lost may also be refused, as a repeated serial.
      std::optional<std::string> now = read();
      if (now == document) return;
      if (now != before) {
        throw Error(ErrorKind::storage,
                    fmt::format("Somebody else has written the state at {}", escape_controls(settings_.shown())),
                    "The lock must have been taken away from this run. Nothing more was sent.");
      }
    }
    if (answer.response && is_held(*answer.response)) {
      throw Error(
          ErrorKind::storage,
          fmt::format("The lock of the state at {} was taken away from this run", escape_controls(settings_.shown())),
          "Nothing more was sent.");
    }
    if (!wait_to_retry(number, answer)) fail("The state cannot be saved", answer);
  }
}

std::variant<HttpStateClient::Locked, HttpLockInfo> HttpStateClient::lock(const HttpLockInfo& us) {
  const std::string body = write_lock_info(us);
  bool unsure = false;
  for (int number = 1;; ++number) {
    const HttpAnswer answer = send(settings_.lock_method, settings_.lock_address, body);
    if (answer.success()) return Locked{};
    if (answer.response && is_held(*answer.response)) {
      HttpLockInfo holder = read_lock_info(answer.response->body);
      if (holder.id == us.id) return Locked{};  // an earlier try was carried out, and its reply was lost
      return holder;
    }
    unsure = unsure || (answer.sent && !answer.final);
    if (wait_to_retry(number, answer)) continue;
    if (unsure) {
      try {
        static_cast<void>(unlock(us));
      } catch (const Error&) {
        // It may be there. What went wrong first is what is told.
      }
    }
    fail("The state cannot be locked", answer);
  }
}

bool HttpStateClient::unlock(const HttpLockInfo& info) {
  const std::string body = write_lock_info(info);
  bool unsure = false;
  for (int number = 1;; ++number) {
    const HttpAnswer answer = send(settings_.unlock_method, settings_.unlock_address, body);
    if (answer.success()) return true;
    // Another lock's id, or none: after a lost reply that means that ours is gone.
    const bool other = answer.response && (is_held(*answer.response) || answer.response->status == 404);
    if (other) return unsure;
    unsure = unsure || (answer.sent && !answer.final);
    if (!wait_to_retry(number, answer)) fail("The lock cannot be given back", answer);
  }
}

}  // namespace gild
