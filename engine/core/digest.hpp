// SPDX-License-Identifier: Apache-2.0
// SHA-256 over bytes that somebody else made canonical, the checksum of journal records, and what protocols ask for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gild {

// Lower-case hexadecimal, 64 characters.
std::string sha256_hex(std::string_view bytes);
// The same of text that comes in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  // To be called once, last.
  std::string finish_hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};
// The 32 bytes of HMAC-SHA256, by which requests are signed.
std::string hmac_sha256(std::string_view key, std::string_view message);
std::string hex(std::string_view bytes);  // lower case
// The 16 bytes of MD5: `Content-MD5` asks for it, nothing here relies on it.
std::string md5(std::string_view bytes);
std::string base64(std::string_view bytes);
// CRC-32C (Castagnoli) of the bytes; guards a journal record against tearing, not against an attacker.
std::uint32_t crc32c(std::string_view bytes);
// The same where the processor has no instruction for it.
std::uint32_t crc32c_by_tables(std::string_view bytes);

}  // namespace gild
