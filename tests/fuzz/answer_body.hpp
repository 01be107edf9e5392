// SPDX-License-Identifier: Apache-2.0
// What has to hold for each decoder of a service answer: the same document in another spelling means the same, members
// that nobody knows change nothing, a document that was cut off means nothing, and what cannot be read is the service's
// fault and nobody else's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <simdjson.h>

#include "tests/fuzz/fuzz.hpp"

namespace gild::fuzz {

// Writes a document once more: without white space and nulls, with other escapes, and with a member in each object that
// no decoder knows.
class Respelling {
 public:
  std::string text(simdjson::dom::element root) {
    out_.clear();
    write(root);
    return std::move(out_);
  }

 private:
  void write(simdjson::dom::element value) {
    using Type = simdjson::dom::element_type;
    switch (value.type()) {
      case Type::OBJECT:
        return write_object(value);
      case Type::ARRAY:
        return write_list(value);
      case Type::STRING:
        return write_string(std::string_view(value));
      case Type::BOOL:
        out_ += bool(value) ? "true" : "false";
        return;
      case Type::NULL_VALUE:
        out_ += "null";
        return;
      case Type::INT64:
        out_ += std::to_string(std::int64_t(value));
        return;
      case Type::UINT64:
        out_ += std::to_string(std::uint64_t(value));
        return;
      case Type::DOUBLE:
        out_ += fmt::format("{:.17e}", double(value));  // never spelled as an integer
        return;
    }
  }
  void write_object(simdjson::dom::object object) {
    // In lists only at the top: what is nested as deep as a document may be is still so afterwards.
    out_ += out_.empty() ? R"({"nobody knows this":[{"id":0,"desktop_id":0}])" : R"({"nobody knows this":0)";
    for (const auto member : object) {
      if (member.value.is_null()) continue;
      out_ += ',';
      write_string(member.key);
      out_ += ':';
      write(member.value);
    }
    out_ += '}';
  }
  void write_list(simdjson::dom::array list) {
    char before = '[';
    for (const simdjson::dom::element item : list) {
      out_ += before;
      write(item);
      before = ',';
    }
    out_ += before == '[' ? "[]" : "]";
  }
  void write_string(std::string_view value) {
    out_ += '"';
    for (const char c : value) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x80) {
        out_ += fmt::format("\\u{:04X}", byte);
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }

  std::string out_;
};

// `decode(body)` returns what a decoder made of it, as text, or throws.
template <class Decode>
std::optional<std::string> decoded(std::string_view body, Decode decode) {
  try {
    return decode(body);
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::service, "an answer that cannot be read is the service's", error.what());
  }
  return std::nullopt;
}

// `check(document, text)`, where the body is a JSON object that the decoder took, compares with the document itself;
// its members are without nulls.
template <class Decode, class Check>
void check_decoder(std::string_view body, Decode decode, Check check) {
  const std::optional<std::string> meant = decoded(body, decode);
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS || !root.is_object()) {
    require(!meant, "what is not a JSON object means nothing", meant.value_or(""));
    return;
  }
  const std::string respelled = Respelling{}.text(root);
  const std::optional<std::string> again = decoded(respelled, decode);
  require(meant.has_value() == again.has_value(), "another spelling is taken or refused alike", respelled);
  if (meant) require_same(*meant, *again, "another spelling means the same");
  for (const std::size_t length : {respelled.size() - 1, respelled.size() / 2, respelled.size() / 3}) {
    require(!decoded(std::string_view(respelled).substr(0, length), decode), "half a document means nothing",
            respelled);
  }
  if (!meant) return;
  simdjson::dom::parser parser_of_respelled;
  check(simdjson::dom::object(parser_of_respelled.parse(respelled)));
}

// The string of that name; "" where there is none.
inline std::string_view string_in(simdjson::dom::object object, std::string_view name) {
  std::string_view value;
  return object.at_key(name).get(value) == simdjson::SUCCESS ? value : std::string_view{};
}

// Such a field decides something, so its type must be right: a decoder that took the document with another is wrong.
inline void require_string(simdjson::dom::object object, std::string_view name, std::string_view read) {
  simdjson::dom::element value;
  if (object.at_key(name).get(value) == simdjson::SUCCESS) {
    require(value.is_string(), "a field on which something hangs is a string", name);
  }
  require_same(string_in(object, name), read, name);
}

inline void require_total(simdjson::dom::object document, const std::optional<std::int64_t>& total) {
  simdjson::dom::element value;
  const bool given = document.at_key("total_count").get(value) == simdjson::SUCCESS;
  require(given == total.has_value(), "the total is read where there is one");
  if (given) require(value.is_int64() && std::int64_t(value) == *total && *total >= 0, "the total is what was written");
}

}  // namespace gild::fuzz
