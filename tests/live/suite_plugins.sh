#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# needs plugins
# only full
# limit 3600
# What core relies on in the plugin netbox-custom-objects, asked of the plugin itself: its schema, the shapes of its answers
# in bulk, filters, rights, change log, branches. A new version of the plugin that answers otherwise fails here first.
. "${STAGEBOX_SRC:?}/tests/live/lib_live.sh"
plugin() { python3 "$STAGEBOX_SRC/tests/live/plugin.py" "$1"; }
instance() { sh "$STAGEBOX_SRC/tests/live/fresh.sh" "$@"; }

# A process of NetBox learns of a type when it first uses it: until then it does not log what the database deletes with a
# cluster, and its lists ignore the references of the type. So what follows is asked of one process.
check "NetBox runs in one process" instance restart "$STAGEBOX_LIVE_INSTANCE" one

# --- the type and its schema -------------------------------------------------------------------------
check "NetBox names the plugin and its version" plugin '
found = get("status/").body["plugins"]
check(found.get("netbox_custom_objects") == "0.7.1" and found.get("netbox_branching") == "1.2.2", found)'
check "a slug without a type is not found" plugin '
check(get(SHELVES).status == 404, get(SHELVES))'
check "a preview writes nothing" plugin '
answer = post(HOME + "schema/preview/", {"schema_version": "1", "types": [shelf()]})
check(answer.status == 200 and answer.body["diffs"][0]["is_new"] and type_of() is None, answer)'
check "a schema makes a type" plugin '
answer = apply(shelf())
check(answer.status == 200 and answer.body["applied"], answer)
diff = answer.body["diffs"][0]
check(diff["is_new"] and len(diff["field_changes"]) == len(FIELDS) and not diff["warnings"], diff)'
before=$(plugin 'print(get("core/object-changes/?limit=1").count)')
check "the same schema again changes nothing" plugin 'check(changed(apply(shelf())) == ({}, []))'
check "and is in no change log" same "$(plugin 'print(get("core/object-changes/?limit=1").count)')" "$before"
check "the type carries our mark, its group and the name of its object type" plugin '
made = type_of()
check(made["description"] == MARK and made["group_name"] == "Proxmox VE", made)
check(made["object_type_name"] == "netbox_custom_objects.table%dmodel" % made["id"], made)'
check "the fields keep the ids of the schema" plugin '
found = {field["name"]: field["schema_id"] for field in type_of()["fields"]}
check(found == {field["name"]: field["id"] for field in FIELDS}, found)'
check "types can be found by slug, group and beginning of their description" plugin '
for query, count in (("slug=stagebox-shelf", 1), ("slug__isw=stagebox-", 1), ("group_name=Proxmox%20VE", 1), ("group_name=x", 0),
                     ("description__isw=stagebox%20", 1), ("description__isw=x", 0), ("slug__isw=x", 0)):
    check(get(HOME + "custom-object-types/?" + query).count == count, query)'

check "a cluster and an object" plugin '
kind = post("virtualization/cluster-types/", {"name": "t", "slug": "t"}).body["id"]
for name in ("lab", "edge"):
    post("virtualization/clusters/", {"name": name, "type": kind})
made = post(SHELVES, row("lab/shelf/1", height=3, ratio=1.25, up=True, payload={"a": [1]}, seen="2026-01-01T02:00:00+02:00"))
check(made.status == 201, made)
body = made.body
check(sorted(body) == sorted(["id", "url", "display", "owner", "created", "last_updated", "tags"] + [f["name"] for f in FIELDS]), body)
check(body["display"] == "lab/shelf/1" and body["cluster"]["name"] == "lab" and body["device"] is None, body)
check(body["ratio"] == 1.25 and body["seen"] == "2026-01-01T00:00:00Z" and body["payload"] == {"a": [1]}, body)'

