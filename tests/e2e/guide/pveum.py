#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for pveum: keeps users, roles, tokens and grants in the file $PVEUM_STATE; $PVEUM_MAJOR is the version.

Roles and privileges are those of Proxmox VE 8 and 9 (pve-access-control, PVE/AccessControl.pm).
"""
import json
import os
import sys

AUDITOR = {"Datastore.Audit", "Mapping.Audit", "Pool.Audit", "SDN.Audit", "Sys.Audit", "VM.Audit"}
MAJOR = int(os.environ["PVEUM_MAJOR"])
ROLES = {"PVEAuditor": AUDITOR | ({"VM.GuestAgent.Audit"} if MAJOR >= 9 else set()), "NoAccess": set()}
PRIVILEGES = AUDITOR | ({"VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted"} if MAJOR >= 9 else {"VM.Monitor"})


def options(words, known):
    found, plain = {}, []
    words = list(words)
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            plain.append(word)
        elif word[2:] not in known or not words:
            sys.exit(f"pveum: Unknown option: {word}")
        else:
            found[word[2:]] = words.pop(0)
    return plain, found


def main():
    path = os.environ["PVEUM_STATE"]
    state = {"users": [], "roles": {}, "acl": [], "tokens": []}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as text:
            state = json.load(text)
    words = sys.argv[1:]
    roles = dict(ROLES, **{name: set(held) for name, held in state["roles"].items()})
    if words[:2] == ["user", "add"]:
        plain, _ = options(words[2:], ("comment",))
        if len(plain) != 1 or "@" not in plain[0]:
            sys.exit("pveum: value does not look like a valid user name")
        state["users"] += plain
    elif words[:2] == ["role", "add"]:
        plain, given = options(words[2:], ("privs",))
        held = given["privs"].replace(",", " ").split()
        for privilege in held:
            if privilege not in PRIVILEGES:
                sys.exit(f"pveum: invalid privilege '{privilege}'")
        state["roles"][plain[0]] = held
    elif words[:2] == ["acl", "modify"]:
        plain, given = options(words[2:], ("users", "tokens", "roles", "propagate"))
        if given["roles"] not in roles:
            sys.exit(f"pveum: role '{given['roles']}' does not exist")
        if given.get("users") not in state["users"]:
            sys.exit(f"pveum: user '{given.get('users')}' does not exist")
        state["acl"].append([plain[0], given["users"], given["roles"]])
    elif words[:3] == ["user", "token", "add"]:
        plain, given = options(words[3:], ("privsep", "comment", "expire"))
        if plain[0] not in state["users"] or len(plain) != 2:
            sys.exit("pveum: no such user")
        state["tokens"].append([f"{plain[0]}!{plain[1]}", given.get("privsep", "1")])
    else:
        sys.exit(f"pveum: unknown command {' '.join(words)}")
    # the privileges of the token on "/"; with privilege separation it has none without a grant to the token itself
    state["held"] = sorted(set().union(*(roles[role] for where, _, role in state["acl"] if where == "/")) if
                           any(separate == "0" for _, separate in state["tokens"]) else set())
    with open(path, "w", encoding="utf-8") as text:
        json.dump(state, text)


main()
