// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <fmt/format.h>

#include "engine/store/postgres/schema.hpp"
#include "tests/store/postgres/postgres_fixture.hpp"

namespace gild {
namespace {

TEST_CASE("the PostgreSQL store keeps what a state store promises", "[store][postgres]") {
  PostgresPlace place;
  check_state_store([&] { return place.open(); });
}

TEST_CASE("several states live in one database, and each schema is a place of its own", "[store][postgres]") {
  PostgresPlace place;
  for (const std::string where : {"", "&gild_state=other", "&gild_schema=Elsewhere%20%22x%22"}) {
    auto locked = place.open(where)->lock(began_as("alice"), Duration{0});
    CHECK(locked->state().lineage.empty());
    locked->append(refreshed("d" + where.substr(0, 9), "img-1"));
    locked->sync();
  }
  CHECK(place.open()->read().desktops.begin()->first.id.str() == "d");
  CHECK(place.open("&gild_state=other")->read().lineage != place.open()->read().lineage);
  CHECK(place.open("&gild_state=third")->read().lineage.empty());
}

TEST_CASE("the statements in the documentation are those by which gild makes the tables", "[postgres]") {
  std::ifstream file(GILD_SOURCE_DIR "/docs/state-postgresql.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  for (std::string step : postgres_schema_steps()) {
    for (std::size_t at = 0; (at = step.find("@.", at)) != std::string::npos;) step.replace(at, 1, "gild");
    // Whoever makes them by hand has made all steps at once.
    const std::size_t zero = step.find("VALUES (0)");
    if (zero != std::string::npos) step.replace(zero, 10, fmt::format("VALUES ({})", postgres_schema_steps().size()));
    CHECK(page.find(step.substr(1)) != std::string::npos);
  }
}

}  // namespace
}  // namespace gild
