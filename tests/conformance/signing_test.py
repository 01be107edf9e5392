# SPDX-License-Identifier: Apache-2.0
"""Signatures: those that the SDK makes are good at the emulator, which checks them with code that shares nothing with
gild's own signer; and what is not what was signed is refused."""
import json
import re
import urllib.parse

import huaweicloudsdkworkspace.v2 as workspace
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

from sdk import SdkCase


class Signing(SdkCase):
    def setUp(self):
        super().setUp()
        self.tenant({"finance": 3}, desktops=[{"name": "a b+c/ü~*'(%)", "image": "old"}])

    def list_of(self, client, **filters):
        return self.call(client.list_desktops, workspace.ListDesktopsRequest(**filters)).desktops

    def test_whatever_stands_in_a_query_is_signed_as_it_is_sent(self):
        client = self.client()
        for name in ("a b+c/ü~*'(%)", "none = & ? # such", "finance-001"):
            found = self.list_of(client, computer_name=name)
            self.agree(name, [desktop.computer_name for desktop in found], [name] if "none" not in name else [])
        ids = self.emulator.ids("finance")
        self.agree("repeated keys", {d.desktop_id for d in self.list_of(client, desktop_id=ids)}, set(ids))

    def test_a_body_with_any_text_is_signed_as_it_is_sent(self):
        message = "Grüße, 保存 \\ \"work\" 🖥"
        body = workspace.RebuildDesktopsReq(
            desktop_ids=self.emulator.ids("finance"), image_type="private", image_id=self.emulator.image("new"),
            message=message,
        )
        request = workspace.BatchRebuildDesktopsSystemDiskRequest(body=body)
        self.call(self.client().batch_rebuild_desktops_system_disk, request)
        self.agree("message", self.record().requests[0]["message"], message)

    def test_temporary_keys_work_with_their_security_token_and_only_with_it(self):
        answer = self.emulator.call(
            "POST", "/v3.0/OS-CREDENTIAL/securitytokens",
            {"auth": {"identity": {"methods": ["token"], "token": {"duration_seconds": 900}}}},
            {"X-Auth-Token": self.emulator.ready["token"]},
        )
        keys = answer["credential"]
        temporary = {"ak": keys["access"], "sk": keys["secret"]}
        self.agree("desktops", len(self.list_of(self.client(**temporary, security_token=keys["securitytoken"]))), 4)
        for token in (None, keys["securitytoken"][:-1] + "x"):
            client = self.client(**temporary, security_token=token)
            self.check_error(
                self.refused(client.list_desktops, workspace.ListDesktopsRequest()), 401, "APIGW.0301", "IAM"
            )

    def test_wrong_keys_are_refused(self):
        for keys in ({"sk": "not the secret"}, {"ak": "NOTTHEKEY"}):
            client = self.client(**keys)
            error = self.refused(client.list_desktops, workspace.ListDesktopsRequest())
            self.check_error(error, 401, "APIGW.0301", "Incorrect IAM authentication information")
        self.agree("unauthorized", self.record().unauthorized, 2)

    def test_a_request_that_was_changed_on_its_way_is_refused_and_wipes_nothing(self):
        changes = []

        def intervene(call, _):
            changes[0](call)

        gateway = self.start_gateway(intervene)
        client = self.client(endpoint=gateway.endpoint)
        victim = self.emulator.id("finance-003")

        def another_desktop(call):
            body = json.loads(call.body)
            body["desktop_ids"] = [victim]
            call.body = json.dumps(body).encode()

        def another_query(call):
            call.path += "?limit=1"

        def another_project(call):
            call.path = call.path.replace(self.emulator.ready["project_id"], "f" * 32)

        body = workspace.RebuildDesktopsReq(
            desktop_ids=[self.emulator.id("finance-001")], image_type="private", image_id=self.emulator.image("new")
        )
        request = workspace.BatchRebuildDesktopsSystemDiskRequest(body=body)
        for change in (another_desktop, another_query, another_project):
            changes[:] = [change]
            error = self.refused(client.batch_rebuild_desktops_system_disk, request)
            self.check_error(error, 401, "APIGW.0301", "verify aksk signature fail")
        self.agree("wipes", self.record().wipes, [])
        changes[:] = [lambda call: None]
        self.call(client.batch_rebuild_desktops_system_disk, request)

    def test_gilds_signature_is_the_one_that_the_sdk_makes_of_the_same_request(self):
        gateway = self.start_gateway()
        self.fleet.group("finance", "new", self.emulator.ids("finance"), rebuild={"message": "Grüße 保存"})
        self.apply()
        signer = Signer(BasicCredentials(self.emulator.ready["access_key"], self.emulator.ready["secret_key"]))
        for call in gateway.calls:
            headers = {name.lower(): value for name, value in call.headers.items()}
            signed = re.search("SignedHeaders=([^,]+),", headers["authorization"])[1].split(";")
            path, _, query = call.path.partition("?")
            request = SdkRequest(
                method=call.method, host=headers["host"], resource_path=path, body=call.body,
                query_params=urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)),
                header_params={name: headers[name] for name in signed},
            )
            self.assertLessEqual({"host", "x-sdk-date"}, set(signed))
            self.agree(call.path, headers["authorization"], signer.sign(request).header_params["Authorization"])
        self.assertGreater(len(gateway.calls), 4)
        self.agree("a rebuild is among them", sum(call.is_rebuild() for call in gateway.calls), 1)

    def test_certificates_are_verified_by_the_sdk_as_by_gild(self):
        other = self.start_emulator({"images": [], "groups": [], "desktops": []})
        client = self.client(ca_file=other.ready["ca_file"])
        error = self.refused(
            client.list_desktops, workspace.ListDesktopsRequest(), exceptions.SslHandShakeException
        )
        self.assertIn("CERTIFICATE_VERIFY_FAILED", error.error_msg)
        self.group("finance")
        run = self.gild(
            "refresh", environment={**self.emulator.keys(), "GILD_CA_FILE": other.ready["ca_file"]}, status=1
        )
        self.assertIn("certificate", run.err)
