// SPDX-License-Identifier: Apache-2.0
// What `history --format json` prints: one object a line, oldest first (schemas/history.schema.json).
//
//     {"format":"gild.history/1","serial":5,"at":"…","last_at":"…","kind":"rebuild",
//      "run":{"serial":1,"at":"…","command":"gild
//      apply","user":"ana","host":"build-7","commit":"0a1b…","gild_version":"…"},
//      "groups":["finance"],"batch":"finance-001","target":{…},"jobs":["a1…"],"note":null,
//      "desktops":[{"workspace":"prod","id":"2f4a…","name":"FIN-017","from":{…},"to":"6b0f…","end":"ready",
//                   "job_id":"a1…","reason":null,"evidence":"…","ended_at":"…"}]}
//
// `kind` is rebuild, recorded, seen, held, resolved, removed, rollout or resumed; `end` is null but for a rebuild.
// `run` is null where the record of who it was is no longer in the history. `note` is the digest of a rollout's plan,
// the reason of a decision, and why an answer was lost or a request refused.
#pragma once

#include <string>

#include "engine/ops/history_report.hpp"

namespace gild {

std::string write_history(const History& history);

}  // namespace gild
