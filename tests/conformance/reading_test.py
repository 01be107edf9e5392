# SPDX-License-Identifier: Apache-2.0
"""Desktops and images: the SDK and gild read the same."""
import json

import huaweicloudsdkworkspace.v2 as workspace

from sdk import SdkCase, text

ODD = [
    {"name": "cfo", "image": "old", "login_status": "CONNECTED", "user_name": "ada", "tags": {"dept": "board", "vip": ""}},
    {"name": "lab-1", "image": "linux", "status": "SHUTOFF", "data_disks": 3, "root_gb": 120, "frozen": True},
    {"name": "lab-2", "image": "linux", "status": "ERROR", "task_status": "rebuilding", "maintenance": True},
    {"name": "pooled", "image": "old", "type": "POOLED", "pool_id": "pool-7", "order_id": "CS2026"},
    {"name": "empty", "status": "HIBERNATED", "attach_state": "UNATTACHED", "login_status": "UNREGISTER"},
    {"name": "schön & groß", "image": "new", "tags": {"ключ": "значение"}},
]


class Reading(SdkCase):
    def setUp(self):
        super().setUp()
        self.start_tenant()
        told = json.loads(self.refresh("--all", "--format", "json").out)
        self.recorded = self.fleet.recorded()
        # One that is new to gild is recorded once its image shows and nothing is going on with it.
        self.unrecorded = {desktop["id"] for desktop in told["image_not_shown"]}
        self.assertEqual(self.unrecorded, {self.emulator.id(name) for name in ("empty", "lab-2")})
        self.every_id = set(self.recorded) | self.unrecorded

    def start_tenant(self):
        self.tenant({"finance": 215}, images=("old", "new", "linux"), desktops=ODD)
        self.group("finance")

    def test_the_detailed_list_says_of_every_desktop_what_gild_recorded(self):
        listed = self.all_of(self.client().list_desktops_detail, workspace.ListDesktopsDetailRequest(), "desktops", 100)
        self.agree("ids", {desktop.desktop_id for desktop in listed}, self.every_id)
        for desktop in listed:
            self.check_detail(desktop)

    def check_detail(self, desktop):
        if desktop.desktop_id in self.unrecorded:
            self.assertTrue(desktop.task_status or "metering.image_id" not in desktop.metadata)
            return
        ours = self.recorded[desktop.desktop_id]
        details = ours["details"]
        self.agree("name", ours["name"], desktop.computer_name)
        self.agree("image", ours["image_id"], desktop.metadata.get("metering.image_id"))
        self.agree("os_type", ours["os_type"], desktop.metadata.get("os_type"))
        self.agree("desktop_type", details["desktop_type"], desktop.desktop_type)
        self.agree("login_status", details["login_status"], desktop.login_status)
        self.agree("root_gb", details["root_gb"], desktop.root_volume.size)
        self.agree("data_disks", details["data_disks"], len(desktop.data_volumes))
        self.agree(
            "tags",
            {tag["key"]: tag["value"] for tag in details["tags"]},
            {tag.key: tag.value for tag in desktop.tags},
        )

    def test_the_short_list_says_of_every_desktop_what_gild_recorded(self):
        listed = self.all_of(self.client().list_desktops, workspace.ListDesktopsRequest(), "desktops", 1000)
        self.agree("ids", {desktop.desktop_id for desktop in listed}, self.every_id)
        for desktop in listed:
            if desktop.desktop_id in self.unrecorded:
                continue
            ours = self.recorded[desktop.desktop_id]
            self.agree("name", ours["name"], desktop.computer_name)
            # The lists that gild reads have no pool (W 3.4), so it may not know of one; but never of another.
            self.assertIn(ours["details"]["pool_id"], (None, desktop.pool_id))
            self.agree("desktop_type", ours["details"]["desktop_type"], desktop.desktop_type)
            self.agree("login_status", ours["details"]["login_status"], desktop.connect_status)

    def test_a_desktop_by_its_id_is_the_one_of_the_list(self):
        client = self.client()
        for name in ("cfo", "lab-1", "lab-2", "pooled", "empty", "schön & groß", "finance-001"):
            id = self.emulator.id(name)
            one = self.call(client.show_desktop_detail, workspace.ShowDesktopDetailRequest(desktop_id=id)).desktop
            request = workspace.ListDesktopsDetailRequest(desktop_id=[id])
            (listed,) = self.call(client.list_desktops_detail, request).desktops
            self.agree(name, one.to_dict(), listed.to_dict())
            self.check_detail(one)

    def test_a_hundred_ids_and_other_filters_choose_the_same_desktops_for_both(self):
        client = self.client()
        ids = self.emulator.ids("finance")[:100]
        answer = self.call(client.list_desktops_detail, workspace.ListDesktopsDetailRequest(desktop_id=ids, limit=100))
        self.agree("ids", sorted(desktop.desktop_id for desktop in answer.desktops), sorted(ids))
        for field, value, names in (
            ("status", "SHUTOFF", ["lab-1"]),
            ("computer_name", "schön & groß", ["schön & groß"]),
            ("image_id", self.emulator.image("linux"), ["lab-1", "lab-2"]),
            ("desktop_type", "POOLED", ["pooled"]),
            ("pool_id", "pool-7", ["pooled"]),
        ):
            request = workspace.ListDesktopsDetailRequest(**{field: value})
            found = self.call(client.list_desktops_detail, request).desktops
            self.agree(field, sorted(desktop.computer_name for desktop in found), names)
            self.agree(field, {desktop.desktop_id for desktop in found}, {self.emulator.id(name) for name in names})

    def test_whether_a_desktop_is_in_use_is_the_same_in_every_list(self):
        client = self.client()
        listed = self.all_of(
            client.list_desktops_connect_status, workspace.ListDesktopsConnectStatusRequest(), "desktops", 100
        )
        self.agree("ids", {desktop.desktop_id for desktop in listed}, self.every_id)
        for desktop in listed:
            if desktop.desktop_id in self.unrecorded:
                continue
            ours = self.recorded[desktop.desktop_id]
            self.agree("login_status", ours["details"]["login_status"], desktop.connect_status)
            self.agree("name", ours["name"], desktop.desktop_name)
        (cfo,) = [desktop for desktop in listed if desktop.desktop_name == "cfo"]
        self.agree("user", [user.name for user in cfo.attach_users], ["ada"])
        # And gild leaves it alone for that reason.
        self.fleet.group("board", "new", [self.emulator.id("cfo")])
        self.apply("--group", "board", "--events", "events.ndjson")
        (held,) = self.fleet.events(type="desktops_held")
        self.agree("held", (held["reason"], held["detail"].split()[-1]), ("in_use", cfo.connect_status))

    def test_images_are_those_that_desktops_show(self):
        client = self.client()
        images = {
            image.id: image
            for image in self.all_of(client.list_images, workspace.ListImagesRequest(), "images", 2)
        }
        self.agree("images", set(images), {self.emulator.image(name) for name in ("old", "new", "linux")})
        ids = sorted(self.every_id)
        body = workspace.CheckDesktopImagesReq(desktop_ids=ids)
        checked = self.call(client.check_desktop_images, workspace.CheckDesktopImagesRequest(body=body)).image_infos
        self.agree("checked", {info.desktop_id for info in checked}, set(ids) - {self.emulator.id("empty")})
        for info in checked:
            if info.desktop_id not in self.unrecorded:
                self.agree("image_id", self.recorded[info.desktop_id]["image_id"], info.image_id)
            image = images[info.image_id]
            self.agree("image_name", info.image_name, image.name)
            self.agree("image_type", info.image_type, image.image_type)
            self.agree("os_type", text(info.os_type), text(image.os_type))
        for type, names in (("private", {"old", "new", "linux"}), ("gold", set())):
            found = self.call(client.list_images, workspace.ListImagesRequest(image_type=type)).images
            self.agree(type, {image.name for image in found}, names)
