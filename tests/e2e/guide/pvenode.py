#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for pvenode: `cert info` describes the certificate in the file $GUIDE_CERTIFICATE, as a node does its own."""
import hashlib
import json
import os
import ssl
import sys


def main():
    if sys.argv[1:3] != ["cert", "info"] or sys.argv[3:] not in ([], ["--output-format", "json-pretty"]):
        sys.exit(f"pvenode: unknown command {' '.join(sys.argv[1:])}")
    with open(os.environ["GUIDE_CERTIFICATE"], encoding="ascii") as pem:
        text = pem.read()
    der = ssl.PEM_cert_to_DER_cert(text[:text.index("-----END CERTIFICATE-----")] + "-----END CERTIFICATE-----\n")
    digits = hashlib.sha256(der).hexdigest().upper()
    print(json.dumps([{"filename": "pve-ssl.pem", "fingerprint": ":".join(digits[i:i + 2] for i in range(0, 64, 2))}], indent=3))


main()
