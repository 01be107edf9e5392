// SPDX-License-Identifier: Apache-2.0
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

}  // namespace
}  // namespace gild
