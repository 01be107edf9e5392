// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/remote_document.hpp"

#include <fmt/format.h>

#include "engine/codec/document.hpp"
#include "engine/codec/journal_codec.hpp"
#include "engine/codec/model_json.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/core/error.hpp"

namespace gild {
namespace {

constexpr std::string_view kFormat = "gild.remote/1";

}  // namespace

std::string write_remote_document(const RemoteDocument& document, std::string_view gild_version) {
  std::string state = write_state(document.state, gild_version);
  state.pop_back();  // the line break
  std::string out;
  out.reserve(state.size() + document.journal.size() * 500 + 500);
  JsonWriter json(out, 2);
  json.begin_object();
  json.field("format", kFormat);
  json.field("serial", document.state.serial);
  json.field("lineage", document.state.lineage);
  json.field("gild_version", gild_version);
  json.key("state");
  json.raw(state);
  json.key("journal");
  json.begin_array();
  for (const JournalRecord& record : document.journal) json.raw(write_record(record));
  json.end_array();
  json.end_object();
  return out + "\n";
}

RemoteDocument read_remote_document(std::string_view text, std::string_view name) {
  Document document(text, name);
  expect_format(document.peek("format"), "gild.remote", name, document.peek("gild_version"));
  const auto as_text = [](const JsonValue& value) { return std::string(value.as_string()); };
  document.member("format", as_text);
  const auto serial =
      document.member("serial", [](const JsonValue& value) { return value.as_integer(0, kMaxJsonInteger); });
  const std::string lineage = document.member("lineage", as_text);
  document.member("gild_version", as_text);
  RemoteDocument remote;
  remote.state = read_state(document.text_of("state"), fmt::format("{}: state", name));
  document.list("journal", [&](const JsonValue& value) { remote.journal.push_back(read_record(value)); });
  document.finish();
  if (remote.state.serial != serial || remote.state.lineage != lineage) {
    throw Error(ErrorKind::input,
                fmt::format("{}: serial and lineage at the top are not those of the state in it", name),
                "gild never writes a document like that; somebody has edited it.");
  }
  return remote;
}

void trim_journal(std::vector<JournalRecord>& journal, std::size_t bytes) {
  std::size_t kept = journal.size();
  for (std::size_t sum = 0; kept > 0; --kept) {
    sum += write_record(journal[kept - 1]).size();
    if (sum > bytes) break;
  }
  journal.erase(journal.begin(), journal.begin() + static_cast<std::ptrdiff_t>(kept));
}

}  // namespace gild
