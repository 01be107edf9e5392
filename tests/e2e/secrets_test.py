# SPDX-License-Identifier: Apache-2.0
"""No secret leaves the environment but in the headers of calls: with every way to sign in, when all is well and when
nothing is, it stands in no output, no file, no event, no history and no list of processes.

That nothing of it stands in what gild said or left in its folder is checked after every test (support/case.py); here
runs are made as talkative as they can be, and what else could leak is looked at while they run.
"""
import pathlib

from support.case import Case


class Secrets(Case):
    def ways(self):
        temporary = self.temporary_keys()
        return {
            "keys": self.emulator.keys(),
            "token": self.emulator.token(),
            "password": self.emulator.password(),
            "temporary keys": temporary,
        }

    def temporary_keys(self):
        answer = self.emulator.call(
            "POST",
            "/v3.0/OS-CREDENTIAL/securitytokens",
            {"auth": {"identity": {"methods": ["token"], "token": {"duration_seconds": 900}}}},
            {"X-Auth-Token": self.emulator.ready["token"]},
        )["credential"]
        return {
            "HW_ACCESS_KEY": answer["access"],
            "HW_SECRET_KEY": answer["secret"],
            "HW_SECURITY_TOKEN": answer["securitytoken"],
        }

    def setUp(self):
        super().setUp()
        self.tenant({"fin": 8}, job_seconds=(0.6, 0.8), settle_seconds=1)
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 4, "max_failures": 8})
        self.ca = {"GILD_CA_FILE": self.emulator.ready["ca_file"]}

    def secrets_of(self, way):
        return [value for name, value in way.items() if name not in ("HW_USER_NAME", "HW_DOMAIN_NAME")]

    def run_everything(self, way):
        """All that signs in, with -v and with whatever may go wrong; what ps shows of it is read meanwhile."""
        environment = {**self.ca, **way}
        self.emulator.set_faults(
            faults=[
                {"on": "rebuild", "from": 1, "count": 2, "fault": "html_after", "status": 502},
                {"on": "rebuild", "nth": 3, "fault": "status", "status": 400, "message": "No."},
                {"on": "rebuild", "nth": 4, "fault": "throttle", "wait_seconds": 0.2},
                {"on": "sub-jobs", "nth": 2, "fault": "half"},
                {"on": "detail", "nth": 2, "fault": "reset"},
            ],
            fail_jobs_of=["fin-001"],
        )
        self.gild("refresh", "-v", environment=environment, status=None)
        self.gild("plan", "--refresh", "-v", "--out", "plan.json", environment=environment, status=None)
        run = self.start_gild(
            "apply", "--auto-approve", "-v", "--events", "events.ndjson", environment=environment
        )
        shown = set()
        while run.is_running():
            try:
                process = pathlib.Path(f"/proc/{run.pid}")
                shown.add(process.joinpath("cmdline").read_bytes() + process.joinpath("comm").read_bytes())
            except (FileNotFoundError, ProcessLookupError):
                break
        run.wait()
        for command in (["drift", "-v"], ["status", "-v"], ["history", "-v"], ["state", "pull"]):
            self.gild(*command, environment=environment, status=None)
        self.emulator.set_faults(faults=[{"on": "detail", "fault": "status", "status": 403}])
        self.gild("refresh", "-v", environment=environment, status=1)
        self.emulator.set_faults()
        return shown

    def test_with_every_way_to_sign_in_no_secret_is_told(self):
        for name, way in self.ways().items():
            with self.subTest(name):
                shown = self.run_everything(way)
                for secret in self.secrets_of(way):
                    self.assert_not_told(secret)
                    self.assertFalse([text for text in shown if secret.encode() in text])

    def test_wrong_secrets_are_told_as_little_as_right_ones(self):
        for name, way in self.ways().items():
            wrong = {key: value[:-4] + "zZ9q" for key, value in way.items()}
            with self.subTest(name):
                self.gild("refresh", "-v", environment={**self.ca, **wrong}, status=1)
                for secret in self.secrets_of(wrong):
                    self.assert_not_told(secret)

    def test_secrets_that_no_header_can_carry_are_not_told(self):
        for secret in ("abc\ndef-secret", "abc\x01def-secret", "gänse-def-secret"):
            with self.subTest(secret):
                way = {"HW_ACCESS_KEY": self.emulator.ready["access_key"], "HW_SECRET_KEY": secret}
                self.gild("refresh", "-v", environment={**self.ca, **way}, status=1)
                token = {"HW_AUTH_TOKEN": secret}
                self.gild("refresh", "-v", environment={**self.ca, **token}, status=1)
                self.assert_not_told("def-secret")
                self.assert_not_told(secret)

    def test_the_users_of_proxies_are_not_told(self):
        environment = {**self.environment, "HTTPS_PROXY": "http://somebody:proxy-secret@127.0.0.1:9"}
        vendor = "https://workspace.ap-southeast-1.myhuaweicloud.com"
        self.fleet.workspace(self.emulator, endpoint=vendor, iam_endpoint=vendor, settle_seconds=600)
        run = self.gild("refresh", "-v", environment=environment, status=1)
        self.assert_not_told("proxy-secret")
        self.assertIn("127.0.0.1:9", run.err)