check "a description that differs is written" plugin '
check(changed(apply(shelf(description="theirs"))) == ({"description": [MARK, "theirs"]}, []))
check(changed(apply(shelf()))[0] == {"description": ["theirs", MARK]})'
check "a field is added, and one that the schema lacks stays, with a warning" plugin '
check([field[:2] for field in changed(apply(shelf(text(12, "extra"))))[1]] == [("add", 12)])
check(patch(path_of("lab/shelf/1"), {"extra": "x"}).status == 200)
answer = apply(shelf())
check(changed(answer) == ({}, []) and "(schema_id=12)" in answer.body["diffs"][0]["warnings"][0], answer)
check(one("lab/shelf/1")["extra"] == "x")'
check "a tombstone is refused without consent, and removes with it" plugin '
gone = shelf(removed_fields=[text(12, "extra")])
answer = apply(gone)
check(answer.status == 409 and answer.body["error"] == "destructive_changes", answer)
check(answer.body["destructive_slugs"] == ["stagebox-shelf"] and one("lab/shelf/1")["extra"] == "x", answer)
check(changed(apply(gone, destructive=True))[1] == [("remove", 12, {})])
check("extra" not in one("lab/shelf/1"))
check(changed(apply(gone)) == ({}, []) and changed(apply(shelf())) == ({}, []))'
check "the plugin does not keep a removed id from being used again" plugin '
check(changed(apply(shelf(text(12, "other"))))[1][0][:2] == ("add", 12))
check(apply(shelf(removed_fields=[text(12, "other")]), destructive=True).status == 200)'
check "a field with the id of another name is renamed, and keeps its values" plugin '
check(changed(apply(shelf({"id": 5, "name": "tall", "type": "integer"}, without=["height"])))[1] ==
      [("alter", 5, {"name": ["height", "tall"]})])
check(one("lab/shelf/1")["tall"] == 3 and changed(apply(shelf()))[1][0][0] == "alter")'
check "a field of a person takes the next id" plugin '
made = post(HOME + "custom-object-type-fields/", {"custom_object_type": type_of()["id"], "name": "theirs", "type": "text"})
check(made.status == 201 and made.body["schema_id"] == 13, made)
check(changed(apply(shelf())) == ({}, []))
check(changed(apply(shelf(text(13, "ours"))))[1] == [("alter", 13, {"name": ["theirs", "ours"]})], "it was ours to avoid")
check(apply(shelf(removed_fields=[text(13, "ours")]), destructive=True).status == 200)'
check "a required field that comes later makes updates of older objects fail" plugin '
check(apply(shelf(text(14, "must", required=True))).status == 200 and one("lab/shelf/1")["must"] is None)
answer = patch(path_of("lab/shelf/1"), {"height": 4})
check(answer.status == 400 and "must" in answer.body, answer)
check(apply(shelf(removed_fields=[text(14, "must")]), destructive=True).status == 200)'
check "a document with an unknown member, and one with an unknown model, are refused and leave nothing" plugin '
answer = apply(shelf(slug="stagebox-bad", nosuch=1))
check(answer.status == 400 and answer.body["schema_errors"][0]["path"] == ["types", "0"], answer)
answer = apply(shelf({"id": 20, "name": "q", "type": "object", "related_object_type": "dcim/nosuch"}, slug="stagebox-bad"))
check(answer.status == 400 and answer.body["error"] == "unresolvable_reference", answer)
check(type_of("stagebox-bad") is None)'
check "an id that stands twice in a schema is not refused" plugin '
check(changed(apply(shelf(text(5, "twice"))))[1] == [("alter", 5, {"name": ["height", "twice"], "type": ["integer", "text"]})])
check(apply(shelf()).status == 200 and one("lab/shelf/1")["height"] == 3)'

check "a foreign type with our name and another slug is an error 500" plugin '
answer = apply(shelf(slug="stagebox-bad", name="stagebox_shelf"))
check(answer.status == 500 and "customobjecttype_name_key" in answer.text and type_of("stagebox-bad") is None, answer)'
check "and then that process cannot delete what a type refers to" plugin '
kind = post("virtualization/cluster-types/", {"name": "t2", "slug": "t2"}).body["id"]
made = post("virtualization/clusters/", {"name": "unwanted", "type": kind}).body["id"]
answer = delete("virtualization/clusters/%d/" % made)
check(answer.status == 500 and "does not exist" in answer.text, answer)'
check "until NetBox starts again" instance restart "$STAGEBOX_LIVE_INSTANCE" one
check "from when on it can" plugin '
unwanted = get("virtualization/clusters/?name=unwanted").rows[0]["id"]
check(delete("virtualization/clusters/%d/" % unwanted).status == 204)'

