// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "engine/config/document_readers.hpp"
#include "engine/config/endpoint.hpp"
#include "engine/config/local_path.hpp"
#include "engine/core/url.hpp"

namespace gild {
namespace {

constexpr std::array<std::string_view, 10> kKeys = {
    "region",  "project_id",     "endpoint",     "iam_endpoint",  "credentials",
    "ca_file", "settle_seconds", "poll_seconds", "max_in_flight", "requests_per_minute"};
constexpr std::array<Block::Hint, 7> kHints = {{
    {"reads", "It belongs under \"requests_per_minute\"."},
    {"writes", "It belongs under \"requests_per_minute\"."},
    {"access_key", "Secrets never stand in a manifest; they come from the environment, in HW_ACCESS_KEY."},
    {"secret_key", "Secrets never stand in a manifest; they come from the environment, in HW_SECRET_KEY."},
    {"security_token", "Secrets never stand in a manifest; they come from the environment, in HW_SECURITY_TOKEN."},
    {"token", "Secrets never stand in a manifest; they come from the environment, in HW_AUTH_TOKEN."},
    {"password", "Secrets never stand in a manifest; they come from the environment, in HW_USER_PASSWORD."},
}};
constexpr Block kWorkspace{"a workspace", "workspace", kKeys, kHints};

constexpr std::array<std::string_view, 2> kRateKeys = {"reads", "writes"};
constexpr Block kRates{"requests_per_minute", "requests_per_minute", kRateKeys};

constexpr int kLeastSettleSeconds = 600;  // contract 3
constexpr std::size_t kLongestEndpoint = 300;

// cn-north-4, my-kualalumpur-1: one label of a host name. No closed list; new regions appear (W 7.5).
bool is_region(std::string_view text) {
  if (text.front() < 'a' || text.front() > 'z' || text.back() == '-') return false;
  return is_name(text) && text.find("--") == std::string_view::npos;
}

constexpr TextRule kRegionRule{is_region, 63,
                               "Write it like ap-southeast-1: words of a-z and 0-9 with - between them."};
constexpr TextRule kProjectRule{is_word, kMaxIdLength, "A project id has 1 to 255 letters, digits, _ and -."};
constexpr TextRule kCredentialsRule{
    is_name, 63, "Write 1 to 63 characters of a-z, 0-9 and -; with \"prod\", HW_PROD_ACCESS_KEY is read first."};

std::optional<std::string> read_endpoint(const ReadContext& context, const Field& field) {
  const auto text = read_any_text(context, field);
  if (!text) return std::nullopt;
  auto problem = text->size() > kLongestEndpoint ? std::optional<std::string>{"An endpoint has 300 characters at most."}
                                                 : find_endpoint_problem(*text);
  if (!problem) return std::string{*text};
  context.error("bad-endpoint", "Endpoint that cannot be used", std::move(*problem), field.value);
  return std::nullopt;
}

std::optional<std::string> read_ca_file(const DocumentContext& context, const Field& field) {
  static constexpr TextRule kRule{[](std::string_view) { return true; }, 1024,
                                  "Write a path beside or below the manifest."};
  const auto text = read_text(context.read, field, kRule);
  if (!text) return std::nullopt;
  auto problem = find_local_path_problem(*text);
  std::string path = beside(context.manifest_path, *text);
  RealFolders folders;
  if (!problem && !stays_beside(context.manifest_path, path, folders)) {
    problem = fmt::format("{} is a symbolic link to outside the manifest's folder. Put the file itself there.",
                          in_quotes(*text));
  }
  if (!problem) return path;
  context.read.error("bad-path", "Path that is not allowed", std::move(*problem), field.value);
  return std::nullopt;
}

void read_rates(const ReadContext& context, const Field& field, RequestRates& rates) {
  static constexpr IntegerRule kRule{1, 60000, "requests a minute"};
  const FieldReader reader{context, field.value, kRates};
  if (const auto reads = reader.find("reads")) rates.reads = read_integer(context, *reads, kRule).value_or(rates.reads);
  if (const auto writes = reader.find("writes"))
    rates.writes = read_integer(context, *writes, kRule).value_or(rates.writes);
}

// Waiting less before a lost request counts as not received is for tests against this machine only: with the real
// service it could wipe a disk twice.
void check_settle(const ReadContext& context, const Field& field, int seconds, bool loopback) {
  if (loopback || seconds >= kLeastSettleSeconds) return;
  context.error("out-of-range", "Number out of range",
                fmt::format("\"settle_seconds\" is at least {} for a real service: sooner it cannot be told whether a "
                            "request whose answer was lost is still being carried out. Less is allowed only where "
                            "\"endpoint\" is a loopback address.",
                            kLeastSettleSeconds),
                field.value);
}

}  // namespace

void read_workspace(const DocumentContext& context, const Field& spec, Workspace& out) {
  const ReadContext& read = context.read;
  const FieldReader reader{read, spec.value, kWorkspace};
  const Place owner = read.place(spec.key);
  if (const auto field = reader.require("region", owner))
    out.region = read_text(read, *field, kRegionRule).value_or("");
  if (const auto field = reader.require("project_id", owner)) {
    out.project_id = read_text(read, *field, kProjectRule).value_or("");
  }
  out.endpoint = fmt::format("https://workspace.{}.myhuaweicloud.com", out.region);
  out.iam_endpoint = fmt::format("https://iam.{}.myhuaweicloud.com", out.region);
  bool loopback = false;
  if (const auto field = reader.find("endpoint")) {
    const auto endpoint = read_endpoint(read, *field);
    loopback = !endpoint || is_on_loopback(*endpoint);  // a bad endpoint has its complaint already
    if (endpoint) out.endpoint = *endpoint;
  }
  if (const auto field = reader.find("iam_endpoint")) out.iam_endpoint = read_endpoint(read, *field).value_or("");
  if (const auto field = reader.find("credentials")) out.credentials = read_text(read, *field, kCredentialsRule);
  if (const auto field = reader.find("ca_file")) out.ca_file = read_ca_file(context, *field);
  if (const auto field = reader.find("settle_seconds")) {
    if (const auto seconds = read_integer(read, *field, {1, 604800, "seconds"})) {
      out.settle = std::chrono::seconds{*seconds};
      check_settle(read, *field, *seconds, loopback);
    }
  }
  if (const auto field = reader.find("poll_seconds")) {
    if (const auto thousandths = read_thousandths(read, *field, {0, 3600, "seconds"}))
      out.poll = Duration{*thousandths};
  }
  if (const auto field = reader.find("max_in_flight")) {
    out.max_in_flight = read_integer(read, *field, {1, 1'000'000, "desktops"}).value_or(out.max_in_flight);
  }
  if (const auto field = reader.find_mapping("requests_per_minute")) read_rates(read, *field, out.requests_per_minute);
}

}  // namespace gild
