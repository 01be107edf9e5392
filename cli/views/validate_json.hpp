// SPDX-License-Identifier: Apache-2.0
// What `validate --format json` prints, format "gild.validation/1":
//
//     {"format":"gild.validation/1","valid":false,"errors":1,"warnings":0,"files":2,"diagnostics":[
//       {"severity":"error","code":"unknown-key","summary":"…","detail":"…","file":"fleet.yaml","line":14,"column":5,
//        "length":5,"related":[{"note":"…","file":"…","line":2,"column":3}]}]}
//
// line and column count from 1 and are null where a file as a whole is meant.
#pragma once

#include <string>

#include "engine/core/diagnostic.hpp"

namespace gild {

std::string write_validation(const Diagnostics& diagnostics, const SourceMap& sources);

}  // namespace gild
