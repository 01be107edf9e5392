// SPDX-License-Identifier: Apache-2.0
// What does recording a batch cost with the state in a bucket? How many requests, of how many bytes, and how long,
// beside its floor in the same run: the same bytes put into a new object by a bare PUT. bench/run --stores starts the
// server and runs this.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/bench_clock.hpp"
#include "engine/cloud/poco_transport.hpp"
#include "engine/store/s3/s3_state_store.hpp"

namespace {

using namespace gild;

struct Traffic {
  std::size_t requests = 0;
  std::size_t puts = 0;
  std::size_t bytes = 0;
};

class CountingTransport : public Transport {
 public:
  CountingTransport(std::unique_ptr<Transport> wire, Traffic& traffic) : wire_(std::move(wire)), traffic_(traffic) {}
  HttpOutcome exchange(const HttpRequest& request) override {
    ++traffic_.requests;
    if (request.method == "PUT") ++traffic_.puts;
    traffic_.bytes += request.body.size();
    return wire_->exchange(request);
  }

 private:
  std::unique_ptr<Transport> wire_;
  Traffic& traffic_;
};

std::optional<std::string> variables(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

struct Samples {
  std::vector<double> taken;
  void measure(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    taken.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  void print(const std::string& what) {
    std::sort(taken.begin(), taken.end());
    fmt::print("| {} | {:.2f} ms | {:.2f} – {:.2f} ms | {} |\n", what, taken[taken.size() / 2], taken.front(),
               taken.back(), taken.size());
  }
};

Refreshed fleet_of(int desktops) {
  Refreshed record;
  record.workspace = WorkspaceName("prod");
  for (int i = 0; i < desktops; ++i) {
    const std::string id = fmt::format("desktop-{:06}", i);
    record.desktops.push_back({DesktopId(id), GroupName("finance"), id, ImageId("image-1"), "Windows", {}});
  }
  return record;
}

Intended batch_of(int first, int size) {
  Intended record;
  record.workspace = WorkspaceName("prod");
  record.group = GroupName("finance");
  record.batch = BatchId(fmt::format("finance-{}", first));
  record.target.image.image_id = ImageId("image-2");
  record.target.image.image_type = "private";
  for (int i = first; i < first + size; ++i) {
    record.desktops.push_back({DesktopId(fmt::format("desktop-{:06}", i)), std::nullopt, {}});
  }
  return record;
}

void run(const std::string& url, int desktops, int batches) {
  constexpr int kBatch = 100;
  bench::BenchClock clock;
  Traffic traffic;
  const S3Settings settings = s3_settings(url, variables);
  S3StateStore store(settings, std::make_unique<CountingTransport>(make_poco_transport({}, variables), traffic), clock);
  S3Client bare(settings, make_poco_transport({}, variables), clock);
  const auto locked = store.lock({"bench", "bench", "bench", std::nullopt, "bench"}, Duration{0});
  locked->append(fleet_of(desktops));
  locked->fold_to_disk();

  Samples recorded;
  Samples floor;
  Traffic before = traffic;
  std::size_t snapshots = 0;
  for (int batch = 0; batch < batches; ++batch) {
    const Traffic now = traffic;
    std::int64_t intent = 0;
    recorded.measure([&] {
      if (!locked->reserve(1 << 20)) std::abort();
      intent = locked->append(batch_of(batch * kBatch, kBatch)).serial;
      locked->sync();
      if (!locked->reserve(1 << 20)) std::abort();
      locked->append(Accepted{intent, JobId(fmt::format("job-{}", batch)), "request", std::nullopt});
      locked->sync();
    });
    const std::size_t bytes = traffic.bytes - now.bytes;
    if (traffic.puts - now.puts != 2 || traffic.requests - now.requests != 2) ++snapshots;
    const std::string half(bytes / 2, 'x');
    floor.measure([&] {
      for (const char* part : {"a", "b"}) bare.put(fmt::format("{}.floor/{}{}", settings.key, batch, part), half);
    });
  }
  fmt::print("| recording a batch of {} desktops of {} | | | |\n| --- | --- | --- | --- |\n", kBatch, desktops);
  fmt::print("| | median | least – most | runs |\n");
  recorded.print("intent and answer, durable and fenced");
  floor.print("floor: two bare PUTs of as many bytes");
  const auto per_batch = [&](std::size_t count) { return static_cast<double>(count) / batches; };
  fmt::print(
      "\n{:.2f} requests a batch, {:.2f} of them PUTs, {:.1f} KB a batch; {} of {} batches also wrote a snapshot\n",
      per_batch(traffic.requests - before.requests), per_batch(traffic.puts - before.puts),
      per_batch(traffic.bytes - before.bytes) / 1000, snapshots, batches);
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::fputs("usage: s3_bench S3-URL DESKTOPS BATCHES\n", stderr);
    return 1;
  }
  try {
    run(words[1], std::atoi(words[2]), std::atoi(words[3]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "s3_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
