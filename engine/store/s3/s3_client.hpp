// SPDX-License-Identifier: Apache-2.0
// The few calls of the S3 protocol that a state needs, each with what an answer, or the lack of one, means. Knows
// nothing of what an object holds.
//
// A reply that got lost is never answered by believing or by repeating on hope: creating an object is settled by
// reading it back, and it is ours where its bytes are. What calls create() makes sure that nobody else writes the same.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/core/secret.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/transport.hpp"
#include "engine/store/http_answer.hpp"
#include "engine/store/s3/s3_settings.hpp"

namespace gild {

struct S3Object {
  std::string body;
  std::string etag;
  std::optional<Time> modified;                 // by the store's clock, as is
  std::optional<Time> date;                     // the time of this answer
  std::map<std::string, std::string> metadata;  // names in lower case, without x-amz-meta-
};

class S3Client {
 public:
  using Metadata = std::vector<std::pair<std::string, std::string>>;

  S3Client(S3Settings settings, std::unique_ptr<Transport> transport, Clock& clock);

  const S3Settings& settings() const { return settings_; }

  // All of these throw Error(storage) where it cannot be found out what is so, after a bounded number of tries.

  // nullopt where there is no such object.
  std::optional<S3Object> get(const std::string& key);
  // In the order of their names, all pages; those behind `after`.
  std::vector<std::string> list(const std::string& prefix, const std::string& after);
  // Makes an object where there is none. nullopt: it is there with these bytes; else what is there instead. Throws
  // Error(refused) where the server does not know conditions.
  std::optional<S3Object> create(const std::string& key, const std::string& body);
  // Tries to make an object that is there already, with the same bytes: false where the server lets that happen, and
  // so has no condition that holds.
  bool refuses_to_create_again(const std::string& key, const std::string& body);
  void put(const std::string& key, const std::string& body, const Metadata& metadata = {});
  // Puts these bytes in the place of what was read as `etag`; false where it is no longer there. A server that knows no
  // such condition does it in any case.
  bool swap(const std::string& key, const std::string& body, const std::string& etag);
  // Removes what was read as `etag`, and nothing else where the server knows that condition.
  void remove(const std::string& key, const std::string& etag);

 private:
  struct Call {
    std::string method;
    std::string key;  // empty: the bucket itself
    Query query{};
    std::vector<std::pair<std::string, std::string>> headers{};
    const std::string* body = nullptr;
    std::string payload_sha256{};
  };
  struct Answer : HttpAnswer {
    std::string code;  // S3's word for an error, "NoSuchKey"
    std::string message;
  };
  Answer send(Call& call);
  Answer send_once(Call& call);
  // Waits before try `number` (from 1); false where there are no more.
  bool wait_to_retry(int number, const Answer& last);
  bool conditions_unknown(const Answer& answer) const;
  [[noreturn]] void fail(const std::string& what, const Answer& answer) const;

  S3Settings settings_;
  std::unique_ptr<Transport> transport_;
  Clock& clock_;
  Redactor redactor_;
  std::chrono::seconds ahead_{0};  // the store's clock, of ours
};

// What a store without conditional writes is told.
Error without_conditions(const S3Settings& settings);

}  // namespace gild
