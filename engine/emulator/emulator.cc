// SPDX-License-Identifier: Apache-2.0
#include "engine/emulator/emulator.hpp"

#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/json_writer.hpp"
#include "engine/emulator/certificates.hpp"
#include "engine/emulator/emulated_service.hpp"
#include "engine/emulator/https_server.hpp"

namespace gild {
namespace {

namespace fs = std::filesystem;
using namespace emulator;

// Lively enough to watch, slow enough to see something under way.
constexpr Duration kJobMin{3'000};
constexpr Duration kJobMax{12'000};

ServiceInstant real_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw IoError(path, "open", errno);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) throw IoError(path, "read", errno);
  return text;
}

// The folder for the certificates; a temporary one goes with its owner.
class Folder {
 public:
  explicit Folder(const std::optional<std::string>& wanted) : temporary_(!wanted) {
    if (wanted) {
      path_ = fs::absolute(*wanted);
      std::error_code error;
      fs::create_directories(path_, error);
      if (error) throw IoError(path_.string(), "create", error.value());
      return;
    }
    std::string name = (fs::temp_directory_path() / "gild-emulator-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw IoError(name, "create", errno);
    path_ = name;
  }
  ~Folder() { remove(); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const fs::path& path() const { return path_; }
  void remove() {
    if (!temporary_) return;
    std::error_code ignored;  // nothing depends on it, and there is nobody to tell
    fs::remove_all(path_, ignored);
    temporary_ = false;
  }

 private:
  fs::path path_;
  bool temporary_;
};

EmulatedService make_service(const EmulatorOptions& options) {
  const ServiceInstant now = real_now();
  ServiceKnobs knobs;
  knobs.job_min = kJobMin;
  knobs.job_max = kJobMax;
  ServiceModel model(static_cast<std::uint64_t>(now.time_since_epoch().count()), knobs);
  model.advance_to(now);
  Tenant tenant;
  if (options.inventory) {
    tenant = load_inventory(read_file(*options.inventory), *options.inventory, model);
  } else {
    load_default_inventory(model);
  }
  EmulatedService service(std::move(model), make_account(tenant.project_id, tenant.region), now);
  if (options.faults) service.load_faults(read_file(*options.faults), *options.faults, now);
  service.set_job_duration(options.job_min, options.job_max);
  return service;
}

}  // namespace

class Emulator::Impl {
 public:
  explicit Impl(const EmulatorOptions& options)
      : address_(parse_listen_address(options.listen)),
        service_(make_service(options)),
        folder_(options.dir),
        files_(make_certificates(folder_.path(), address_.loopback || address_.any
                                                     ? std::vector<std::string>{}
                                                     : std::vector<std::string>{address_.host})),
        server_(address_, files_, [this](const Request& request) {
          const std::lock_guard lock(mutex_);
          return service_.answer(request, real_now());
        }) {}

  std::string ready_line() const {
    const bool v6 = address_.host.find(':') != std::string::npos;
    std::string host = address_.host;
    if (address_.any) host = v6 ? "::1" : "127.0.0.1";  // who listens everywhere is reached by the loopback address
    if (v6) host = "[" + host + "]";
    const std::string endpoint = fmt::format("https://{}:{}", host, server_.port());
    const Account& account = service_.account();
    std::string line;
    JsonWriter json(line);
    json.begin_object();
    json.field("endpoint", endpoint);
    json.field("iam_endpoint", endpoint);
    json.field("ca_file", files_.ca.string());
    json.field("project_id", account.project_id);
    json.field("access_key", account.access_key);
    json.field("secret_key", account.secret_key);
    json.field("token", account.token);
    json.field("user", account.user);
    json.field("password", account.password);
    json.field("domain", account.domain);
    json.end_object();
    return line;
  }

  void stop() {
    server_.stop();
    folder_.remove();
  }

 private:
  ListenAddress address_;
  std::mutex mutex_;  // of service_
  EmulatedService service_;
  Folder folder_;
  CertificateFiles files_;
  HttpsServer server_;
};

Emulator::Emulator(const EmulatorOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Emulator::~Emulator() = default;

std::string Emulator::ready_line() const {
  return impl_->ready_line();
}

void Emulator::wait(std::stop_token stop) const {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, std::move(stop), [] { return false; });
}

void Emulator::stop() {
  impl_->stop();
}

}  // namespace gild
