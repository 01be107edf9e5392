#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The pull request's step: says what merging it would wipe, and keeps that plan for the apply after the merge.
#   GILD_STATE   the state file, on the runner's own disk
#   GILD_PLANS   the folder beside it where reviewed plans wait
# Needs no credentials and no network: a plan compares the manifests with the state.
set -eu
: "${GILD_STATE:?}" "${GILD_PLANS:?}"

gild validate manifests

# A plan waits under the name of the manifests that it was made from. However the pull request is merged, the merged
# manifests either have the same name, or are not those that were reviewed.
name=$(git rev-parse HEAD:manifests)
mkdir -p "$GILD_PLANS"
gild plan manifests --max-rebuilds "${GILD_MAX_REBUILDS:-100}" --out "$GILD_PLANS/$name.json"

# For reviewers, beside the log: GitLab's widget in the merge request, and a comment for whichever bot posts one. GitHub's
# summary of the run gild writes by itself.
gild show "$GILD_PLANS/$name.json" --format gitlab > plan-report.json
gild show "$GILD_PLANS/$name.json" --format markdown > plan-comment.md
