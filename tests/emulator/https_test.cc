// SPDX-License-Identifier: Apache-2.0
// The emulator as a client meets it: over HTTPS, with a client that is none of gild's.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <Poco/Net/AcceptCertificateHandler.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include "engine/core/error.hpp"
#include "engine/core/json_reader.hpp"
#include "engine/emulator/emulator.hpp"
#include "engine/emulator/https_server.hpp"

using namespace gild;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace net = Poco::Net;

namespace {

// A folder of the test's own.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (fs::temp_directory_path() / "gild-emulator-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TempFolder() { fs::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct Ready {
  explicit Ready(const std::string& line) {
    JsonParser parser;
    parser.parse(line, "the ready line").for_each_member([&](std::string_view key, const JsonValue& value) {
      keys.emplace_back(key);
      values[std::string(key)] = value.as_string();
    });
  }
  const std::string& operator[](const std::string& key) const { return values.at(key); }
  std::vector<std::string> keys;
  std::map<std::string, std::string> values;
};

struct Reply {
  int status = 0;
  std::string body;
  std::int64_t content_length = 0;
  std::string request_id;
};

class Client {
 public:
  explicit Client(const Ready& ready, const std::string& ca_file = {})
      : ready_(ready), uri_(ready["endpoint"]), context_(trusting(ca_file.empty() ? ready["ca_file"] : ca_file)) {}

  Reply call(const std::string& method, const std::string& target, const std::string& body = {}) {
    net::HTTPSClientSession session(uri_.getHost(), uri_.getPort(), context_);
    session.setTimeout(Poco::Timespan(20, 0));
    net::HTTPRequest request(method, target, net::HTTPMessage::HTTP_1_1);
    request.set("X-Auth-Token", ready_["token"]);
    request.setContentLength(static_cast<std::streamsize>(body.size()));
    session.sendRequest(request) << body << std::flush;
    net::HTTPResponse response;
    Reply reply;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), reply.body);
    reply.status = response.getStatus();
    reply.content_length = response.getContentLength64();
    reply.request_id = response.get("X-Request-Id", "");
    return reply;
  }
  Reply get(const std::string& path) { return call("GET", fmt::format("/v2/{}/{}", ready_["project_id"], path)); }
  Reply rebuild(const std::string& id, const std::string& image) {
    return call("POST", fmt::format("/v2/{}/desktops/rebuild", ready_["project_id"]),
                fmt::format(R"({{"desktop_ids":["{}"],"image_type":"private","image_id":"{}"}})", id, image));
  }

 private:
  static net::Context::Ptr trusting(const std::string& ca_file) {
    net::Context::Params parameters;
    parameters.caLocation = ca_file;
    parameters.loadDefaultCAs = false;
    parameters.verificationMode = net::Context::VERIFY_STRICT;  // the host name is checked on loopback too
    return new net::Context(net::Context::TLS_CLIENT_USE, parameters);
  }

  const Ready& ready_;
  Poco::URI uri_;
  net::Context::Ptr context_;
};

constexpr const char* kInventory = R"({
  "images": [{"name": "old", "id": "img-1"}, {"name": "new", "id": "img-2"}],
  "desktops": [{"name": "a", "id": "desk-a", "image": "old"}, {"name": "b", "id": "desk-b", "image": "old"}]
})";

EmulatorOptions with_inventory(const TempFolder& folder, const std::string& faults = {}) {
  EmulatorOptions options;
  options.inventory = folder.file("inventory.json", kInventory);
  if (!faults.empty()) options.faults = folder.file("faults.json", faults);
  options.job_min = options.job_max = Duration{0};
  return options;
}

