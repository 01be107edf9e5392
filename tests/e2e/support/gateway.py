# SPDX-License-Identifier: Apache-2.0
"""A gateway between gild and the emulator: HTTPS with the emulator's certificate, everything is passed on, except where
a test wants to see it, to change the world at that moment, or to answer something that the emulator never would."""
import dataclasses
import http.client
import http.server
import ssl
import threading

_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


@dataclasses.dataclass
class Call:
    method: str
    path: str  # with its query
    headers: dict
    body: bytes

    def is_rebuild(self):
        return self.method == "POST" and self.path.endswith("/desktops/rebuild")


@dataclasses.dataclass
class Reply:
    status: int
    body: bytes = b""
    headers: dict = dataclasses.field(default_factory=dict)


class Gateway:
    """`intervene(call, pass_on)` may return a Reply of its own; None: the call is passed on. `pass_on()` does that at
    once and returns the emulator's Reply."""

    def __init__(self, emulator, intervene=None, address="127.0.0.1"):
        self.calls = []
        self._emulator = emulator
        self._intervene = intervene or (lambda call, pass_on: None)
        self._lock = threading.Lock()
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                gateway._handle(self)

            def do_POST(self):
                gateway._handle(self)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self._server.daemon_threads = True
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.serve_certificate(emulator.tls_folder / "server.pem", emulator.tls_folder / "server.key")
        self._server.socket = self._context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False  # in the connection's own thread
        )
        self.port = self._server.server_port
        self.endpoint = f"https://{address}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def serve_certificate(self, certificate, key):
        """On connections from now on."""
        self._context.load_cert_chain(certificate, key)

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def rebuild_calls(self):
        return [call for call in self.calls if call.is_rebuild()]

    def _handle(self, handler):
        length = int(handler.headers.get("Content-Length", 0))
        call = Call(handler.command, handler.path, dict(handler.headers), handler.rfile.read(length))
        with self._lock:  # one at a time, so that a test's counters need no care
            self.calls.append(call)
            reply = self._intervene(call, lambda: self._pass_on(call)) or self._pass_on(call)
        handler.send_response_only(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        handler.wfile.write(reply.body)

    def _pass_on(self, call):
        host, port = self._emulator.endpoint.removeprefix("https://").rsplit(":", 1)
        context = ssl.create_default_context(cafile=self._emulator.ready["ca_file"])
        connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=60)
        try:
            headers = {name: value for name, value in call.headers.items() if name.lower() not in _HOP_BY_HOP}
            connection.request(call.method, call.path, call.body, headers)  # Host stays: signatures hold
            response = connection.getresponse()
            kept = {name: value for name, value in response.getheaders() if name.lower() not in _HOP_BY_HOP}
            return Reply(response.status, response.read(), kept)
        finally:
            connection.close()


def service_date(reply):
    """The headers that every answer of the service has, for a Reply that stands in for one."""
    return {name: value for name, value in reply.headers.items() if name.lower() in ("date", "x-request-id")}
