# SPDX-License-Identifier: Apache-2.0
"""echo.py BACKEND FOLDER: a server that forwards requests and returns the token of the request in its answers.

It writes its port to FOLDER/port once it listens. It reads FOLDER/mode with each request: "HOW [METHOD [WORD]]";
it answers requests of METHOD (or *) whose path contains WORD as HOW says, BACKEND answers all others.
"""
import http.client
import http.server
import json
import os
import sys
import urllib.parse

BACKEND, FOLDER = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2]
TICKET = os.environ["CANARY_TICKET"]


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, reason, body, headers=()):
        text = body.encode() if isinstance(body, str) else body
        self.wfile.write(f"HTTP/1.1 {status} {reason}\r\n".encode())
        names = [name.lower() for name, _ in headers]
        for name, value in list(headers) + [("Content-Length", len(text)), ("Connection", "close")]:
            self.wfile.write(f"{name}: {value}\r\n".encode())
        if "content-type" not in names:
            self.wfile.write(b"Content-Type: application/json\r\n")
        self.wfile.write(b"\r\n" + text)
        self.close_connection = True

    def send_echo(self, how):
        given = self.headers.get("Authorization", "")
        bare = given.split(" ")[-1].split("PVEAPIToken=")[-1]
        echo = f"no such token {bare} ({given}), ticket={TICKET}"
        members = {"detail": echo, "message": echo, "errors": {"token": echo}, "error": echo, "exception": echo,
                   "data": {"ticket": TICKET, "CSRFPreventionToken": TICKET, "password": TICKET}}
        items = [{"name": [echo], "token": [bare]}]
        if how == "refuse":
            self.send(401, "Unauthorized", json.dumps(members))
        elif how == "forbid":
            self.send(403, "Forbidden", json.dumps(members))
        elif how == "reason":
            self.send(401, echo, "")
        elif how == "fail":
            self.send(500, echo, json.dumps(members))
        elif how == "invalid":
            self.send(400, "Bad Request", json.dumps(items))
        elif how == "page":
            self.send(502, "Bad Gateway " + bare, f"<html>{echo}</html>", [("Content-Type", "text/html; t=" + bare)])
        elif how == "redirect":
            self.send(302, "Found", "", [("Location", f"http://user:{TICKET}@127.0.0.1:9/{bare}?token={bare}")])
        elif how == "headers":
            self.send(200, echo, "{" + echo, [("API-Version", bare), ("Content-Type", "text/" + bare)])
        else:  # fine: a successful answer that contains the token
            self.send(200, "OK", json.dumps(dict(members, results=[dict(members, id=1)], count=1, next=None, previous=None)))

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        with open(os.path.join(FOLDER, "mode"), encoding="utf-8") as mode:
            how, method, word = (mode.read().split() + ["*", ""])[:3]
        if how != "pass" and method in ("*", self.command) and word in self.path:
            self.send_echo(how)
            return
        backend = http.client.HTTPConnection(BACKEND.hostname, BACKEND.port, timeout=30)
        backend.request(self.command, self.path, body, {
            name: value for name, value in self.headers.items() if name.lower() not in ("host", "accept-encoding")})
        got = backend.getresponse()
        data = got.read()
        self.send(got.status, got.reason, data, [
            (name, value) for name, value in got.getheaders()
            if name.lower() in ("content-type", "api-version", "retry-after")])

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_OPTIONS = answer


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
server.daemon_threads = True
with open(os.path.join(FOLDER, "port.new"), "w", encoding="utf-8") as port:
    port.write(str(server.server_address[1]))
os.rename(os.path.join(FOLDER, "port.new"), os.path.join(FOLDER, "port"))
server.serve_forever()
