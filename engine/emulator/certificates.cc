// SPDX-License-Identifier: Apache-2.0
#include "engine/emulator/certificates.hpp"

#include <cerrno>
#include <memory>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/core/error.hpp"

namespace gild::emulator {
namespace {

constexpr long kBeforeNow = -24L * 3600;  // somebody's clock may be behind
constexpr long kValid = 30L * 24 * 3600;

template <auto Free>
struct Freeing {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freeing<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freeing<X509_EXTENSION_free>>;
using Buffer = std::unique_ptr<BIO, Freeing<BIO_free_all>>;

void check(bool worked) {
  if (!worked) throw Error(ErrorKind::storage, "The emulator's certificates cannot be made: OpenSSL refused a step.");
}

Key new_key() {
  Key key(EVP_EC_gen("P-256"));
  check(key != nullptr);
  return key;
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  check(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

// Everything but the extensions and the signature.
Certificate new_certificate(EVP_PKEY* key, const std::string& name, X509* issuer) {
  Certificate certificate(X509_new());
  check(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  std::uint64_t serial = 0;
  check(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  check(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1) == 1);
  check(X509_gmtime_adj(X509_getm_notBefore(certificate.get()), kBeforeNow) != nullptr);
  check(X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kValid) != nullptr);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  check(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.data()),
                                   static_cast<int>(name.size()), -1, 0) == 1);
  check(X509_set_issuer_name(certificate.get(), issuer != nullptr ? X509_get_subject_name(issuer) : subject) == 1);
  check(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

void sign(X509* certificate, EVP_PKEY* key) {
  check(X509_sign(certificate, key, EVP_sha256()) > 0);
}

template <class Write>
std::string pem(Write write) {
  const Buffer buffer(BIO_new(BIO_s_mem()));
  check(buffer != nullptr && write(buffer.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(buffer.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

void write_file(const std::filesystem::path& path, std::string_view text, mode_t mode) {
  // Anew, so that the mode is ours from the first byte on and no link leads elsewhere.
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw IoError(path, "replace", errno);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) throw IoError(path, "create", errno);
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      ::close(file);
      throw IoError(path, "write", error);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::close(file) != 0) throw IoError(path, "write", errno);
}

std::string certificate_pem(X509* certificate) {
  return pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

}  // namespace

CertificateFiles make_certificates(const std::filesystem::path& folder,
                                   const std::vector<std::string>& more_addresses) {
  const Key ca_key = new_key();
  const Certificate ca = new_certificate(ca_key.get(), "gild emulator, this run only", nullptr);
  add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
  sign(ca.get(), ca_key.get());

  const Key key = new_key();
  const Certificate server = new_certificate(key.get(), "localhost", ca.get());
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  for (const std::string& address : more_addresses) names += ",IP:" + address;
  add_extension(server.get(), ca.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(server.get(), ca.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(server.get(), ca.get(), NID_ext_key_usage, "serverAuth");
  add_extension(server.get(), ca.get(), NID_subject_alt_name, names);
  add_extension(server.get(), ca.get(), NID_authority_key_identifier, "keyid");
  sign(server.get(), ca_key.get());

  CertificateFiles files{folder / "ca.pem", folder / "server.pem", folder / "server.key"};
  write_file(files.ca, certificate_pem(ca.get()), 0644);
  write_file(files.chain, certificate_pem(server.get()), 0644);
  write_file(files.key, pem([&](BIO* out) {
               return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
             }),
             0600);
  return files;
}

}  // namespace gild::emulator