# --- objects -----------------------------------------------------------------------------------------
check "a key that exists is an error 500 that names it" plugin '
answer = post(SHELVES, row("lab/shelf/1"))
check(answer.status == 500 and answer.body["exception"] == "IntegrityError" and "(lab/shelf/1)" in answer.text, answer)'
check "also in bulk, where nothing of the list is written" plugin '
answer = post(SHELVES, [row("lab/shelf/8"), row("lab/shelf/1")])
check(answer.status == 500 and not get(SHELVES + "?stagebox_key=lab/shelf/8").count, answer)'
check "objects are created in bulk, in order" plugin '
answer = post(SHELVES, [row("lab/shelf/%d" % n, title="same") for n in (2, 3, 4)])
check(answer.status == 201 and [made["stagebox_key"][-1] for made in answer.body] == ["2", "3", "4"], answer)'
check "a wrong one is named by its index, and none is written" plugin '
answer = post(SHELVES, [row("lab/shelf/8"), row("lab/shelf/9", height="x")])
check(answer.status == 400 and answer.body["errors"] == [{"index": 1, "errors": {"height": ["A valid integer is required."]}}], answer)
check(not get(SHELVES + "?stagebox_key=lab/shelf/8").count)'
check "objects are changed in bulk, a wrong and an unknown one are named by their id" plugin '
ids = [one("lab/shelf/%d" % n)["id"] for n in (2, 3)]
check(patch(SHELVES, [{"id": number, "height": 9} for number in ids]).status == 200)
answer = patch(SHELVES, [{"id": ids[0], "height": 1}, {"id": ids[1], "height": "x"}])
check(answer.status == 400 and answer.body["errors"][0]["id"] == ids[1] and one("lab/shelf/2")["height"] == 9, answer)
answer = patch(SHELVES, [{"id": ids[0], "height": 1}, {"id": 999999, "height": 1}])
check(answer.status == 400 and answer.body["errors"][0]["id"] == 999999 and one("lab/shelf/2")["height"] == 9, answer)'
check "objects are deleted in bulk, none if one does not exist" plugin '
number = one("lab/shelf/4")["id"]
answer = delete(SHELVES, [{"id": number}, {"id": 999999}])
check(answer.status == 400 and one("lab/shelf/4")["id"] == number, answer)
check(delete(SHELVES, [{"id": number}]).status == 204)'
check "there is no work in the background" plugin '
check(post(SHELVES + "?background=true", [row("lab/shelf/8")]).status == 400)'
check "an unknown member is ignored, a missing one and an unknown reference are refused" plugin '
check(post(SHELVES, row("lab/shelf/5", nosuch=1)).status == 201)
check("title" in post(SHELVES, {"stagebox_key": "x", "cluster": cluster()}).body)
check("cluster" in post(SHELVES, {"stagebox_key": "x", "title": "x", "cluster": 99999}).body)'
check "a decimal has eight digits, two of them after the point" plugin '
path = path_of("lab/shelf/1")
check([patch(path, {"ratio": value}).status for value in (999999.99, -5, 1.123, 1234567.8)] == [200, 200, 400, 400])'
check "an integer has 64 bits" plugin '
path = path_of("lab/shelf/1")
check([patch(path, {"height": value}).status for value in (2 ** 63 - 1, 2 ** 63, 1.5)] == [200, 400, 400])'
check "a text is stripped, empty is not null, and NUL is refused in a text only" plugin '
path = path_of("lab/shelf/1")
check([patch(path, {"note": value}).body["note"] for value in ("  a \n", "", None)] == ["a", "", None])
check(patch(path, {"note": "a\0b"}).status == 400 and patch(path, {"payload": {"a": "x\0"}}).status == 500)
check(patch(path, {"title": None}).status == 400 and patch(path, {"title": ""}).status == 400)'
check "an ETag that is old stops a change and a deletion, also in bulk" plugin '
path = path_of("lab/shelf/1")
old = get(path).etag
check(old and patch(path, {"height": 5}, match=old).status == 200)
check(patch(path, {"height": 6}, match=old).status == 412 and delete(path, match=old).status == 412)
check(patch(SHELVES, [{"id": one("lab/shelf/1")["id"], "height": 6}], match=old).status == 412)
check(one("lab/shelf/1")["height"] == 5)'
check "a change of nothing is in no change log, but makes the ETag another one" plugin '
path, query = path_of("lab/shelf/1"), "core/object-changes/?limit=1"
old, count = get(path).etag, get(query).count
check(patch(path, {"height": 5}).etag != old and get(query).count == count)'
check "an object can have tags" plugin '
check(post("extras/tags/", {"name": "x", "slug": "x"}).status == 201)
check(patch(path_of("lab/shelf/1"), {"tags": [{"slug": "x"}]}).body["tags"][0]["slug"] == "x")
check(patch(path_of("lab/shelf/1"), {"height": 6}).body["tags"] and get(SHELVES + "?tag=x").count == 1)'
check "and journal entries" plugin '
kind, number = type_of()["object_type_name"], one("lab/shelf/1")["id"]
made = post("extras/journal-entries/", {"assigned_object_type": kind, "assigned_object_id": number, "comments": "was -> is"})
check(made.status == 201, made)
check(get("extras/journal-entries/?assigned_object_type=%s&assigned_object_id=%d" % (kind, number)).count == 1)'
check "its changes are in the change log, with user and message" plugin '
kind, number = type_of()["object_type_name"], one("lab/shelf/2")["id"]
check(patch(SHELVES, [{"id": number, "height": 10, "changelog_message": "stagebox run 1"}]).status == 200)
entry = changes("changed_object_type=%s&changed_object_id=%d" % (kind, number))[0]
check(entry["message"] == "stagebox run 1" and entry["user_name"] == "admin" and entry["action"]["value"] == "update", entry)
check((entry["prechange_data"]["height"], entry["postchange_data"]["height"]) == (9, 10), entry)
check(entry["postchange_data"]["cluster"] == cluster(), entry)'
check "objects go with the parent of the cascade, each in the change log" plugin '
kind = type_of()["object_type_name"]
edge = cluster("edge")
made = post(SHELVES, [dict(row("edge/shelf/%d" % n), cluster=edge) for n in (1, 2)]).body
check(delete("virtualization/clusters/%d/" % edge).status == 204 and not get(SHELVES + "?stagebox_key__isw=edge/").count)
for each in made:
    check(changes("changed_object_type=%s&changed_object_id=%d" % (kind, each["id"]))[0]["action"]["value"] == "delete")'
