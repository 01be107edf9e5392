# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy that only tunnels, and leads every tunnel to one place, whatever host was asked for."""
import socket
import socketserver
import threading


class Proxy:
    def __init__(self, destination_port):
        self.targets = []  # of CONNECT, as they were asked for
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                method, target, _ = self.rfile.readline().decode().split()
                while self.rfile.readline() not in (b"\r\n", b""):
                    pass
                proxy.targets.append(target)
                if method != "CONNECT":
                    self.wfile.write(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n")
                    return
                with socket.create_connection(("127.0.0.1", destination_port)) as onward:
                    self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    back = threading.Thread(target=_copy, args=(onward, self.connection), daemon=True)
                    back.start()
                    _copy(self.connection, onward)
                    back.join()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # one side is gone, and so is the tunnel
        pass
