// SPDX-License-Identifier: Apache-2.0
// A page of live desktops: what they show decides which disks are wiped and which are called ready.
#include "engine/cloud/wire.hpp"
#include "tests/fuzz/answer_body.hpp"

namespace {

using namespace gild;

std::string text_of(const std::optional<int>& number) {
  return number ? std::to_string(*number) : "none";
}

std::string describe(const LiveDesktop& desktop) {
  std::string out =
      fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", desktop.id.str(), desktop.name, desktop.status,
                  desktop.task_status, text_of(desktop.process), desktop.login_status, desktop.attach_state,
                  desktop.desktop_type, desktop.frozen, desktop.image_id ? desktop.image_id->str() : "none",
                  desktop.os_type.value_or("none"), text_of(desktop.root_gb), text_of(desktop.data_disks));
  for (const auto& [key, value] : desktop.tags) out += fmt::format("|{}={}", key, value);
  return out + "\n";
}

std::string decode(std::string_view body) {
  const DecodedDesktops page = decode_desktops(body);
  std::string out = page.total ? fmt::format("{}\n", *page.total) : "no total\n";
  for (const LiveDesktop& desktop : page.desktops) out += describe(desktop);
  return out;
}

void check_image(simdjson::dom::object object, const LiveDesktop& desktop) {
  simdjson::dom::object metadata;
  const bool given = object.at_key("metadata").get(metadata) == simdjson::SUCCESS;
  const std::string_view image = given ? fuzz::string_in(metadata, "metering.image_id") : std::string_view{};
  fuzz::require_same(image, desktop.image_id ? desktop.image_id->str() : "", "the image is what the metadata says");
  if (!given) return;
  std::size_t times = 0;
  for (const auto member : metadata) times += member.key == "metering.image_id" ? 1U : 0U;
  fuzz::require(times <= 1, "no image is chosen out of two");
}

void check_desktop(simdjson::dom::object object, const LiveDesktop& desktop) {
  fuzz::require(!desktop.id.empty(), "a desktop that was shown has an id");
  fuzz::require_string(object, "desktop_id", desktop.id.str());
  fuzz::require_string(object, "status", desktop.status);
  fuzz::require_string(object, "task_status", desktop.task_status);
  fuzz::require_string(object, "login_status", desktop.login_status);
  fuzz::require_string(object, "attach_state", desktop.attach_state);
  fuzz::require_string(object, "desktop_type", desktop.desktop_type);
  fuzz::require_same(fuzz::string_in(object, "computer_name"), desktop.name, "computer_name");
  simdjson::dom::element value;
  const bool has_process = object.at_key("process").get(value) == simdjson::SUCCESS;
  fuzz::require(has_process == desktop.process.has_value(), "a task that runs is not overlooked");
  if (has_process) fuzz::require(std::int64_t(value) == *desktop.process, "progress is what was written");
  const bool has_freeze = object.at_key("is_freeze").get(value) == simdjson::SUCCESS;
  fuzz::require(desktop.frozen == (has_freeze && bool(value)), "a frozen desktop is not overlooked");
  check_image(object, desktop);
}

void check(simdjson::dom::object document, const DecodedDesktops& page) {
  fuzz::require_total(document, page.total);
  simdjson::dom::array list;
  fuzz::require(document.at_key("desktops").get(list) == simdjson::SUCCESS, "a page has a list");
  auto desktop = page.desktops.begin();
  for (const simdjson::dom::object item : list) {
    fuzz::require(desktop != page.desktops.end(), "no desktop is left out");
    check_desktop(item, *desktop++);
  }
  fuzz::require(desktop == page.desktops.end(), "no desktop is made up");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = fuzz::text_of(data, size);
  fuzz::check_decoder(body, decode, [&](simdjson::dom::object document) { check(document, decode_desktops(body)); });
  return 0;
}
