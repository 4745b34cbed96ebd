# SPDX-License-Identifier: Apache-2.0
"""The servers of a configuration, read without any code of the program under test."""
import json
import os
import re
import ssl
import urllib.error
import urllib.request


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(f"HTTP {status}: {text[:300]}")
        self.status = status
        self.text = text


def _call(url, headers, context, method="GET", body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, dict(headers), method=method)
    if data is not None:
        request.add_header("Content-Type", "application/json")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(request, timeout=60) as answer:
            text = answer.read().decode()
    except urllib.error.HTTPError as error:
        raise Refused(error.code, error.reason + " " + error.read().decode(errors="replace")) from None
    return json.loads(text) if text else None


class NetBox:
    def __init__(self, url, token, context=None):
        self.api = url.rstrip("/") + "/api/"
        self.context = context
        scheme = "Bearer" if token.startswith("nbt_") else "Token"
        self.headers = {"Authorization": f"{scheme} {token}", "Accept": "application/json"}

    def call(self, method, path, body=None):
        return _call(self.api + path, self.headers, self.context, method, body)

    def all(self, path, query=""):
        rows = []
        while True:
            page = self.call("GET", f"{path}/?limit=500&ordering=id&offset={len(rows)}{query}")
            rows += page["results"]
            if not page["results"] or len(rows) >= page["count"]:
                return rows

    def one(self, path, key):
        """The object with this key, or None."""
        found = [row for row in self.all(path) if row["custom_fields"].get("stagebox_key") == key]
        if len(found) > 1:
            raise Refused(0, f"{len(found)} objects with key {key}")
        return found[0] if found else None


class Pve:
    def __init__(self, slug, url, token, site, context=None):
        self.slug, self.site, self.api, self.context = slug, site, url.rstrip("/") + "/api2/json", context
        self.headers = {"Authorization": "PVEAPIToken=" + token}

    def get(self, path):
        return _call(self.api + path, self.headers, self.context)["data"]


def _value(text, name):
    found = re.search(r'\b%s\s*=\s*"([^"]*)"' % name, text)
    return found.group(1) if found else ""


def _secret(text, name, folder):
    reference = _value(text, name)
    if not reference.startswith("file:"):
        raise SystemExit(f"no file: reference in {name} = {reference}")
    with open(os.path.join(folder, reference[5:]), encoding="utf-8") as data:
        return data.read().strip()


def _context(text):
    path = _value(text, "ca_file")
    if _value(text, "fingerprint"):
        return ssl._create_unverified_context()
    return ssl.create_default_context(cafile=path) if path else None


def of_config(path):
    """(NetBox, [Pve, ...]) of a configuration that the lab wrote."""
    with open(path, encoding="utf-8") as data:
        text = re.sub(r"(?m)^\s*#.*$", "", data.read())
    netbox = re.search(r"\bnetbox\s*:\s*\{(.*?)\n?\}", text, re.S).group(1)
    endpoints = re.search(r"\bendpoints\s*:\s*\((.*?)\)\s*;", text, re.S).group(1)
    folder, pves = os.path.dirname(path), []
    # braces may also stand in texts, as in cluster_name = "{node}"
    for part in re.findall(r'\{((?:"[^"]*"|[^"}])*)\}', endpoints):
        url = re.search(r'urls\s*=\s*\[\s*"([^"]*)"', part).group(1)
        pves.append(Pve(_value(part, "slug"), url, _secret(part, "token", folder), _value(part, "site"), _context(part)))
    return NetBox(_value(netbox, "url"), _secret(netbox, "token", folder), _context(netbox)), pves


def person_of(path):
    """NetBox with the token of another user, which the lab creates; None if there is no such token."""
    try:
        with open(os.path.join(os.path.dirname(path), "tokens", "person"), encoding="utf-8") as data:
            token = data.read().strip()
    except OSError:
        return None
    netbox, _ = of_config(path)
    return NetBox(netbox.api[:-len("/api/")], token, netbox.context)
