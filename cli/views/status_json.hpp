// SPDX-License-Identifier: Apache-2.0
// What `status --format json` prints, format "gild.status/1" (schemas/status.schema.json):
//
//     {"format":"gild.status/1","state":"gild.state.json","lineage":"7a52…","serial":42,
//      "lock":{"user":"ana","host":"build-7","pid":12,"command":"gild apply","since":"2026-11-24T20:00:00Z"},
//      "left_by":null,
//      "counts":{"ready":240,"rebuilding":10,"settling":3,"failed":2,"unhealthy":0,"unknown":0},
//      "groups":[{"name":"finance","workspace":"prod","counts":{…},
//        "images":[{"image_id":"6b0f…","image_type":"private","os_type":"Windows","revision":null,"desktops":240}],
//        "rollout":{"plan_digest":"…","started_at":"…","target":{…},"targets":250,"done":235,"under_way":13,"ended":2,
//                   "refused":0,"waiting":0,"failures":2,"max_failures":5,"paused":false},
//        "troubles":[{"status":"failed","reason":"WKS.0001 …","desktops":["2f4a…"]}]}],
//      "jobs":[{"id":"a1…","workspace":"prod","group":"finance","batch":"finance-001","desktops":["…"],"verifying":0,
//               "accepted_at":"…","delay_time":15,"vanished_since":null}],
//      "requests":[{"intent":40,"workspace":"prod","group":"finance","batch":"finance-002","desktops":["…"],
//                   "since":"…","looks":2,"last_look_at":"…","lost":"…"}]}
//
// Every field is always there; null means none: no lock is held, no rollout is open, no state is stored yet (lineage).
// `locks` are of those who write now, and of holders that died. Times are as recorded: what a clock would add is left
// to the reader.
#pragma once

#include <optional>
#include <string>

#include "engine/ops/status_report.hpp"
#include "engine/seams/state_store.hpp"

namespace gild {

struct StatusJsonInput {
  const State& state;
  const StatusReport& report;
  std::string store;
  std::vector<LockHolder> holders;
};

std::string write_status(const StatusJsonInput& input);

}  // namespace gild
