# SPDX-License-Identifier: Apache-2.0
"""A server in front of another one: gate.py NAME=VALUE...; prints its port, then serves until it is killed.

to=URL       forward all requests to this server
prefix=/x    serve it below a base path; other paths return a web page with 404
cert=FILE    speak TLS with this certificate and key
host=ADDR    listen on this address instead of 127.0.0.1
page=STATUS  answer all requests with a web page of this status; login=1: with a password field
body=TEXT    the body of that page
refuses=N:STATUS,...  refuse the configs of these guests; slow=N: that of guest N a second later than others
json=PATH=TEXT        answer this path with this JSON
location=URL          redirect (301) to URL and the requested path; sso=1: to a login page
dies-after=N          close the listener and every connection after N answers
noauth=1              remove the header Authorization
only=GET,POST         answer other methods with a web page of status 405
blocks=METHOD=STATUS  refuse this method (ALL: POST, PATCH and DELETE) with a web page, kind=text: with a line of text
maintenance=1         refuse writes as a NetBox with MAINTENANCE_MODE
proxy=1               be a proxy: CONNECT and plain requests; auth=user:word, refuse=STATUS
silent=1              accept connections and send nothing
log=FILE              write one line per request
"""
import base64
import http.client
import json
import os
import re
import select
import socket
import socketserver
import ssl
import sys
import threading
import time
import urllib.parse

OPTIONS = dict(word.split("=", 1) for word in sys.argv[1:])
LOCK = threading.Lock()
SEEN = {"n": 0}


def note(line):
    if OPTIONS.get("log"):
        with LOCK, open(OPTIONS["log"], "a", encoding="utf-8") as out:
            out.write(line + "\n")


def read_request(stream):
    line = stream.readline(65536).decode("latin-1").rstrip("\r\n")
    headers = []
    if not line:
        return None
    while True:
        row = stream.readline(65536).decode("latin-1").rstrip("\r\n")
        if not row:
            break
        name, _, value = row.partition(":")
        headers.append((name.strip(), value.strip()))
    length = int(next((v for k, v in headers if k.lower() == "content-length"), "0"))
    method, target = (line.split(" ") + ["", ""])[:2]
    return method, target, headers, stream.read(length) if length else b""


