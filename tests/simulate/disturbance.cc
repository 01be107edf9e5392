// SPDX-License-Identifier: Apache-2.0
#include "tests/simulate/disturbance.hpp"

#include <array>

#include <fmt/format.h>

namespace gild::simulate {
namespace {

constexpr std::array<std::string_view, kKinds> kNames{
    "answer lost, not carried out",
    "answer lost, carried out",
    "connection reset, carried out",
    "half an answer, carried out",
    "proxy page, not carried out",
    "proxy page, carried out",
    "late answer",
    "repeated answer",
    "500, not carried out",
    "500, carried out",
    "502, not carried out",
    "502, carried out",
    "503, not carried out",
    "503, carried out",
    "504, not carried out",
    "504, carried out",
    "429 with Retry-After",
    "429 without Retry-After",
    "503 with APIGW.0613",
    "401 in the middle",
    "no connection",
    "certificate does not verify",
    "refused with 400",
    "refused with 403",
    "refused with 404",
    "refused with 405",
    "refused with 413",
    "refused with 414",
    "refused, naming a desktop",
    "read: 500",
    "read: 502",
    "read: 503",
    "read: 504",
    "read: 429",
    "read: 401",
    "read: 403",
    "read: proxy page",
    "read: half an answer",
    "read: lost",
    "read: late",
    "read: no connection",
    "sub-jobs listed late",
    "ended records dropped",
    "list newest first",
    "list scrambled",
    "list unstable: pages repeat and leave gaps",
    "small pages",
    "long list",
    "list beyond the reach of paging",
    "image shown early",
    "image shown late",
    "image shown after a failure",
    "task filled during the delay",
    "running during the delay",
    "task empty in the middle",
    "task filled after the end",
    "other word for a job's end",
    "answers without a Date",
    "few reads allowed",
    "few writes allowed",
    "409, nothing executed",
    "409, executed in part",
    "denied desktop fails in the job",
    "job fails for a desktop",
    "job hangs",
    "success without the image",
    "some jobs fail",
    "poisoned image",
    "console: rebuilt onto the wanted image",
    "console: rebuilt onto another image",
    "console: rebuilt between read and request",
    "desktop vanishes",
    "desktop vanishes between read and request",
    "desktop gets busy",
    "desktop gets busy between read and request",
    "user logs on",
    "user logs on between read and request",
    "desktop hibernates",
    "desktop frozen",
    "job record deleted",
    "power cut",
    "killed",
    "power cut within a request",
    "interrupt",
    "interrupt within a request",
    "disk: a write fails",
    "disk: a sync fails",
    "disk: a rename fails",
    "disk: a create fails",
    "disk full",
    "disk fails for good",
    "disk cannot reserve",
    "clock ahead",
    "clock behind",
    "clock jumps ahead",
    "clock jumps back",
    "saved plan",
    "--no-wait",
    "--resume",
    "--refresh",
    "errored state pushed",
    "new image",
    "new revision",
    "smaller limits",
    "desktop leaves the manifest",
    "desktop protected",
    "beyond: sub-jobs later than settle_seconds",
    "beyond: sub-jobs never listed",
    "beyond: records dropped and image late",
};

}  // namespace

std::string_view name_of(Kind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

bool beyond_assumptions(Kind kind) {
  return kind == Kind::beyond_sub_jobs_too_late || kind == Kind::beyond_sub_jobs_never ||
         kind == Kind::beyond_records_dropped_and_image_late;
}

std::string describe(const Disturbance& d) {
  return fmt::format("{} (workspace {}, run {}, at {}, {} times, desktop {}, value {})", name_of(d.kind), d.site + 1,
                     d.run + 1, d.at, d.count, d.desktop + 1, d.value);
}

}  // namespace gild::simulate
