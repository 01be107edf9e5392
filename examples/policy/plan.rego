# SPDX-License-Identifier: Apache-2.0
# What a plan must not do, for a policy engine that reads `gild plan --format json`.
package main

import future.keywords.contains
import future.keywords.if
import future.keywords.in

# Groups that people outside of the fleet's team answer for.
asks_first := {"board", "trading-floor"}

# As many desktops may be lost before a rollout stops.
most_lost := 60

deny contains message if {
	input.format != "gild.plan/1"
	message := sprintf("This policy judges gild.plan/1, not %v.", [input.format])
}

deny contains message if {
	some group in input.groups
	group.counts.rebuild > 0
	group.name in asks_first
	message := sprintf("Group %v: %v desktops would be wiped. Its owners are asked first.", [group.name, group.counts.rebuild])
}

deny contains message if {
	input.summary.worst_case > most_lost
	message := sprintf("In the worst case %v desktops are lost before the rollout stops; %v are allowed.", [input.summary.worst_case, most_lost])
}

deny contains message if {
	some batch in input.batches
	batch.request.image_type != "private"
	message := sprintf("Batch %v: its image is %v, not one of our own.", [batch.id, batch.request.image_type])
}

deny contains message if {
	some group in input.groups
	group.counts.rebuild > 0
	group.rollout.sessions.policy == "force"
	message := sprintf("Group %v: desktops in use would be wiped.", [group.name])
}

warn contains message if {
	bare := [desktop.id | some desktop in input.desktops; desktop.action == "rebuild"; desktop.data_disks == 0]
	count(bare) > 0
	message := sprintf("%v desktops have no data disk: what their users keep is on the disk that is wiped.", [count(bare)])
}
