#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The step after the merge: carries out the plan that was reviewed, that one and nothing else. Run again after a failure,
# an interrupt or a lost machine it goes on where it was.
#   GILD_STATE, GILD_PLANS   as for plan.sh
#   HW_ACCESS_KEY, HW_SECRET_KEY   or what else gild signs in with; from the protected variables of the pipeline
set -eu
: "${GILD_STATE:?}" "${GILD_PLANS:?}"

name=$(git rev-parse HEAD:manifests)
plan=$GILD_PLANS/$name.json
if [ ! -e "$plan" ]; then
  echo "These manifests were not planned in a pull request, so nobody has seen what they would wipe." >&2
  echo "Another merge came in between: bring the pull request up to date before merging, or plan a new one." >&2
  exit 1
fi

status=0
gild apply "$plan" --lock-timeout 30m --events events.ndjson || status=$?
case $status in
  0) rm "$plan" ;;
  3) echo "Some desktops need somebody; gild status tells which, why, and what to do." >&2 ;;
  5) echo "Nothing was sent. If the plan is out of date, open a new pull request: it plans anew." >&2 ;;
esac
exit "$status"