std::string message_of(const EmulatorOptions& options) {
  try {
    const Emulator emulator(options);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("the ready line has all that a client needs, in its order", "[https]") {
  const Emulator emulator({});
  CHECK(emulator.ready_line().find('\n') == std::string::npos);
  const Ready ready(emulator.ready_line());
  CHECK(ready.keys == std::vector<std::string>{"endpoint", "iam_endpoint", "ca_file", "project_id", "access_key",
                                               "secret_key", "token", "user", "password", "domain"});
  CHECK(ready["endpoint"].starts_with("https://127.0.0.1:"));
  CHECK(ready["iam_endpoint"] == ready["endpoint"]);
  CHECK(ready["project_id"] == "0123456789abcdef0123456789abcdef");
}

TEST_CASE("a desktop is rebuilt over the wire", "[https]") {
  const TempFolder folder;
  const Emulator emulator(with_inventory(folder));
  const Ready ready(emulator.ready_line());
  Client client(ready);
  const Reply accepted = client.rebuild("desk-a", "img-2");
  CHECK(accepted.status == 200);
  CHECK(accepted.body.starts_with("{\"job_id\":\""));
  CHECK(accepted.request_id.size() == 32);
  const Reply detail = client.get("desktops/detail?desktop_id=desk-a");  // its job takes no time at all
  CHECK(detail.body.find("\"metering.image_id\":\"img-2\"") != std::string::npos);
  const Reply record = client.call("GET", "/emulator/record");
  CHECK(record.body.find("\"desktop_id\":\"desk-a\"") != std::string::npos);
  CHECK(record.body.find("\"rebuild\":1") != std::string::npos);
  CHECK(client.get("desktops/desk-c").status == 404);
}

TEST_CASE("the server proves itself by its own authority and by no other", "[https]") {
  const Emulator emulator({});
  const Emulator other({});
  const Ready ready(emulator.ready_line());
  Client trusting_another(ready, Ready(other.ready_line())["ca_file"]);
  CHECK_THROWS_AS(trusting_another.get("desktops"), net::SSLException);
  CHECK(Client(ready).get("desktops").status == 200);
}

TEST_CASE("the certificate holds for every name of this machine's loopback", "[https]") {
  const Emulator emulator({});
  Ready ready(emulator.ready_line());
  const std::string port = ready["endpoint"].substr(ready["endpoint"].rfind(':'));
  ready.values["endpoint"] = "https://localhost" + port;
  CHECK(Client(ready).get("desktops").status == 200);
}

TEST_CASE("IPv6 loopback is served where the machine has it", "[https]") {
  EmulatorOptions options;
  options.listen = "[::1]:0";
  std::optional<Emulator> emulator;
  try {
    emulator.emplace(options);
  } catch (const Error&) {
    WARN("this machine has no ::1");
    return;
  }
  const Ready ready(emulator->ready_line());
  CHECK(ready["endpoint"].starts_with("https://[::1]:"));
  CHECK(Client(ready).get("desktops").status == 200);
}

TEST_CASE("an answer can break off, and a connection can end without one", "[https]") {
  const TempFolder folder;
  const Emulator emulator(with_inventory(folder, R"({"faults": [
    {"on": "rebuild", "nth": 1, "fault": "lost_after"}, {"on": "rebuild", "nth": 2, "fault": "reset"},
    {"on": "rebuild", "nth": 3, "fault": "lost_before"}, {"on": "images", "fault": "half"}
  ]})"));
  const Ready ready(emulator.ready_line());
  Client client(ready);
  CHECK_THROWS_AS(client.rebuild("desk-a", "img-2"), Poco::Exception);
  CHECK_THROWS_AS(client.rebuild("desk-a", "img-2"), Poco::Exception);
  CHECK_THROWS_AS(client.rebuild("desk-b", "img-2"), Poco::Exception);
  const Reply half = client.get("images");
  CHECK(half.status == 200);
  CHECK(static_cast<std::int64_t>(half.body.size()) == half.content_length / 2);
  const std::string record = client.call("GET", "/emulator/record").body;
  CHECK(record.find("\"number\":2,") != std::string::npos);
  CHECK(record.find("\"number\":3,") == std::string::npos);
  CHECK(record.find("desk-b") == std::string::npos);
  CHECK(record.find("\"rebuild\":3") != std::string::npos);
}

TEST_CASE("faults and desktops are changed while it runs", "[https]") {
  const TempFolder folder;
  const Emulator emulator(with_inventory(folder));
  const Ready ready(emulator.ready_line());
  Client client(ready);
  CHECK(client.call("POST", "/emulator/faults", R"({"faults": [{"on": "images", "fault": "throttle"}]})").status ==
        200);
  CHECK(client.get("images").status == 429);
  CHECK(client.call("POST", "/emulator/desktops", R"({"change": [{"id": "desk-b", "login_status": "CONNECTED"}]})")
            .status == 200);
  CHECK(client.get("desktops/desk-b").body.find("\"login_status\":\"CONNECTED\"") != std::string::npos);
}

TEST_CASE("many clients at once are each answered", "[https]") {
  const TempFolder folder;
  const Emulator emulator(with_inventory(folder));
  const Ready ready(emulator.ready_line());
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&] {
        Client client(ready);
        for (int call = 0; call < 5; ++call) good += client.get("desktops").status == 200 ? 1 : 0;
      });
    }
  }
  CHECK(good == 40);
}

