// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/service_error.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "engine/cloud/answer_json.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

using answer_json::as;
using answer_json::member;
using answer_json::Object;
using answer_json::text;

constexpr std::size_t kMaxTextLength = 2000;  // the service's own texts end at 1000 characters

// Cut between characters, never inside one.
std::string bounded(std::string value) {
  if (value.size() <= kMaxTextLength) return value;
  std::size_t end = kMaxTextLength;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0U) == 0x80U) --end;
  value.resize(end);
  return value + "…";
}

// IAM's code is a number.
std::string code_text(const Object& object, std::string_view name) {
  if (auto value = text(object, name)) return *value;
  if (const auto number = as<std::int64_t>(member(object, name))) return std::to_string(*number);
  return {};
}

bool read_shape(const Object& object, std::string_view code, std::string_view message, ServiceError& error) {
  error.code = code_text(object, code);
  error.message = text(object, message).value_or("");
  if (const auto detail = text(object, "error_detail"); detail && !detail->empty() && *detail != error.message) {
    error.message += error.message.empty() ? *detail : " (" + *detail + ")";
  }
  return !error.code.empty() || !error.message.empty();
}

bool read_shapes(const Object& object, ServiceError& error) {
  return read_shape(object, "error_code", "error_msg", error) || read_shape(object, "code", "message", error);
}

std::optional<std::int64_t> leading_number(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failure != std::errc{} || end == digits.data() || value < 0) return std::nullopt;
  return value;
}

// "… user over ratelimit,limit:100,time:1 minute"
std::optional<Duration> window_in(std::string_view message) {
  const std::size_t limit = message.find("limit:");
  const std::size_t at = message.find("time:", limit == std::string_view::npos ? 0 : limit);
  if (limit == std::string_view::npos || at == std::string_view::npos) return std::nullopt;
  std::string_view rest = message.substr(at + 5);
  const auto count = leading_number(rest);
  if (!count || *count > 86400) return std::nullopt;
  rest.remove_prefix(std::min(rest.find_first_not_of("0123456789 "), rest.size()));
  if (rest.starts_with("second")) return std::chrono::seconds(*count);
  if (rest.starts_with("minute")) return std::chrono::minutes(*count);
  if (rest.starts_with("hour")) return std::chrono::hours(*count);
  return std::nullopt;
}

}  // namespace

std::string request_id_of(const HttpResponse& response) {
  for (const std::string_view name : {"X-Request-Id", "X-IAM-Trace-Id"}) {
    if (const auto value = response.header(name); !value.empty()) return std::string(value.substr(0, kMaxTextLength));
  }
  simdjson::dom::parser parser;
  const auto object = answer_json::parse_object(parser, response.body);
  return object ? bounded(text(*object, "request_id").value_or("")) : std::string{};
}

ParsedError parse_error(const HttpResponse& response) {
  ParsedError out;
  ServiceError& error = out.error;
  simdjson::dom::parser parser;
  if (const auto object = answer_json::parse_object(parser, response.body)) {
    bool found = read_shapes(*object, error);
    for (auto field = object->begin(); !found && field != object->end(); ++field) {
      Object nested;
      if (field.value().get(nested) == simdjson::SUCCESS) found = read_shapes(nested, error);
    }
    out.has_code = response.complete && !text(*object, "error_code").value_or("").empty();
  } else if (!response.body.empty()) {
    const std::string_view type = response.header("Content-Type");
    error.message = fmt::format("an answer that is not the service's ({}, {})", type.empty() ? "of no type" : type,
                                plural(response.body.size(), "byte"));
  }
  if (error.message.empty()) error.message = "no text";
  error.status = response.status;
  error.code = bounded(std::move(error.code));
  error.message = bounded(std::move(error.message));
  error.request_id = request_id_of(response);
  return out;
}

std::string describe(const ServiceError& error) {
  std::string out = error.status == 0 ? std::string{} : std::to_string(error.status);
  // IAM's code repeats the status.
  if (!error.code.empty() && error.code != out) out += (out.empty() ? "" : " ") + escape_controls(error.code);
  if (!error.message.empty()) out += (out.empty() ? "" : ": ") + escape_controls(error.message);
  if (!error.request_id.empty()) out += fmt::format(" (request id {})", escape_controls(error.request_id));
  return out;
}

ServiceError no_answer(std::string why) {
  return {0, {}, std::move(why), {}};
}

std::optional<Duration> asked_wait(const HttpResponse& response) {
  const std::string_view header = response.header("Retry-After");
  if (!header.empty()) {
    if (std::all_of(header.begin(), header.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      const auto seconds = leading_number(header);
      if (seconds) return std::chrono::seconds(std::min<std::int64_t>(*seconds, 365LL * 86400));
    }
    const auto then = parse_http_date(header);
    const auto now = parse_http_date(response.header("Date"));
    if (then && now) return std::max(std::chrono::seconds(0), *then - *now);
  }
  return window_in(parse_error(response).error.message);
}

}  // namespace gild