check "another reference becomes empty when its object is deleted" plugin '
site = post("dcim/sites/", {"name": "s", "slug": "s"}).body["id"]
maker = post("dcim/manufacturers/", {"name": "m", "slug": "m"}).body["id"]
model = post("dcim/device-types/", {"manufacturer": maker, "model": "m", "slug": "m"}).body["id"]
role = post("dcim/device-roles/", {"name": "r", "slug": "r"}).body["id"]
node = post("dcim/devices/", {"name": "pve1", "site": site, "device_type": model, "role": role}).body["id"]
check(patch(path_of("lab/shelf/2"), {"device": node}).body["device"]["name"] == "pve1")
check(delete("dcim/devices/%d/" % node).status == 204 and one("lab/shelf/2")["device"] is None)'

# --- lists -------------------------------------------------------------------------------------------
check "more objects, one of which has a key of another endpoint" plugin '
check(post(SHELVES, [row("lab/shelf/6"), row("edge/shelf/6"), row("LAB/shelf/6")]).status == 201)'
check "the beginning of a key limits a list, without regard to case" plugin '
keys = [found["stagebox_key"] for found in get(SHELVES + "?stagebox_key__isw=lab/").rows]
check("edge/shelf/6" not in keys and "LAB/shelf/6" in keys and "lab/shelf/6" in keys, keys)'
check "a key is found exactly, as its field says" plugin '
check(get(SHELVES + "?stagebox_key=lab/shelf/6").count == 1 and get(SHELVES + "?stagebox_key=shelf").count == 0)
check(get(SHELVES + "?title=shelf/6").count == 3, "a field with the default logic finds what contains the text")'
check "an unknown filter is ignored" plugin '
count = get(SHELVES).count
for query in ("nosuch=1", "cf_stagebox_key=x", "stagebox_key__startswith=x", "stagebox_key__nosuch=x", "cluster__name=x"):
    check(get(SHELVES + "?" + query).count == count, query)'
