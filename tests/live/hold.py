# SPDX-License-Identifier: Apache-2.0
"""hold.py BACKEND LOG FOLDER: forwards requests to a NetBox and freezes one selected write.

It writes its port to FOLDER/port once it listens. The file FOLDER/hold contains "K commit" or "K drop": the K-th write
from then on is frozen. Once its client has disconnected, hold.py sends it to BACKEND, or drops it. Each request is a
line in LOG, in the format of the lab's log, so that the same tools check both.
"""
import http.client
import http.server
import json
import os
import select
import socket
import sys
import threading
import time
import urllib.parse

BACKEND, LOG, FOLDER = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2], sys.argv[3]
LATE_S = 0.5  # from the disconnect of the client to the late commit
HOP = ("connection", "keep-alive", "transfer-encoding", "host", "content-length")


class Hold:
    """Selects the write to freeze."""

    def __init__(self):
        self.lock = threading.Lock()
        self.left, self.mode = 0, None

    def take(self):
        """Called with each write: "commit" or "drop" for the selected one, else None."""
        path = os.path.join(FOLDER, "hold")
        with self.lock:
            if os.path.exists(path):
                with open(path, encoding="utf-8") as text:
                    left, self.mode = text.read().split()
                self.left = int(left)
                os.unlink(path)
            self.left -= 1
            return self.mode if self.left == 0 else None


HELD = Hold()
LINES = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def items_of(body):
    value = json.loads(body) if body else None
    return len(value) if isinstance(value, list) else int(value is not None)


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body of an answer in one segment

    def log_message(self, *_):
        pass

    def line(self, body, status, size, begun, **more):
        entry = {"t": round(time.time(), 3), "server": "netbox", "method": self.command, "path": self.path,
                 "status": status, "items": items_of(body), "bytes": size, "ms": int((time.monotonic() - begun) * 1000)}
        if self.headers.get("X-NetBox-Branch"):
            entry["branch"] = self.headers["X-NetBox-Branch"]
        os.write(LINES, (json.dumps(dict(entry, **more), separators=(",", ":")) + "\n").encode())

    def ask(self, body):
        """(status, headers, body) of NetBox."""
        backend = http.client.HTTPConnection(BACKEND.hostname, BACKEND.port, timeout=120)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        try:
            backend.request(self.command, self.path, body, dict(headers, Host=BACKEND.netloc))
            got = backend.getresponse()
            return got.status, got.getheaders(), got.read()
        finally:
            backend.close()

    def wait_until_gone(self):
        while True:
            if select.select([self.connection], [], [], 60)[0]:
                try:
                    if not self.connection.recv(1, socket.MSG_PEEK):
                        return
                except OSError:
                    return
                time.sleep(0.05)  # the client sends more data instead of waiting for the answer

    def freeze(self, mode, body, begun):
        self.line(body, 0, 0, begun, held=True)
        self.wait_until_gone()
        time.sleep(LATE_S)
        status, size = 0, 0
        if mode == "commit":
            status, _, answer = self.ask(body)
            size = len(answer)
        self.line(body, status, size, begun)
        self.close_connection = True

    def answer(self):
        begun = time.monotonic()
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        mode = HELD.take() if self.command not in ("GET", "HEAD", "OPTIONS") else None
        if mode:
            self.freeze(mode, body, begun)
            return
        status, headers, data = self.ask(body)
        self.line(body, status, len(data), begun)
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_OPTIONS = answer


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
server.daemon_threads = True
with open(os.path.join(FOLDER, "port.new"), "w", encoding="utf-8") as port:
    port.write(str(server.server_address[1]))
os.rename(os.path.join(FOLDER, "port.new"), os.path.join(FOLDER, "port"))
server.serve_forever()
