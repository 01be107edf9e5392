// SPDX-License-Identifier: Apache-2.0
// The lock of a state in a bucket: the object KEY.lock, made with If-None-Match: * and removed at the end. Its holder
// writes it anew about once a minute; where that stops for ten minutes, by the store's own clock, the next run takes it
// over. What keeps that safe is not this object but the journal's numbers (s3_journal.hpp).
#pragma once

#include <optional>
#include <string>

#include "engine/model/journal_record.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/state_store.hpp"
#include "engine/store/s3/s3_client.hpp"

namespace gild {

inline constexpr Duration kS3LockBeat = std::chrono::minutes{1};
inline constexpr std::chrono::seconds kS3LockLife = std::chrono::minutes{10};

std::string s3_lock_key(const std::string& key);
// Of whoever wrote that object; where it is no lock of gild's, its ETag is the id.
LockHolder read_s3_lock(const S3Object& object);
// It has shown no sign of life for so long that it may be taken over, and its holder did not say that it must not.
bool is_stale(const S3Object& lock);

class S3Lock {
 public:
  S3Lock(S3Client& client, Clock& clock, const Began& who, std::string id);

  const std::string& id() const { return holder_.id; }
  const std::string& key() const { return key_; }
  // As it is made: the first sign of life.
  std::string body() const;

  // Writes the sign of life; false where the lock is somebody else's, or gone. Throws where the store does not answer.
  bool beat();
  bool beat_is_due() const;
  // Gives it back where it is ours. Throws like the client.
  void release();
  // Ours is to stay until a person takes it away, however long that is. Throws like the client.
  void keep();
  // From now on the sign of life is this old.
  void taken() { last_beat_ = clock_.instant(); }

 private:
  S3Client& client_;
  Clock& clock_;
  std::string key_;
  LockHolder holder_;
  std::string gild_version_;
  std::int64_t beats_ = 0;
  bool keep_ = false;
  Instant last_beat_;
};

}  // namespace gild