check "a reference limits by its id" plugin '
check(get(SHELVES + "?cluster_id=%d" % cluster()).count == get(SHELVES).count and get(SHELVES + "?cluster_id=99999").count == 0)
check(get(SHELVES + "?cluster=99999").status == 400)'
check "fields= and start= work, together with a filter" plugin '
page = get(SHELVES + "?stagebox_key__isw=lab/&fields=id,stagebox_key,nosuch&start=0&limit=2").body
check(page["count"] is None and len(page["results"]) == 2, page)
check(all(sorted(found) == ["id", "stagebox_key"] for found in page["results"]), page)
check("start=%d" % (page["results"][1]["id"] + 1) in page["next"], page["next"])'

# --- rights ------------------------------------------------------------------------------------------
check "OPTIONS shows the rights to add and to change, and no others" plugin '
def actions(name, words, **more):
    answer = ask("OPTIONS", SHELVES, token=user(name, words, **more))
    check(answer.status == 200, answer)
    return sorted(answer.body.get("actions", {}))
check(actions("none", "view", types=["dcim.site"]) == [] and actions("reader", "view") == [])
check(actions("adder", "view add") == ["POST"] and actions("changer", "view change") == ["PUT"])
check(actions("deleter", "view delete") == [] and actions("worker", "view add change delete") == ["POST", "PUT"])
check(actions("read-only", "view add change delete", write=False) == [])'
check "a right that is missing is 403" plugin '
for name, words, wanted in (("n1", "add", (403, 403)), ("n2", "view", (200, 403))):
    token = user(name, words)
    check((get(SHELVES, token=token).status, patch(path_of("lab/shelf/1"), {"height": 1}, token=token).status) == wanted, name)
token = user("n3", "view", types=["dcim.site"])
check(get(HOME + "custom-object-types/", token=token).status == 403 and apply(shelf(), token=token).status == 403)'
check "an object permission with constraints limits the lists" plugin '
token = user("limited", "view add change delete", constraints={"stagebox_key__startswith": "edge/"})
check([found["stagebox_key"] for found in get(SHELVES, token=token).rows] == ["edge/shelf/6"])
check(patch(path_of("lab/shelf/1"), {"height": 1}, token=token).status == 404 and post(SHELVES, row("lab/x"), token=token).status == 403)'
check "a schema needs the rights to add and to change types, and no others" plugin '
token = user("schema", "add change", types=["netbox_custom_objects.customobjecttype"])
check(changed(apply(shelf(), token=token)) == ({}, []) and apply(shelf(slug="stagebox-rack"), token=token).status == 200)'
check "the rights on a type are an object permission that exists after the schema" plugin '
name = type_of("stagebox-rack")["object_type_name"]
body = {"name": "rack", "enabled": True, "object_types": [name, "dcim.site"], "actions": ["view"]}
made = post("users/permissions/", body)
check(made.status == 201 and name in made.body["object_types"], made)
check(post("users/permissions/", dict(body, name="no", object_types=["netbox_custom_objects.table999model"])).status == 400)'
check "a type that is deleted takes its objects, their changes and its rights with it" plugin '
made = type_of("stagebox-rack")
kind = made["object_type_name"]
check(post(HOME + "stagebox-rack/", row("lab/rack/1")).status == 201 and len(changes("changed_object_type=" + kind)) == 1)
check(delete(HOME + "custom-object-types/%d/" % made["id"]).status == 204 and get(HOME + "stagebox-rack/").status == 404)
check(changes("changed_object_type=" + kind) == [])
check(get("users/permissions/?name=rack").rows[0]["object_types"] == ["dcim.site"])
check(apply(shelf(slug="stagebox-rack")).status == 200 and type_of("stagebox-rack")["object_type_name"] != kind)
check(get(HOME + "stagebox-rack/").count == 0)'
check "a type that another slug was given is not found, and cannot be made again" plugin '
path = HOME + "custom-object-types/%d/" % type_of("stagebox-rack")["id"]
check(patch(path, {"slug": "theirs"}).status == 200 and get(HOME + "stagebox-rack/").status == 404)
check(apply(shelf(slug="stagebox-rack")).status == 500)'

