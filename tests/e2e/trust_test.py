# SPDX-License-Identifier: Apache-2.0
"""Who gets the credentials: certificates, host names, trusted hosts and proxies."""
import shutil
import subprocess

from support.case import Case
from support.gateway import Gateway
from support.proxy import Proxy

OUTSIDE = "desktops.invalid"  # a name that leads nowhere without a proxy


class Trust(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 2})
        self.group("fin")

    def keys(self, **more):
        return {**self.emulator.keys(), **more}

    def assert_nothing_was_sent(self):
        record = self.record()
        self.assertEqual((sum(record.calls.values()), record.unauthorized), (0, 0))

    # --- Certificates ---

    def test_a_certificate_of_an_unknown_authority_ends_the_run_before_anything_is_sent(self):
        run = self.gild("apply", "--auto-approve", status=1, environment=self.keys())
        self.assertIn("certificate", run.err)
        self.assertIn("GILD_CA_FILE", run.err)
        self.assert_nothing_was_sent()

    def test_a_certificate_of_another_authority_ends_the_run_before_anything_is_sent(self):
        other = self.start_emulator({"images": [{"name": "old"}]})
        environment = self.keys(GILD_CA_FILE=other.ready["ca_file"])
        run = self.gild("apply", "--auto-approve", status=1, environment=environment)
        self.assertIn("certificate", run.err)
        self.assert_nothing_was_sent()

    def test_a_certificate_for_another_host_is_refused_also_on_this_machine(self):
        gateway = Gateway(self.emulator, address="127.0.0.2")  # the certificate names 127.0.0.1
        self.addCleanup(gateway.stop)
        self.fleet.workspace(self.emulator, endpoint=gateway.endpoint, iam_endpoint=gateway.endpoint)
        run = self.apply(status=1)
        self.assertIn("certificate", run.err)
        self.assertEqual(gateway.calls, [])

    def test_a_certificate_that_turns_bad_in_the_middle_ends_the_run_and_nothing_is_lost(self):
        other = self.start_emulator({"images": [{"name": "old"}]})
        swapped = []

        def swap(call, pass_on):
            if call.method == "GET" and not swapped:
                swapped.append(call)
                gateway.serve_certificate(other.tls_folder / "server.pem", other.tls_folder / "server.key")

        gateway = self.start_gateway(swap)  # the rebuild request opens a connection of its own
        run = self.apply(status=1)
        self.assertIn("certificate", run.err)
        self.assertEqual(gateway.rebuild_calls(), [])
        self.assert_nothing_settling()

    def test_a_ca_file_beside_the_manifest_holds_on_this_machine(self):
        shutil.copy(self.emulator.ready["ca_file"], self.fleet.folder / "corp-ca.pem")
        self.fleet.workspace(self.emulator, ca_file="corp-ca.pem")
        self.gild("apply", "--auto-approve", environment=self.keys())
        self.assert_wiped_once(self.emulator.ids("fin"))

    def test_a_manifest_cannot_choose_the_certificates_of_the_vendors_hosts(self):
        shutil.copy(self.emulator.ready["ca_file"], self.fleet.folder / "corp-ca.pem")
        vendor = {"endpoint": "https://workspace.cn-north-4.myhuaweicloud.com", "settle_seconds": 600}
        self.fleet.workspace(self.emulator, ca_file="corp-ca.pem", **vendor)
        run = self.apply(status=5)
        self.assertIn("ca_file", run.err)
        self.assert_nothing_was_sent()

    # --- Hosts ---

    def test_an_untrusted_endpoint_gets_no_credentials(self):
        self.fleet.workspace(self.emulator, endpoint=f"https://{OUTSIDE}", settle_seconds=600)
        run = self.apply(status=5)
        self.assertIn(f"GILD_TRUSTED_HOSTS={OUTSIDE}", run.err)
        self.assert_nothing_was_sent()

    def test_an_untrusted_iam_endpoint_gets_no_password(self):
        self.fleet.workspace(self.emulator, iam_endpoint=f"https://{OUTSIDE}")
        environment = {"GILD_CA_FILE": self.emulator.ready["ca_file"], **self.emulator.password()}
        run = self.gild("apply", "--auto-approve", status=5, environment=environment)
        self.assertIn(OUTSIDE, run.err)
        self.assert_nothing_was_sent()

    def test_a_host_that_only_looks_like_the_vendors_gets_no_credentials(self):
        for host in ("workspace.myhuaweicloud.com.example.org", "evilmyhuaweicloud.com", "127.0.0.1.example.org"):
            with self.subTest(host=host):
                self.fleet.workspace(self.emulator, endpoint=f"https://{host}", settle_seconds=600)
                self.apply(status=5)

    # --- Proxies ---

    def start_outside(self):
        """The service under a name that only the proxy can reach, with a certificate for that name."""
        key, certificate = self.folder / "outside.key", self.folder / "outside.pem"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        command += ["-keyout", key, "-out", certificate, "-days", "1", "-subj", f"/CN={OUTSIDE}"]
        subprocess.run([*command, "-addext", f"subjectAltName=DNS:{OUTSIDE}"], check=True, capture_output=True)
        gateway = Gateway(self.emulator)
        self.addCleanup(gateway.stop)
        gateway.serve_certificate(certificate, key)
        proxy = Proxy(gateway.port)
        self.addCleanup(proxy.stop)
        address = f"https://{OUTSIDE}"
        self.fleet.workspace(self.emulator, endpoint=address, iam_endpoint=address, settle_seconds=600)
        self.environment = self.keys(
            GILD_CA_FILE=str(certificate), GILD_TRUSTED_HOSTS=OUTSIDE, HTTPS_PROXY=proxy.url
        )
        return gateway, proxy

    def test_other_machines_are_reached_through_the_proxy(self):
        _, proxy = self.start_outside()
        self.apply()
        self.assert_wiped_once(self.emulator.ids("fin"))
        self.assertEqual(set(proxy.targets), {f"{OUTSIDE}:443"})

    def test_a_proxy_cannot_pass_itself_off_as_the_service(self):
        gateway, _ = self.start_outside()
        tls = self.emulator.tls_folder
        gateway.serve_certificate(tls / "server.pem", tls / "server.key")
        run = self.apply(status=1)
        self.assertIn("certificate", run.err)
        self.assertEqual(gateway.calls, [])

    def test_hosts_that_no_proxy_names_are_reached_without_it(self):
        _, proxy = self.start_outside()
        self.environment["NO_PROXY"] = f"example.org,{OUTSIDE}"
        self.apply(status=1)
        self.assertEqual(proxy.targets, [])

    def test_this_machine_is_never_reached_through_a_proxy(self):
        proxy = Proxy(1)
        self.addCleanup(proxy.stop)
        self.environment["HTTPS_PROXY"] = proxy.url
        self.apply()
        self.assert_wiped_once(self.emulator.ids("fin"))
        self.assertEqual(proxy.targets, [])
