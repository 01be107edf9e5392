// SPDX-License-Identifier: Apache-2.0
#include "engine/store/s3/s3_lock.hpp"

#include <algorithm>
#include <limits>

#include <unistd.h>

#include "engine/core/error.hpp"
#include "engine/core/json_reader.hpp"
#include "engine/core/json_writer.hpp"

namespace gild {
namespace {

constexpr std::string_view kFormat = "gild.s3-lock/1";

}  // namespace

std::string s3_lock_key(const std::string& key) {
  return key + ".lock";
}

LockHolder read_s3_lock(const S3Object& object) {
  LockHolder holder;
  holder.hold = LockHold::lease;
  holder.seen = object.modified;
  try {
    JsonParser parser;
    const JsonValue json = parser.parse(object.body, "the lock");
    holder.id = json.string("id");
    holder.user = json.string("user");
    holder.host = json.string("host");
    holder.pid = json.integer("pid", 0, std::numeric_limits<std::int64_t>::max());
    holder.command = json.string("command");
    holder.since = parse_time(json.string("since")).value_or(Time{});
  } catch (const Error&) {
    // Somebody else's object, or a newer gild's: it locks all the same, and can be taken away by this id.
    holder.id = object.etag;
    std::erase(holder.id, '"');
    holder.user = "somebody";
    holder.command = "something that is no lock of this gild";
    holder.since = object.modified.value_or(Time{});
  }
  return holder;
}

bool is_stale(const S3Object& lock) {
  if (!lock.modified || !lock.date || *lock.date - *lock.modified < kS3LockLife) return false;
  try {
    JsonParser parser;
    return !parser.parse(lock.body, "the lock").boolean("keep");
  } catch (const Error&) {
    // Nobody knows what it means to somebody else.
    return false;
  }
}

S3Lock::S3Lock(S3Client& client, Clock& clock, const Began& who, std::string id)
    : client_(client), clock_(clock), key_(s3_lock_key(client.settings().key)), gild_version_(who.gild_version) {
  holder_.id = std::move(id);
  holder_.user = who.user;
  holder_.host = who.host;
  holder_.pid = ::getpid();
  holder_.command = who.command;
  holder_.since = clock.now();
  last_beat_ = clock.instant();
}

std::string S3Lock::body() const {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("format", kFormat);
  json.field("id", holder_.id);
  json.field("user", holder_.user);
  json.field("host", holder_.host);
  json.field("pid", holder_.pid);
  json.field("command", holder_.command);
  json.field("since", format_time(holder_.since));
  json.field("gild_version", gild_version_);
  json.field("beats", beats_);  // so that each sign of life has an ETag of its own
  json.field("keep", keep_);
  json.end_object();
  return text;
}

bool S3Lock::beat_is_due() const {
  return clock_.instant() - last_beat_ >= kS3LockBeat;
}

bool S3Lock::beat() {
  const std::optional<S3Object> found = client_.get(key_);
  if (!found || read_s3_lock(*found).id != holder_.id) return false;
  ++beats_;
  if (!client_.swap(key_, body(), found->etag)) return false;
  taken();
  return true;
}

void S3Lock::keep() {
  keep_ = true;
  static_cast<void>(beat());
}

void S3Lock::release() {
  const std::optional<S3Object> found = client_.get(key_);
  if (found && read_s3_lock(*found).id == holder_.id) client_.remove(key_, found->etag);
}

}  // namespace gild