# --- many --------------------------------------------------------------------------------------------
check "1,000 objects are created, changed and deleted in bulk" plugin '
begun, ids = time.monotonic(), []
for first in range(0, 1000, 100):
    answer = post(SHELVES, [row("many/%d" % n, height=n, payload={"a": n}) for n in range(first, first + 100)])
    check(answer.status == 201, answer)
    ids += [made["id"] for made in answer.body]
made = time.monotonic()
check(len(get(SHELVES + "?stagebox_key__isw=many/&limit=1000").rows) == 1000)
listed = time.monotonic()
for first in range(0, 1000, 100):
    check(patch(SHELVES, [{"id": number, "height": 1} for number in ids[first:first + 100]]).status == 200)
altered = time.monotonic()
for first in range(0, 1000, 100):
    check(delete(SHELVES, [{"id": number} for number in ids[first:first + 100]]).status == 204)
check(get(SHELVES + "?stagebox_key__isw=many/").count == 0)
print("milliseconds for each: create %.1f, list %.1f, change %.1f, delete %.1f" %
      (made - begun, listed - made, altered - listed, time.monotonic() - altered))'
sed 's/^/# /' "$TMPDIR/said"

# --- without the plugin, and with it again -----------------------------------------------------------
check "NetBox starts without the plugins" instance restart "$STAGEBOX_LIVE_INSTANCE"
check "then nothing of it is there, and everything else works" plugin '
check(get("status/").body["plugins"] == {} and get(SHELVES).status == 404 and get(HOME).status == 404)
check(get("virtualization/clusters/").status == 200 and get("core/object-changes/?limit=1").status == 200)'
check "with the plugins again" instance restart "$STAGEBOX_LIVE_INSTANCE" one
check "the type has its number and its objects" plugin '
check(one("lab/shelf/2")["height"] == 10 and type_of()["description"] == MARK)
check(changed(apply(shelf())) == ({}, []) and post(SHELVES, row("lab/shelf/7")).status == 201)'

# --- branches ----------------------------------------------------------------------------------------
check "a job worker starts" instance worker-up "$STAGEBOX_LIVE_INSTANCE"
check "a branch is made" plugin '
made = post(BRANCHES, {"name": "b"})
check(made.status == 201, made)
check(wait_for_branch(made.body["id"], "ready", "failed")["status"]["value"] == "ready")'
check "objects that are written in a branch are in it only" plugin '
found = get(BRANCHES).rows[0]["schema_id"]
check(post(SHELVES, [row("lab/branch/1"), row("lab/branch/2")], branch=found).status == 201)
check(patch(path_of("lab/shelf/2"), {"height": 77}, branch=found).status == 200)
check(delete(path_of("lab/shelf/3"), branch=found).status == 204)
check(get(SHELVES + "?stagebox_key__isw=lab/branch/").count == 0 and one("lab/shelf/2")["height"] == 10 and one("lab/shelf/3"))
check(get(SHELVES + "?stagebox_key__isw=lab/branch/", branch=found).count == 2 and one("lab/shelf/2", branch=found)["height"] == 77)
check(post(SHELVES, row("lab/shelf/1"), branch=found).status == 500)'
check "a schema that changes nothing may be applied in a branch" plugin '
check(changed(apply(shelf(), branch=get(BRANCHES).rows[0]["schema_id"])) == ({}, []))'
check "a branch that does not exist is refused" plugin '
check(get(SHELVES, branch="nosuch").status == 400)'
check "a merge brings them" plugin '
branch = get(BRANCHES).rows[0]
started = post(BRANCHES + "%d/merge/" % branch["id"], {"commit": True})
check(started.status == 200, started)
check(wait_for_branch(branch["id"], "merged", "failed")["status"]["value"] == "merged")
check(get(SHELVES + "?stagebox_key__isw=lab/branch/").count == 2 and one("lab/shelf/2")["height"] == 77)
check(get(SHELVES + "?stagebox_key=lab/shelf/3").count == 0)'
check "the worker ends" instance worker-down "$STAGEBOX_LIVE_INSTANCE"
done_testing
