// SPDX-License-Identifier: Apache-2.0
// A certificate authority for one run of the emulator, and the server certificate that it signs. The authority's key is
// never written and is forgotten at once, so that nothing else can ever be signed with it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gild::emulator {

struct CertificateFiles {
  std::filesystem::path ca;     // what a client trusts
  std::filesystem::path chain;  // the server's certificate
  std::filesystem::path key;    // mode 0600
};

// Writes ca.pem, server.pem and server.key into `folder`, in place of older ones. The certificate is good for
// localhost, 127.0.0.1, ::1 and `more_addresses`. Throws Error(storage).
CertificateFiles make_certificates(const std::filesystem::path& folder, const std::vector<std::string>& more_addresses);

}  // namespace gild::emulator
