# SPDX-License-Identifier: Apache-2.0
"""The vendor's SDK against the emulator, with two judges: what came must be what the SDK's own types say, and what it
reads must be what gild reads."""
import dataclasses
import json

import huaweicloudsdkworkspace.v2 as workspace
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.http.http_handler import HttpHandler
from support.case import Case


@dataclasses.dataclass
class Counts:
    calls: int = 0
    typed: int = 0  # fields of answers, held against the SDK's types
    compared: int = 0  # values compared with what gild recorded or sent, or with what the test knows
    errors: int = 0  # error answers that arrived as an exception of the SDK

    def __str__(self):
        return (
            f"conformance: {self.calls} calls of the SDK, {self.typed} fields held against its types, "
            f"{self.compared} values compared, {self.errors} errors"
        )


COUNTS = Counts()
_PRIMITIVES = {"str": str, "int": int, "bool": bool}


class SdkCase(Case):
    """A Case with clients of the SDK; TLS is verified, with the emulator's CA."""

    def client(self, ak=None, sk=None, security_token=None, endpoint=None, project_id=None, ca_file=None):
        """Signs in with the emulator's own keys unless told otherwise."""
        ready = self.emulator.ready
        credentials = BasicCredentials(ak or ready["access_key"], sk or ready["secret_key"])
        credentials = credentials.with_project_id(project_id or ready["project_id"])
        if security_token:
            credentials = credentials.with_security_token(security_token)
        config = HttpConfig.get_default_config()
        config.ssl_ca_cert = ca_file or ready["ca_file"]
        config.ignore_ssl_verification = False
        client = (
            workspace.WorkspaceClient.new_builder()
            .with_http_config(config)
            .with_credentials(credentials)
            .with_endpoint(endpoint or ready["endpoint"])
            .with_http_handler(HttpHandler().add_response_handler(self._count))
            .build()
        )
        self.addCleanup(client.close)
        return client

    @staticmethod
    def _count(**_):
        COUNTS.calls += 1

    def call(self, method, request):
        """An answer of the SDK, after its raw text was held against the type that the SDK gives it."""
        answer = method(request)
        self.check_shape(type(answer), json.loads(answer.raw_content), type(answer).__name__)
        return answer

    def all_of(self, method, request, items, page):
        """Every item of a list, page by page, with the total that each page must tell."""
        found = []
        request.limit = page
        while True:
            request.offset = len(found)
            answer = self.call(method, request)
            got = getattr(answer, items) or []
            found += got
            if len(found) >= answer.total_count or not got:
                self.agree("total_count", answer.total_count, len(found))
                return found

    def check_shape(self, model, raw, where):
        """The emulator sends only what the SDK knows, with the SDK's types. null is documented for one field alone."""
        types = {model.attribute_map[name]: kind for name, kind in model.openapi_types.items()}
        self.assertIsInstance(raw, dict, where)
        for key, value in raw.items():
            self.assertIn(key, types, f"{where}: the SDK does not know this field")
            if value is None and key == "process":  # no task (W 3.4)
                continue
            self._check_type(types[key], value, f"{where}.{key}")

    def _check_type(self, kind, value, where):
        COUNTS.typed += 1
        if kind.startswith("list["):
            self.assertIsInstance(value, list, where)
            for item in value:
                self._check_type(kind[len("list["):-1], item, where + "[]")
        elif kind.startswith("dict("):
            self.assertIsInstance(value, dict, where)
            for key, item in value.items():
                self._check_type(kind[len("dict("):-1].partition(",")[2].strip(), item, f"{where}.{key}")
        elif kind in _PRIMITIVES:
            self.assertIs(type(value), _PRIMITIVES[kind], where)
        else:
            self.check_shape(getattr(workspace, kind), value, where)

    def agree(self, what, ours, theirs):
        COUNTS.compared += 1
        self.assertEqual(ours, theirs, what)

    def refused(self, method, request, kind=exceptions.ClientRequestException):
        """The exception in which an error answer arrives: exactly of this class."""
        with self.assertRaises(exceptions.SdkException) as caught:
            method(request)
        self.assertIs(type(caught.exception), kind, str(caught.exception))
        COUNTS.errors += 1
        return caught.exception

    def check_error(self, error, status, code, message):
        """All four parts of it; the request id is that of the answer's header."""
        self.agree("status_code", error.status_code, status)
        self.agree("error_code", error.error_code, code)
        self.assertRegex(error.error_msg, message)
        self.assertRegex(error.request_id or "", r"^[0-9a-f]{32}$")


def text(value):
    """How the SDK gives a field that is not there."""
    return value or ""
