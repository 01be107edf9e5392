# SPDX-License-Identifier: Apache-2.0
"""Manifests that mean ill, as they may come in a stranger's pull request: what they cannot read, reach and show."""
import json
import os
import pathlib
import shutil
import unicodedata

from support import sandbox
from support.case import Case
from support.fleet import document

SECRET = "not-for-your-eyes"
# Escape sequences, a C1 control, and what turns text around, hides it or takes no room.
DRIVES = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\u2066\u061c\u200b\u2028\ufeff\U000e0041"

WORKSPACE = {"region": "ap-southeast-1", "project_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9"}
IMAGE = {"image_id": "image-1", "image_type": "private", "os_type": "Windows"}


class Hostile(Case):
    def manifest(self, *, workspace=None, group=None, image=None):
        """One file, all there is; `workspace` and so on: fields more than, or other than, the usual."""
        self.fleet.write(
            "all.yaml",
            document("Workspace", "prod", {**WORKSPACE, **(workspace or {})}),
            document("Image", "img", {**IMAGE, **(image or {})}),
            document("DesktopGroup", "fin", {"image": "img", "desktops": ["d-1"], **(group or {})}),
        )

    # --- Files ---

    def outside(self):
        path = self.folder / "outside.txt"
        path.write_text(f"d-2\n{SECRET} is no id\n")
        return path

    def assert_not_read(self, name, **field):
        self.manifest(**field)
        run = self.gild("plan", status=1)
        self.assertNotIn(SECRET, run.out + run.err, name)
        self.assertNotIn("d-2", run.out, name)
        return run

    def links(self):
        """Ways out of the fleet's folder, by the names that a manifest would give them."""
        outside, folder = self.outside(), self.fleet.folder
        (folder / "sub").mkdir()
        (folder / "link.txt").symlink_to(outside)
        (folder / "relative.txt").symlink_to("../outside.txt")
        (folder / "sub" / "chain.txt").symlink_to("../link.txt")
        (folder / "up").symlink_to("..")
        (folder / "cwd").symlink_to("/proc/self/cwd/..")
        (folder / "root").symlink_to("/proc/self/root")
        (folder / "environ").symlink_to("/proc/self/environ")
        (folder / "stdin").symlink_to("/dev/stdin")
        (folder / "zero").symlink_to("/dev/zero")
        return [
            "../outside.txt",
            "sub/../../outside.txt",
            "./.././outside.txt",
            str(outside),
            "/proc/self/environ",
            "link.txt",
            "relative.txt",
            "sub/chain.txt",
            "up/outside.txt",
            "cwd/outside.txt",
            "root" + str(outside),
            "environ",
            "stdin",
            "zero",
            "..\\outside.txt",
            "link.txt\0.pem",
        ]

    def test_a_list_of_desktops_cannot_be_read_from_outside_the_manifests_folder(self):
        self.environment = {"HW_SECRET_KEY": SECRET}
        for name in self.links():
            with self.subTest(name=name):
                self.assert_not_read(name, group={"desktop_files": [name]})

    def test_certificates_cannot_be_read_from_outside_the_manifests_folder(self):
        self.environment = {"HW_SECRET_KEY": SECRET}
        for name in self.links():
            with self.subTest(name=name):
                self.assert_not_read(name, workspace={"endpoint": "https://127.0.0.1:1", "ca_file": name})

    def test_what_is_no_file_is_not_waited_for(self):
        (self.fleet.folder / "folder.txt").mkdir()
        os.mkfifo(self.fleet.folder / "pipe.txt")
        for name in ("folder.txt", "pipe.txt"):
            with self.subTest(name=name):
                self.manifest(group={"desktop_files": [name]})
                self.assertIn("not a regular file", self.gild("plan", status=1).err)

    def test_certificates_in_a_pipe_are_not_waited_for(self):
        os.mkfifo(self.fleet.folder / "pipe.pem")
        self.manifest(workspace={"endpoint": "https://127.0.0.1:1", "iam_endpoint": "https://127.0.0.1:1",
                                 "ca_file": "pipe.pem"})
        run = self.gild("apply", "--auto-approve", status=1, environment={"HW_AUTH_TOKEN": "t"})
        self.assertIn("pipe.pem", run.err)

    def test_a_folder_that_is_a_link_itself_is_read_and_so_are_links_inside_it(self):
        (self.fleet.folder / "lists").mkdir()
        (self.fleet.folder / "lists" / "real.txt").write_text("d-2\n")
        (self.fleet.folder / "alias.txt").symlink_to("lists/real.txt")
        self.manifest(group={"desktop_files": ["alias.txt"]})
        (self.folder / "elsewhere").symlink_to(self.fleet.folder)
        plan = json.loads(self.gild("plan", self.folder / "elsewhere", "--format", "json").out)
        self.assertEqual([desktop["id"] for desktop in plan["desktops"]], ["d-1", "d-2"])

    # --- Hosts ---

    def test_an_endpoint_that_could_mean_another_host_is_none(self):
        for address in (
            "https://workspace.ap-southeast-1.myhuaweicloud.com@evil.example",
            "https://workspace.ap-southeast-1.myhuaweicloud.com:443@evil.example",
            "https://evil.example\\.myhuaweicloud.com",
            "https://evil.example/.myhuaweicloud.com",
            "https://evil.example?.myhuaweicloud.com",
            "https://evil.example#.myhuaweicloud.com",
            "https://evil.example%2f.myhuaweicloud.com",
            "https://evil.example%00.myhuaweicloud.com",
            "https://evil.example\0.myhuaweicloud.com",
            "https://evil.example\r\nHost: x.myhuaweicloud.com",
            "https://evil.example .myhuaweicloud.com",
            "https://workspace.myhuaweicloud.com.",
            "https://workspace..myhuaweicloud.com",
            "https://.myhuaweicloud.com",
            "https://workspace.myhuaweicloud.com:",
            "https://workspace.myhuaweicloud.com:0",
            "https://workspace.myhuaweicloud.com:443:8443",
            "https://workspace.myhuaweicloud.com:99999",
            "https://workspace.myhuaweiсloud.com",  # a Cyrillic letter
            "https://workspace。myhuaweicloud.com",
            "https:workspace.myhuaweicloud.com",
            "https:///workspace.myhuaweicloud.com",
            "//workspace.myhuaweicloud.com",
            "ftp://workspace.myhuaweicloud.com",
            "file:///etc/passwd",
            "https://[::1",
            "https://[::1]evil.example",
            "https://[::1%25eth0]",
            "https://::1",
            "https://0x7f.1",
            "https://127.1",
            "https://0177.0.0.1",
            "https://2130706433",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "http://workspace.myhuaweicloud.com",
        ):
            for field in ("endpoint", "iam_endpoint"):
                with self.subTest(address=address, field=field):
                    self.manifest(workspace={field: address})
                    self.gild("plan", status=1)

    def test_a_region_or_a_project_cannot_lead_to_another_host_or_path(self):
        for region in ("x.evil.example/", "evil.example/#", "a@evil.example", "a.b", "a/b", "", "-", "a\nb", "A", "a%2e"):
            with self.subTest(region=region):
                self.manifest(workspace={"region": region})
                self.gild("plan", status=1)
        for project in ("../../v3/auth", "a/b", "a?b", "a#b", "a%2fb", "a b", "", ".", "..", "a\r\nX: y"):
            with self.subTest(project=project):
                self.manifest(workspace={"project_id": project})
                self.gild("plan", status=1)

    def test_a_credentials_profile_names_nothing_but_a_profile(self):
        for profile in ("", "a=b", "A", "../x", "a b", "a_b", "a\0b"):
            with self.subTest(profile=profile):
                self.manifest(workspace={"credentials": profile})
                self.gild("plan", status=1)

    def test_hosts_that_only_look_trusted_are_not_even_looked_up(self):
        if not sandbox.is_possible():
            self.skipTest("no filter for this machine's calls")
        for host in (
            "workspace.myhuaweicloud.com.evil.example",
            "evilmyhuaweicloud.com",
            "myhuaweicloud.com",
            "workspace.myhuaweicloud.co",
            "workspace.myhuaweicloud.com-evil.example",
            "workspace-myhuaweicloud.com",
            "xn--workspace.xn--myhuaweicloud-abc.com",
            "localhost.evil.example",
            "[::ffff:127.0.0.1]",
            "[::]",
            "0.0.0.0",
            "128.0.0.1",
            "gateway.example:8443",  # trusted on another port
        ):
            with self.subTest(host=host):
                self.manifest(workspace={"endpoint": f"https://{host}", "iam_endpoint": f"https://{host}"})
                environment = {"HW_AUTH_TOKEN": SECRET, "GILD_TRUSTED_HOSTS": "gateway.example:443"}
                run = self.gild("apply", "--auto-approve", status=5, environment=environment,
                                before=sandbox.forbid_sockets)
                self.assertIn("GILD_TRUSTED_HOSTS", run.err)

    # --- The network ---

    def test_what_needs_no_network_makes_no_socket_and_asks_for_no_credentials(self):
        if not sandbox.is_possible():
            self.skipTest("no filter for this machine's calls")
        self.manifest(workspace={"credentials": "stranger", "endpoint": "https://127.0.0.1:1"})
        # Whoever read these would complain, or behave otherwise.
        broken = {
            "HW_STRANGER_ACCESS_KEY": "half a pair",
            "HW_ACCESS_KEY": "half a pair",
            "HW_AUTH_TOKEN": "two\nlines",
            "GILD_TRUSTED_HOSTS": "://",
            "GILD_CA_FILE": "/nowhere",
            "HTTPS_PROXY": "://",
        }
        commands = (
            ("validate",),
            ("plan",),
            ("plan", "--format", "json"),
            ("plan", "--out", "plan.json"),
            ("show", "plan.json"),
            ("status",),
            ("history",),
            ("state", "list"),
            ("schema", "plan"),
            ("init", "fresh"),
        )
        for command in commands:
            with self.subTest(command=command):
                alone = self.gild(*command, environment={}, before=sandbox.forbid_sockets)
                shutil.rmtree(self.fleet.folder / "fresh", ignore_errors=True)
                beside = self.gild(*command, environment=broken, before=sandbox.forbid_sockets)
                self.assertEqual((alone.out, alone.err), (beside.out, beside.err))
                shutil.rmtree(self.fleet.folder / "fresh", ignore_errors=True)
        self.gild("apply", "--auto-approve", status=sandbox.KILLED, environment={"HW_AUTH_TOKEN": "t"},
                  before=sandbox.forbid_sockets)  # so the filter does forbid

    # --- The terminal ---

    def assert_plain(self, run):
        for character in run.out + run.err:
            if character != "\n":
                self.assertNotIn(unicodedata.category(character), ("Cc", "Cf", "Zl", "Zp"), ascii(character))

    def run_all(self, *paths):
        plan = self.fleet.folder / "plan.json"
        for command in (
            ("validate", *paths),
            ("validate", "--format", "json", *paths),
            ("plan", *paths),
            ("plan", "-v", *paths),
            ("plan", "--format", "json", *paths),
            ("plan", "--out", "plan.json", *paths),
            ("show", *(paths or ["."])),
            ("status", *paths),
        ):
            self.assert_plain(self.gild(*command, status=None))
        if plan.exists():
            self.assert_plain(self.gild("show", "plan.json"))
            self.assert_plain(self.gild("show", "--format", "json", "plan.json"))
            plan.unlink()

    def test_no_value_drives_a_terminal(self):
        self.manifest(
            group={
                "desktops": [{"id": "d-1", "name": f"CFO{DRIVES}"}],
                "revision": f"r{DRIVES}",
                "rebuild": {"message": f"Save your work{DRIVES}"},
            },
            image={"image_type": f"private{DRIVES}", "os_type": f"Windows{DRIVES}"},
        )
        self.run_all()

    def test_no_value_that_is_refused_drives_a_terminal(self):
        places = ["region", "project_id", "endpoint", "iam_endpoint", "credentials", "ca_file", f"unknown{DRIVES}"]
        for place in places:
            with self.subTest(place=place):
                self.manifest(workspace={place: f"x{DRIVES}"})
                self.run_all()
        for group in (
            {"desktop_files": [f"x{DRIVES}"]},
            {"desktops": [f"d{DRIVES}"]},
            {"exclude": [f"d{DRIVES}"]},
            {"image": f"img{DRIVES}"},
            {"workspace": f"prod{DRIVES}"},
            {"rollout": {"max_failures": f"2{DRIVES}"}},
        ):
            with self.subTest(group=group):
                self.manifest(group=group)
                self.run_all()

    def test_no_document_that_is_refused_drives_a_terminal(self):
        shown = DRIVES.translate({number: None for number in (*range(0x20), 0x9B)})  # YAML takes these as they are
        for text in (
            f"apiVersion: gild/v1\nkind: X{shown}\n",
            f'apiVersion: "gild/v1\\e[2J\\x9b{shown}"\nkind: Image\n',
            f"apiVersion: gild/v1\nkind: Image\nmetadata: {{name: a}}\nspec: [{shown}, {{ *{shown}\n",
            f"apiVersion: gild/v1\nkind: !!{shown} Image\n",
            f"apiVersion: gild/v1\nkind: Image\n\tmetadata: {shown}\n",
            f"apiVersion: gild/v1 \x1b[2J\x07 {shown}\n",
            f"apiVersion: gild/v1\x9b2J{shown}\n",
            f'apiVersion: gild/v1\nkind: Image\nmetadata: {{"n\\e[2J{shown}": 1, name: "\\a", labels: {{"\\e": "\\e"}}}}\n',
            f"? {shown}\n: [\n",
            f"{shown}: |\n  {shown}\n {shown}",
        ):
            with self.subTest(text=text):
                self.fleet.write_text("all.yaml", text)
                self.run_all()

    def test_no_file_name_drives_a_terminal(self):
        name = f"x\x1b[2J\n{DRIVES}\udcff".replace("\0", "")
        for text in ("apiVersion: gild/v1\nkind: X\n", "[", "apiVersion: gild/v1\nkind: Image\n\x01"):
            with self.subTest(text=text):
                path = self.fleet.folder / (name + ".yaml")
                path.write_text(text)
                self.run_all()
                self.run_all(path)
                path.unlink()
        (self.fleet.folder / name).mkdir()
        (self.fleet.folder / name / "dead.yaml").symlink_to("nowhere" + name)
        (self.fleet.folder / name / "out.yaml").symlink_to(pathlib.Path("/etc/passwd"))
        self.run_all()
        self.run_all("missing" + name)
        self.assert_plain(self.gild("-C", "missing" + name, "plan", status=None))
        self.assert_plain(self.gild("plan", "--state", "missing" + name + "/x", status=None))
        self.assert_plain(self.gild("plan", "--" + DRIVES, status=None))
        self.assert_plain(self.gild(DRIVES, status=None))
