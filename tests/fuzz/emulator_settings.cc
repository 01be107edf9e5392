// SPDX-License-Identifier: Apache-2.0
// What the emulator is told: inventory, faults, and changes of desktops. And what it then shows: gild can read all of
// it, though the two sides share no wire code.
#include <algorithm>

#include "engine/cloud/wire.hpp"
#include "engine/emulator/settings.hpp"
#include "engine/emulator/wire.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace gild;

constexpr std::string_view kSmallTenant = R"({
  "images": [{"name": "a"}, {"name": "b", "type": "gold"}],
  "groups": [{"prefix": "g", "count": 3, "image": "a", "tags": {"k": "v"}}]
})";

// A group of a million desktops is allowed, and takes its time.
bool is_small(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > 3) return false;
  }
  return true;
}

void load(std::size_t choice, std::string_view text, ServiceModel& model) {
  if (choice == 0) {
    if (is_small(text)) emulator::load_inventory(text, "inventory.json", model);
    return;
  }
  emulator::load_inventory(kSmallTenant, "inventory.json", model);
  if (choice == 1) {
    FaultPlan faults;
    emulator::ServerKnobs knobs;
    emulator::load_faults(text, "faults.json", model, faults, knobs);
    for (int i = 0; i < 10; ++i) static_cast<void>(faults.next(CallKind::rebuild));
  } else {
    emulator::change_desktops(text, "desktops.json", model);
  }
}

void check_shown(ServiceModel& model) {
  DesktopPage page;
  SubJobPage sub_jobs;
  for (const auto& [id, desktop] : model.desktops()) page.desktops.push_back(desktop);
  page.total = page.desktops.size();
  const DecodedDesktops read = decode_desktops(emulator::detail_page(page, model));
  fuzz::require(read.desktops.size() == page.desktops.size(), "gild sees every desktop that the emulator shows");
  for (std::size_t i = 0; i < page.desktops.size(); ++i) {
    fuzz::require_same(read.desktops[i].id.str(), page.desktops[i].live.id.str(), "under its id");
    fuzz::require(read.desktops[i].image_id == page.desktops[i].live.image_id, "with its image");
  }
  model.advance(std::chrono::hours{1});
  sub_jobs.sub_jobs = model.sub_jobs();
  sub_jobs.total = sub_jobs.sub_jobs.size();
  fuzz::require(decode_sub_jobs(emulator::sub_job_page(sub_jobs, model, "p")).sub_jobs.size() == sub_jobs.total,
                "gild sees every sub-job that the emulator shows");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices{data, size};
  const std::size_t choice = choices.byte() % 3;
  ServiceModel model;
  try {
    load(choice, choices.rest(), model);
  } catch (const Error& error) {
    fuzz::require(error.kind() == ErrorKind::input, "what is wrong with settings is wrong with the input",
                  error.what());
    return 0;
  }
  check_shown(model);
  return 0;
}
