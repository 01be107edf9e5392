// SPDX-License-Identifier: Apache-2.0
// Writes a fleet to be measured: make_fleet FOLDER DESKTOPS inline|files [REBUILD_SHARE]
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "bench/fleet.hpp"

int main(int count, char** words) {
  using namespace gild::bench;
  try {
    if (count < 4) throw std::runtime_error("usage: make_fleet FOLDER DESKTOPS inline|files [REBUILD_SHARE]");
    FleetShape shape;
    shape.desktops = std::stoul(words[2]);
    if (count > 4) shape.rebuild_share = std::stod(words[4]);
    const ListForm form = std::string{words[3]} == "inline" ? ListForm::in_manifest : ListForm::in_files;
    const Fleet fleet = make_fleet(shape);
    write_fleet(fleet, form, words[1]);
    std::printf("%zu\n", fleet.rebuilds);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_fleet: %s\n", error.what());
    return 1;
  }
}