class Handler(socketserver.StreamRequestHandler):
    def send_answer(self, status, body=b"", kind="text/html", extra=()):
        reason = http.client.responses.get(status, "Odd")
        head = [f"HTTP/1.1 {status} {reason}", f"Content-Length: {len(body)}", f"Content-Type: {kind}"]
        head += [f"{k}: {v}" for k, v in extra]
        self.wfile.write(("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + body)

    def page(self, status):
        form = "<input type=\"password\">" if OPTIONS.get("login") else ""
        text = OPTIONS.get("body") or f"<html><head><title>Some Router</title></head><body>{form}</body></html>"
        self.send_answer(status, text.encode(), "text/html")

    def forward(self, url, method, target, headers, body):
        to = urllib.parse.urlsplit(url)
        context = ssl._create_unverified_context()
        link = http.client.HTTPSConnection(to.netloc, context=context) if to.scheme == "https" \
            else http.client.HTTPConnection(to.netloc)
        dropped = {"connection", "proxy-connection", "proxy-authorization"} | ({"authorization"} if OPTIONS.get("noauth") else set())
        try:
            link.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                if name.lower() not in dropped:
                    link.putheader(name, value)
            link.endheaders(body or None)
            answer = link.getresponse()
            data = answer.read()
            extra = [(k, v) for k, v in answer.getheaders()
                     if k.lower() not in ("content-length", "content-type", "connection", "transfer-encoding")]
            self.send_answer(answer.status, data, answer.getheader("Content-Type", "text/plain"), extra)
        except OSError:
            self.page(502)
        finally:
            link.close()

    def tunnel(self, target):
        host, _, port = target.rpartition(":")
        try:
            far = socket.create_connection((host.strip("[]"), int(port)), 5)
        except OSError:
            self.send_answer(503)
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        near = self.connection
        while True:
            ready, _, _ = select.select([near, far], [], [], 60)
            for end in ready:
                data = end.recv(65536)
                if not data:
                    far.close()
                    return
                (far if end is near else near).sendall(data)
            if not ready:
                return

    def as_proxy(self, method, target, headers, body):
        wanted = OPTIONS.get("auth")
        given = next((v for k, v in headers if k.lower() == "proxy-authorization"), "")
        if wanted and given != "Basic " + base64.b64encode(wanted.encode()).decode():
            self.send_answer(407, extra=[("Proxy-Authenticate", "Basic realm=\"gate\"")])
        elif OPTIONS.get("refuse"):
            self.send_answer(int(OPTIONS["refuse"]))
        elif method == "CONNECT":
            self.tunnel(target)
            return False
        else:
            to = urllib.parse.urlsplit(target)
            self.forward(f"{to.scheme}://{to.netloc}", method, urllib.parse.urlunsplit(("", "", to.path, to.query, "")), headers, body)
        return True

    def refuse_config(self, number):
        rules = dict(rule.split(":") for rule in OPTIONS["refuses"].split(","))
        if number not in rules:
            return False
        if number == OPTIONS.get("slow"):
            time.sleep(1)
        words = {"data": None, "message": f"Permission check failed (/vms/{number}, VM.Audit)"}
        self.send_answer(int(rules[number]), json.dumps(words).encode(), "application/json")
        return True

    def answer(self, method, target, headers, body):
        path = target.split("?")[0]
        prefix = OPTIONS.get("prefix", "")
        rule = OPTIONS.get("json", "")
        config = re.fullmatch(r".*/(?:qemu|lxc)/(\d+)/config", path)
        if config and OPTIONS.get("refuses") and self.refuse_config(config.group(1)):
            return True
        if OPTIONS.get("proxy"):
            return self.as_proxy(method, target, headers, body)
        blocked, _, status = OPTIONS.get("blocks", "").partition("=")
        if blocked and method not in ("GET", "OPTIONS") and blocked in (method, "ALL"):
            if OPTIONS.get("kind") == "text":
                return self.send_answer(int(status), b"404 page not found\n", "text/plain")
            return self.page(int(status))
        if OPTIONS.get("maintenance") and method not in ("GET", "OPTIONS"):
            why = ("NetBox is currently operating in maintenance mode and is unable to perform write operations. "
                   "Please try again later.")
            self.send_answer(500, json.dumps({"error": why, "exception": "InternalError"}).encode(), "application/json")
        elif OPTIONS.get("only") and method not in OPTIONS["only"].split(","):
            self.page(405)
        elif rule and path == rule.split("=")[0]:
            self.send_answer(200, rule.split("=", 1)[1].encode(), "application/json")
        elif OPTIONS.get("sso"):
            self.send_answer(302, extra=[("Location", "/login/?next=" + path)])
        elif OPTIONS.get("location"):
            self.send_answer(301, extra=[("Location", OPTIONS["location"] + target)])
        elif OPTIONS.get("page"):
            self.page(int(OPTIONS["page"]))
        elif prefix and not path.startswith(prefix + "/"):
            self.page(404)
        else:
            self.forward(OPTIONS["to"], method, target[len(prefix):], headers, body)
        return True

    def handle(self):
        if OPTIONS.get("silent"):
            self.connection.recv(65536)
            select.select([self.connection], [], [], 60)
            return
        while True:
            try:
                request = read_request(self.rfile)
                if not request:
                    return
                note(f"{request[0]} {request[1]}")
                if not self.answer(*request):
                    return
                self.wfile.flush()
            except (OSError, ValueError):
                return
            with LOCK:
                SEEN["n"] += 1
                if SEEN["n"] == int(OPTIONS.get("dies-after", "0")):
                    os._exit(0)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    address_family = socket.AF_INET6 if ":" in OPTIONS.get("host", "") else socket.AF_INET

    def get_request(self):
        link, address = super().get_request()
        if OPTIONS.get("cert"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(OPTIONS["cert"])
            link.settimeout(10)
            link = context.wrap_socket(link, server_side=True)
        return link, address

    def handle_error(self, request, client_address):
        pass


with Server((OPTIONS.get("host", "127.0.0.1"), 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
