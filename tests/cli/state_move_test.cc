// SPDX-License-Identifier: Apache-2.0
// gild state mv, state migrate, and state list as CSV.
#include <catch2/catch.hpp>

#include "cli/views/desktop_csv.hpp"
#include "tests/cli/service_app.hpp"

namespace gild {
namespace {

using test::Ended;
using test::says;
using test::ServiceApp;

TEST_CASE("state mv moves desktops to another group, says from where, and history tells of it", "[state]") {
  ServiceApp app(2);
  app.run({"refresh"});
  const std::string id = app.ids[0].str();
  const Ended moved = app.run({"state", "mv", id, "--to-group", "sales"});
  CHECK(moved.exit == 0);
  CHECK(says(moved.out, "Moved to group sales in the state, and nowhere else: 1 desktop\n"));
  CHECK(says(moved.out, "  " + id + "  from group finance\n"));
  CHECK(says(app.run({"state", "list", "--group", "sales"}).out, id));
  CHECK(says(app.run({"history"}).out, "moved to group sales"));
  CHECK(says(app.run({"history", "-v"}).out, "moved from group finance to group sales: " + id));
  CHECK(says(app.run({"state", "mv", id, "--to-group", "sales"}).out, "All of them are in group sales already.\n"));
  const Ended slip = app.run({"state", "mv", id});
  CHECK(slip.exit == 1);
  CHECK(says(slip.err, "gild state mv needs --to-group NAME"));
}

TEST_CASE("state migrate takes the state along, and the old place says where it went", "[state]") {
  ServiceApp app(2);
  app.run({"refresh"});
  const Ended moved = app.run({"state", "migrate", "--to", "new.json"});
  CHECK(moved.exit == 0);
  CHECK(says(moved.out, "The state lives in new.json now: 2 desktops, "));
  CHECK(says(moved.out, "\n    GILD_STATE=new.json\n"));
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"plan"}, {"apply", "--auto-approve"}, {"refresh"}, {"drift"}}) {
    const Ended refused = app.run(command);
    CHECK(refused.exit == 5);
    CHECK(says(refused.err, "The state in gild.state.json has moved to new.json"));
    CHECK(says(refused.err, "    --state new.json\n"));
  }
  for (const std::vector<std::string>& command : {std::vector<std::string>{"state", "list"},
                                                  {"state", "show", app.ids[0].str()},
                                                  {"state", "pull"},
                                                  {"status", "--format", "json"},
                                                  {"history", "--group", "finance"}}) {
    const Ended looked = app.run(command);
    CHECK(looked.exit == 0);
    CHECK(says(looked.err, "warning: The state in gild.state.json has moved to new.json."));
    CHECK(says(looked.err, "    --state new.json\n"));
    std::vector<std::string> there = command;
    there.insert(there.end(), {"--state", "new.json"});
    CHECK(app.run(there).err.empty());
  }
  CHECK(says(app.run({"history"}).out, "the state went to new.json"));
  CHECK(says(app.run({"history", "--state", "new.json"}).out, "the state came here"));
  CHECK(app.run({"plan", "--state", "new.json"}).exit == 0);
  const Ended again = app.run({"state", "migrate", "--to", "new.json"});
  CHECK(again.exit == 0);
  CHECK(says(again.out, "The state lives in new.json already, since an earlier migration: 2 desktops, "));
  CHECK(app.run({"state", "migrate"}).exit == 1);
}

TEST_CASE("CSV is quoted by the rule, and runs in no spreadsheet as a formula", "[state]") {
  const DesktopKey key{WorkspaceName{"prod"}, DesktopId{"d-1"}};
  DesktopRecord desktop;
  desktop.group = GroupName{"finance"};
  desktop.name = "=HYPERLINK(\"http://evil\")";
  desktop.image.image_id = ImageId{"img-1"};
  desktop.reason = "two\nlines, with a comma";
  desktop.updated_at = *parse_time("2026-11-23T21:04:11Z");
  CHECK(write_desktops_csv({{&key, &desktop}}) ==
        "workspace,id,group,name,status,image_id,image_type,os_type,revision,job_id,reason,updated_at\r\n"
        "prod,d-1,finance,\"'=HYPERLINK(\"\"http://evil\"\")\",ready,img-1,,,,,\"two\nlines, with a comma\","
        "2026-11-23T21:04:11Z\r\n");
  ServiceApp app(1);
  app.run({"refresh"});
  CHECK(says(app.run({"state", "list", "--format", "csv"}).out, "prod," + app.ids[0].str() + ",finance,"));
}

}  // namespace
}  // namespace gild
