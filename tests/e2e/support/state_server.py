# SPDX-License-Identifier: Apache-2.0
"""A server that keeps states by GitLab's rules, over HTTPS with the emulator's certificate.

The rules: the body is JSON with an integer `serial`, which names a version and may not come twice (422); a locked state
is written by the lock's holder alone (`?ID=`, else 409); a lock has seven keys; whoever asks for one that is held is
answered 409 with the holder's id, name and time, and his own of everything else; a lock is given back with its id, and
broken without one; reading what is not there is 404."""
import base64
import http.server
import json
import ssl
import threading

KEYS = ("ID", "Operation", "Info", "Who", "Version", "Created", "Path")
PATH = "/api/v4/projects/7/terraform/state/"


class StateServer:
    """`intervene(method, path)` may return "lose" (carried out, no answer), "drop" (not carried out, no answer), or an
    HTTP status to answer with instead."""

    def __init__(self, tls_folder, token="glpat-of-tests", intervene=None, clients=None):
        self.token = token
        self.states = {}
        self.locks = {}
        self.calls = []
        self._versions = set()
        self._mutex = threading.Lock()
        self.intervene = intervene or (lambda method, path: None)
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self):
                server._handle(self)

            do_GET = do_POST = do_DELETE = _any

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls_folder / "server.pem", tls_folder / "server.key")
        if clients:  # the only certificate by which a client may show who it is
            context.load_verify_locations(clients)
            context.verify_mode = ssl.CERT_REQUIRED
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.origin = f"https://127.0.0.1:{self._server.server_port}"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def address(self, name):
        return self.origin + PATH + name

    def document(self, name):
        return json.loads(self.states[name])

    def _handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        with self._mutex:
            self.calls.append((handler.command, handler.path.partition("?")[0]))
            what = self.intervene(handler.command, handler.path)
            if what == "drop":
                status, answer = None, b""
            elif isinstance(what, int):
                status, answer = what, b"<html>no</html>"
            else:
                status, answer = self._serve(handler.command, handler.path, handler.headers, body)
                if what == "lose":
                    status = None
        if status is None:
            handler.close_connection = True
            return
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)

    def _serve(self, method, path, headers, body):
        expected = "Basic " + base64.b64encode(f"gitlab-ci-token:{self.token}".encode()).decode()
        if headers.get("Authorization") != expected:
            return 401, b'{"message":"401 Unauthorized"}'
        path, _, query = path.partition("?")
        if not path.startswith(PATH):
            return 404, b""
        name, _, lock = path.removeprefix(PATH).partition("/")
        held = self.locks.get(name)
        if lock:
            info = json.loads(body or b"{}")
            if method == "POST":
                if any(key not in info for key in KEYS):
                    return 400, b""
                if held:
                    own = {"ID", "Who", "Created"}
                    return 409, json.dumps({key: (held if key in own else info)[key] for key in KEYS}).encode()
                self.locks[name] = {**info, "Who": "Ana"}
                return 200, b""
            if not held or (info.get("ID") and info["ID"] != held["ID"]):
                return 409, b""
            del self.locks[name]
            return 200, b""
        if method == "GET":
            return (200, self.states[name]) if name in self.states else (404, b"")
        if (held["ID"] if held else None) != (query.removeprefix("ID=") or None):
            return 409, b""
        serial = json.loads(body)["serial"]
        if (name, serial) in self._versions:
            return 422, b'{"message":"Version has already been taken"}'
        self._versions.add((name, serial))
        self.states[name] = body
        return 200, b""