TEST_CASE("stopping drops an answer that still waits for its time", "[https]") {
  const TempFolder folder;
  Emulator emulator(with_inventory(folder, R"({"faults": [{"on": "images", "fault": "slow", "wait_seconds": 3600}]})"));
  const Ready ready(emulator.ready_line());
  std::atomic<bool> ended = false;
  {
    const std::jthread waiting([&] {
      CHECK_THROWS_AS(Client(ready).get("images"), Poco::Exception);
      ended = true;
    });
    Client client(ready);
    while (client.call("GET", "/emulator/record").body.find("\"images\":1") == std::string::npos) {
    }
    emulator.stop();
  }
  CHECK(ended);
  emulator.stop();
}

TEST_CASE("waiting ends when a stop is requested", "[https]") {
  const Emulator emulator({});
  std::stop_source stop;
  stop.request_stop();
  emulator.wait(stop.get_token());
}

TEST_CASE("the temporary folder goes at the end, a named one stays with its files", "[https]") {
  std::string ca_file;
  {
    const Emulator emulator({});
    ca_file = Ready(emulator.ready_line())["ca_file"];
    CHECK(fs::exists(ca_file));
  }
  CHECK_FALSE(fs::exists(ca_file));
  CHECK_FALSE(fs::exists(fs::path(ca_file).parent_path()));

  const TempFolder folder;
  EmulatorOptions options;
  options.dir = (folder.path() / "new" / "folder").string();
  { const Emulator emulator(options); }
  struct stat about {};
  REQUIRE(::stat((*options.dir + "/server.key").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0600U);
  CHECK(fs::exists(*options.dir + "/ca.pem"));
  const Emulator again(options);
  CHECK(Client(Ready(again.ready_line())).get("desktops").status == 200);
}

TEST_CASE("what cannot be served is said before anything is served", "[https]") {
  const TempFolder folder;
  EmulatorOptions options;
  SECTION("a file that is not there") {
    options.inventory = (folder.path() / "none.json").string();
    CHECK(message_of(options) == fmt::format("Cannot open {}: No such file or directory", *options.inventory));
  }
  SECTION("a file with a mistake") {
    options.faults = folder.file("faults.json", R"({"knobs": {"colour": 1}})");
    CHECK(message_of(options).starts_with(*options.faults + ": knobs.colour: unknown knob \"colour\"; "));
  }
  SECTION("an address that is none") {
    options.listen = "here";
    CHECK(message_of(options) == "\"here\" is not an address to listen on.");
  }
  SECTION("a port that is taken") {
    const Emulator first({});
    options.listen = Ready(first.ready_line())["endpoint"].substr(8);
    CHECK(message_of(options).starts_with("The emulator cannot listen on 127.0.0.1, port "));
  }
}

TEST_CASE("addresses to listen on are read with their port", "[https]") {
  using emulator::parse_listen_address;
  CHECK(parse_listen_address("127.0.0.1:8443").port == 8443);
  CHECK(parse_listen_address("localhost:0").host == "127.0.0.1");
  CHECK(parse_listen_address("[::1]:1").host == "::1");
  CHECK(parse_listen_address("[::1]:1").loopback);
  CHECK(parse_listen_address("0.0.0.0:1").any);
  CHECK_FALSE(parse_listen_address("10.0.0.1:1").loopback);
  for (const char* bad : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "example.org:1", ":1"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_listen_address(bad), Error);
  }
}
