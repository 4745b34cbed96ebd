# SPDX-License-Identifier: Apache-2.0
"""What each trait promises of the made-up kinds, see traits.py. The text of each function is the rule."""
import os

from traits import given, rule, shared

CLAIMS, BEDS, MINES, SHAFTS = "ipam/vrfs", "ipam/prefixes", "virtualization/clusters", "virtualization/virtual-machines"
GALLERIES, TAPS, RIGS, PLATES = "virtualization/interfaces", "ipam/ip-addresses", "dcim/devices", "dcim/mac-addresses"
UUID = "{}c8a1f30-5d6e-4f70-8a9b-0c1d2e3f4a5b"


# --- shared kinds


@rule("guild.name.TITLE guild.slug.SLUG")
def name_and_slug_of_two_objects(case):
    """a shared object whose name one object has and whose slug another one has gets a name and a slug of its own"""
    case.people_post("tenancy/tenant-groups", name=case.name("Smiths"), slug=case.name("others"))
    case.people_post("tenancy/tenant-groups", name=case.name("Others"), slug=case.name("smiths"))
    case.demand("guild", name=case.name("Smiths"), slug=case.name("smiths"))
    case.sync()
    return len(case.find("tenancy/tenant-groups", name__isw=case.round + "-")) == 3


@rule("lode.name.TITLE lode.vid.NUMBER")
def other_number_is_another_object(case):
    """a shared object with the name and another number is not used, and leaves the name to it"""
    group = case.people_post("ipam/vlan-groups", name=case.name("veins"), slug=case.name("veins"))
    case.people_post("ipam/vlans", group=group, vid=10, name=case.name("ore"))
    case.demand("vlan-group", name=case.name("veins"), slug=case.name("veins"))
    case.demand("lode", group={"$ref": f"shared/vlan-group/{case.name('veins')}"}, vid=20, name=case.name("ore"))
    case.sync()
    return len(case.find("ipam/vlans", group_id=group)) == 2


# --- values


@rule("claim.rd.NEEDED")
def needed_value_refused(case):
    """an object is not created without a value that it needs"""
    case.people_post("ipam/vrfs", name=case.name("other"), rd=case.name("1"))
    case.put_claim(rd=case.name("1"))
    case.sync()
    return not case.row(CLAIMS, "c")


@rule("claim.name.max_chars")
def too_long_text(case):
    """a text is cut to the length of its field"""
    case.put("claim", "c", name=case.name("x" * 120))
    case.sync()
    return bool(case.row(CLAIMS, "c"))


@rule("claim.description.VOLATILE")
def volatile_value_alone(case):
    """a value that changes by itself is written with another change only"""
    case.put_claim(description="1", enforce_unique=True)
    case.sync()
    case.made(CLAIMS, "c")
    case.put("claim", "c", description="2")
    case.sync()
    alone = case.made(CLAIMS, "c")["description"]
    case.put("claim", "c", description="3", enforce_unique=False)
    case.sync()
    return alone == "1" and case.made(CLAIMS, "c")["description"] == "3"


@rule("claim.enforce_unique.journal")
def noted_value(case):
    """a value that people want to hear of is an entry in the journal of its object"""
    case.put_claim(enforce_unique=True)
    case.sync()
    claim = case.made(CLAIMS, "c")
    case.put("claim", "c", enforce_unique=False)
    case.sync()
    given(case.made(CLAIMS, "c")["enforce_unique"] is False, case.said)
    query = f"extras/journal-entries/?assigned_object_type=ipam.vrf&assigned_object_id={claim['id']}"
    return [row["kind"]["value"] for row in case.nb.call("GET", query)["results"]] == ["warning"]


@rule("bed.status.STATE")
def unknown_state(case):
    """an object is not created while it is unknown whether it is in use"""
    case.put_claim()
    case.put_bed("c/b", status={"unknown": "the lamp is out"})
    case.sync()
    case.made(CLAIMS, "c")
    return not case.row(BEDS, "c/b")


@rule("bed.status.initial")
def initial_state_refused(case):
    """a state that NetBox gives anyway can be left out of a new object when NetBox refuses it"""
    case.put_claim()
    case.sync()
    case.put_bed("c/b", status="active")
    plan = os.path.join(case.lab.folder, case.round)
    case.plan("-o", plan)
    case.lab.ctl("fault", "netbox", "choices", "ipam.prefix.status=container,reserved")
    case.command("apply", plan)
    case.lab.ctl("clear")
    return bool(case.row(BEDS, "c/b"))


@rule("bed.status.instead")
def state_not_offered(case):
    """a new object gets the best other state in place of one that NetBox does not offer"""
    case.put_claim()
    case.put_bed("c/b", status="flooded")
    case.sync()
    case.made(CLAIMS, "c")
    row = case.row(BEDS, "c/b")
    return bool(row) and row["status"]["value"] == "container"


@rule("bed.keeps")
def value_that_is_kept(case):
    """a field keeps NetBox's value while another member of the object says so"""
    case.put_claim()
    case.put_bed("c/b", is_pool=False)
    case.sync()
    case.people_change(BEDS, case.made(BEDS, "c/b"), mark_utilized=True)
    case.put("bed", "c/b", is_pool=True)
    case.sync()
    return case.made(BEDS, "c/b")["is_pool"] is False


# --- parts


@rule("bed.CHILD gallery.CHILD tap.CHILD")
def vanished_parts(case):
    """a part is deleted as soon as it vanishes, without prune"""
    case.put_claim()
    case.put_bed("c/b")
    case.put_mine()
    case.put_shaft()
    case.put_gallery("s/old")
    case.put_gallery("s/g")
    case.put_tap("s/g/t")
    case.sync()
    parts = ((BEDS, "c/b"), (GALLERIES, "s/old"), (TAPS, "s/g/t"))
    for part in parts:
        case.made(*part)
    case.drop("bed", "c/b")
    case.drop("gallery", "s/old")
    case.drop("tap", "s/g/t")
    case.sync()
    return not any(case.row(*part) for part in parts)


@rule("bed.parent_field gallery.parent_field")
def refused_parent(case):
    """of an update that NetBox refuses for its parent nothing is written"""
    case.put_mine()
    for i in ("1", "2"):
        case.put_claim("c" + i)
        case.put_shaft("s" + i)
    case.put_bed("c1/b", is_pool=False)
    case.put_gallery("s1/g", name="g")
    case.sync()
    case.made(BEDS, "c1/b")
    case.made(GALLERIES, "s1/g")
    case.put("bed", "c1/b", vrf=case.ref("c2"), is_pool=True)
    case.put("gallery", "s1/g", virtual_machine=case.ref("s2"), name="h")
    case.lab.ctl("fault", "netbox", "refuse", f"ipam.prefix.vrf={case.name('c2')}:field")
    case.lab.ctl("fault", "netbox", "refuse", f"virtualization.vminterface.virtual_machine={case.name('s2')}:field")
    case.sync()
    case.lab.ctl("clear")
    return case.made(BEDS, "c1/b")["is_pool"] is False and case.made(GALLERIES, "s1/g")["name"] == "g"


@rule("bed.description.NOTE bed.mark_utilized.OCCUPIED gallery.attached_by")
def parts_with_work_of_people(case):
    """a vanished part stays while people have a text, a connection or an object of their own on it"""
    case.put_claim()
    case.put_bed("c/noted")
    case.put_bed("c/used")
    case.put_mine()
    case.put_shaft()
    case.put_gallery("s/g")
    case.sync()
    case.people_change(BEDS, case.made(BEDS, "c/noted"), description="ask the foreman first")
    case.people_change(BEDS, case.made(BEDS, "c/used"), mark_utilized=True)
    case.people_post(TAPS, address=case.address(9), assigned_object_type="virtualization.vminterface",
                     assigned_object_id=case.made(GALLERIES, "s/g")["id"])
    case.drop("bed", "c/noted", "c/used")
    case.drop("gallery", "s/g")
    case.sync()
    return bool(case.row(BEDS, "c/noted") and case.row(BEDS, "c/used") and case.row(GALLERIES, "s/g"))


@rule("shaft.local_context_data.UNREAD")
def value_that_is_not_read(case):
    """a value that is not read is written with another change only"""
    case.put_mine()
    case.put_shaft(local_context_data={"a": 1})
    case.sync()
    case.made(SHAFTS, "s")
    case.put("shaft", "s", local_context_data={"a": 2})
    case.sync()
    alone = case.made(SHAFTS, "s")["local_context_data"]
    case.put("shaft", "s", local_context_data={"a": 3}, description="dug")
    case.sync()
    return alone == {"a": 1} and case.made(SHAFTS, "s")["local_context_data"] == {"a": 3}


@rule("gallery.parent.TREE")
def children_first(case):
    """children are deleted before their parent"""
    case.put_mine()
    case.put_shaft()
    for part in "abc":
        case.put_gallery("s/" + part)
    case.put_gallery("s/d", parent=case.ref("s/a"))  # in another request than its parent
    case.sync()
    case.made(GALLERIES, "s/d")
    case.drop("gallery", "s/a", "s/b", "s/c", "s/d")
    before = len(case.lab.requests())
    case.sync()
    given(not any(case.row(GALLERIES, "s/" + part) for part in "bc"), "not deleted", case.said)
    return {line["status"] for line in case.lab.requests()[before:] if line["method"] == "DELETE"} == {204}


@rule("gallery.mac_address.WITNESS")
def same_witness(case):
    """a part with another key and the same witness is the same part"""
    case.put_mine()
    case.put_shaft()
    case.put_gallery("s/g", mac_address=case.mac(1))
    case.sync()
    before = case.made(GALLERIES, "s/g")
    case.drop("gallery", "s/g")
    case.put_gallery("s/h", mac_address=case.mac(1))
    case.sync()
    after = case.row(GALLERIES, "s/h")
    return bool(after) and after["id"] == before["id"]


@rule("gallery.mac_address.makes plate.UNMARKED")
def objects_that_netbox_makes(case):
    """the object that NetBox made of a former value, without a key, is deleted"""
    case.put_mine()
    case.put_shaft()
    case.put_gallery("s/g", mac_address=case.mac(1))
    case.sync()
    case.made(GALLERIES, "s/g")
    case.put("gallery", "s/g", mac_address=case.mac(2))
    case.sync()
    plates = case.find(PLATES, vminterface_id=case.made(GALLERIES, "s/g")["id"])
    return [row["mac_address"] for row in plates] == [case.mac(2)]


@rule("gallery.adopt_part")
def part_that_another_tool_named(case):
    """a part that another tool named in its way is adopted by what it has"""
    case.put_mine()
    case.put_shaft()
    case.sync()
    theirs = case.people_post(GALLERIES, virtual_machine=case.made(SHAFTS, "s")["id"], name="tunnel",
                              mac_address=case.mac(1))
    case.put_gallery("s/g", mac_address=case.mac(1))
    case.sync()
    ours = case.row(GALLERIES, "s/g")
    return bool(ours) and ours["id"] == theirs


# --- where objects are, and which object of people is one


@rule("mine.ENDPOINT")
def name_of_another_endpoint(case):
    """a name that another endpoint has is explained as that of an endpoint"""
    row = case.nb.call("POST", MINES + "/", {"name": case.name("m"), "type": case.lab.mines})
    case.nb.call("PATCH", f"{MINES}/{row['id']}/", {"custom_fields": {"stagebox_key": f"edge/{case.round}/m"}})
    case.put_mine()
    given(case.sync() == 3, "no conflict", case.said)
    return "is the same Proxmox VE" in case.said


@rule("mine.scope.PLACE")
def same_name_elsewhere(case):
    """an object of that name in another place is another object"""
    case.people_post(MINES, name=case.name("m"), type=case.lab.mines, scope_type="dcim.site",
                     scope_id=case.lab.sites["valley"])
    case.put_mine()
    case.sync()
    return len(case.find(MINES, name=case.name("m"))) == 2


@rule("shaft.cluster.HOME shaft.adopt_rules shaft.BIRTH")
def object_of_another_tool(case):
    """an object of another tool in our home is adopted by the identity that the tool stores, and not given back later"""
    last = case.name("s")
    case.put_mine()
    case.sync()
    theirs = case.people_post(SHAFTS, name=case.name("old"), cluster=case.made(MINES, "m")["id"],
                              custom_fields={"pit_id": last})
    case.put("shaft", last, cluster=case.ref("m"), name=case.name("new"), birth=UUID.format(1))
    case.sync()
    ours = case.row(SHAFTS, last)
    return bool(ours) and ours["id"] == theirs and ours["custom_fields"]["stagebox_adopted"] is False


@rule("shaft.name.TITLE")
def name_of_a_vanished_object(case):
    """an object that vanished and stays gives up its title to one that has it now"""
    case.put_mine()
    case.put("shaft", "old", cluster=case.ref("m"), name=case.name("s"))
    case.sync()
    case.made(SHAFTS, "old")
    case.drop("shaft", "old")
    case.put("shaft", "new", cluster=case.ref("m"), name=case.name("s"))
    case.sync()
    return bool(case.row(SHAFTS, "new")) and case.made(SHAFTS, "old")["name"] == case.name("s (old)")


@rule("shaft.cluster.counter")
def hidden_objects(case):
    """nothing is created in an object in which NetBox counts more than it shows"""
    case.put_mine()
    case.put_shaft("s1")
    case.sync()
    case.people_post(SHAFTS, name=case.name("hidden"), cluster=case.made(MINES, "m")["id"])
    case.lab.ctl("fault", "netbox", "hide", f"virtualization.virtualmachine={case.name('hidden')}")
    case.put_shaft("s2")
    case.sync()
    case.lab.ctl("clear")
    return not case.row(SHAFTS, "s2")


@rule("shaft.serial.HARDWARE")
def other_hardware(case):
    """an object of that name with other hardware is not adopted"""
    case.put_mine()
    case.sync()
    case.people_post(SHAFTS, name=case.name("s"), cluster=case.made(MINES, "m")["id"], serial=UUID.format(1))
    case.put_shaft(birth=UUID.format(2))
    case.sync()
    return not case.row(SHAFTS, "s")


@rule("shaft.description.generated")
def text_of_another_tool(case):
    """a text that another tool wrote is replaced when the object is adopted"""
    case.put_mine()
    case.sync()
    case.people_post(SHAFTS, name=case.name("s"), cluster=case.made(MINES, "m")["id"], description="Dug by hand")
    case.put_shaft(description="ours")
    case.sync()
    return case.made(SHAFTS, "s")["description"] == "ours"


@rule("claim.BIRTH")
def other_instance(case):
    """bootstrap prepares NetBox for instance ids, of which another one shows that it is another object"""
    field = case.find("extras/custom-fields", name="stagebox_birth")[0]
    case.people_change("extras/custom-fields", field,
                       object_types=[type_ for type_ in field["object_types"] if type_ != "ipam.vrf"])
    case.command("bootstrap")
    case.put_claim(birth=UUID.format(1))
    case.sync()
    case.put_claim(birth=UUID.format(2))
    case.sync()
    said = case.said
    case.lab.run("bootstrap", "--config", case.lab.config)
    return "another guest has this VMID now" in said


@rule("shaft.site.inherits mine.scope.PLACE")
def place_that_netbox_took(case):
    """a place that NetBox took from another object is not a choice of people"""
    case.put_mine()
    case.put_shaft(description="so that the store knows the shaft, and no site that was written")
    case.sync()
    site = case.made(SHAFTS, "s")["site"]
    given(site and site["id"] == case.lab.sites["hill"], "NetBox did not fill the site", site)
    case.put("mine", "m", scope=None)
    case.put_shaft(site=shared("site", "valley"))
    code = case.sync()
    site = case.made(SHAFTS, "s")["site"]
    return code == 0 and bool(site) and site["id"] == case.lab.sites["valley"]


@rule("rig.site.PLACE rig.cluster.HOME mine.scope.PLACE")
def home_that_moves(case):
    """a home that moves to another place leaves the old one, then its objects move, and then it gets the new one"""
    case.put_mine()
    case.put_rig("x")
    case.put_shaft(site=shared("site", "hill"))
    case.sync()
    case.made(RIGS, "x")
    case.put("mine", "m", scope=shared("site", "valley"))
    case.put("rig", "x", site=shared("site", "valley"))
    case.put("shaft", "s", site=shared("site", "valley"))
    before = len(case.lab.requests())
    case.sync()
    writes = [line["status"] for line in case.lab.requests()[before:] if line["method"] == "PATCH"]
    places = [case.made(path, key)["site"]["id"] for path, key in ((RIGS, "x"), (SHAFTS, "s"))]
    return set(writes) == {200} and places == [case.lab.sites["valley"]] * 2


@rule("shaft.counted_field")
def counted_apart(case):
    """creates that NetBox counts on different objects do not share a request"""
    case.put_mine()
    for i, slug in enumerate(("deep", "flat", "deep", "flat")):
        case.put_shaft(f"s{i}", virtual_machine_type=shared("vm-type", slug))
    before = len(case.lab.requests())
    case.sync()
    given(case.row(SHAFTS, "s3"), "not created", case.said)
    posts = [line["items"] for line in case.lab.requests()[before:] if line["method"] == "POST" and SHAFTS in line["path"]]
    return posts == [2, 2]


def put_rig(case, role):
    case.put_mine()
    case.put_rig("x")
    return case.people_post(RIGS, name=case.name("x"), site=case.lab.sites["hill"], role=case.lab.roles[role],
                            device_type=case.lab.rigs)


@rule("rig.HOST rig.cluster.HOME")
def name_alone(case):
    """a host outside our home is not adopted by its name alone"""
    put_rig(case, "pump")
    given(case.sync() in (0, 3), case.said)
    return not case.row(RIGS, "x")


@rule("rig.role.EVIDENCE")
def name_and_evidence(case):
    """a host outside our home is adopted by its name and what is evident"""
    theirs = put_rig(case, "drill")
    case.sync()
    ours = case.row(RIGS, "x")
    return bool(ours) and ours["id"] == theirs


@rule("rig.HOST")
def evidence_when_a_plan_is_applied(case):
    """a saved plan adopts a host only while there is more than its name"""
    case.put_mine()
    case.put_rig("ours")
    case.sync()
    case.made(RIGS, "ours")
    theirs = put_rig(case, "drill")
    plan = os.path.join(case.lab.folder, case.round)
    case.plan("-o", plan)
    case.people_change(RIGS, {"id": theirs}, role=case.lab.roles["pump"])
    case.command("apply", plan)
    return not case.row(RIGS, "x")


# --- objects that NetBox deletes with another one, and that people keep


def put_gallery_with_taps(case, taps):
    case.put_mine()
    case.put_shaft()
    case.put_gallery("s/g")
    for i in range(1, taps + 1):
        case.put_tap(f"s/g/{i}", i)


@rule("tap.vrf.apart tap.status.plain tap.parent_field")
def objects_that_people_keep(case):
    """an object that people keep for something is not adopted: apart, in another state, at another object"""
    claim = case.people_post(CLAIMS, name=case.name("theirs"))
    put_gallery_with_taps(case, 3)
    case.put_gallery("s/other")
    case.drop("tap", "s/g/1", "s/g/2", "s/g/3")
    case.sync()
    other = case.made(GALLERIES, "s/other")["id"]
    kept = [case.people_post(TAPS, address=case.address(1), vrf=claim),
            case.people_post(TAPS, address=case.address(2), status="deprecated"),
            case.people_post(TAPS, address=case.address(3), assigned_object_type="virtualization.vminterface",
                             assigned_object_id=other)]
    put_gallery_with_taps(case, 3)
    case.sync()
    return not any(case.get(TAPS, id_)["custom_fields"]["stagebox_key"] for id_ in kept)


@rule("tap.DETACHABLE tap.assigned_object.TIED shaft.primary_ip4.PRIMARY")
def given_back(case):
    """a vanished part that can exist alone and was of people is given back, after the reference to it is cleared"""
    theirs = case.people_post(TAPS, address=case.address(1))
    put_gallery_with_taps(case, 1)
    case.sync()
    case.put_shaft(primary_ip4=case.ref("s/g/1"))
    case.sync()
    given(case.made(SHAFTS, "s")["primary_ip4"]["id"] == theirs, "not the primary one", case.said)
    case.drop("tap", "s/g/1")
    del case.rows["shaft"]["s"]["primary_ip4"]
    code = case.sync()
    row = case.get(TAPS, theirs)
    return code == 0 and not row["assigned_object"] and not row["custom_fields"]["stagebox_key"]


@rule("tap.role.shared")
def natural_key_of_several(case):
    """a natural key may belong to several objects while they have a value that permits it"""
    put_gallery_with_taps(case, 1)
    case.put("tap", "s/g/1", role="anycast")
    case.sync()
    case.made(TAPS, "s/g/1")
    case.put_gallery("s/h")
    case.put_tap("s/h/1", 1, role="anycast")
    code = case.sync()
    return code == 0 and bool(case.row(TAPS, "s/h/1")) and bool(case.row(TAPS, "s/g/1"))


@rule("tap.SERIAL")
def one_request_at_a_time(case):
    """objects that NetBox creates under one lock are created by one request at a time"""
    case.put_mine()
    for i in range(1, 7):
        case.put_shaft(f"s{i}")
        case.put_gallery(f"s{i}/g")
    case.sync()
    for i in range(1, 7):
        case.put_tap(f"s{i}/g/t", i)
    plan = os.path.join(case.lab.folder, case.round)
    case.plan("-o", plan)
    before = len(case.lab.requests())
    case.lab.ctl("fault", "netbox", "stall", "0.1", "--path", TAPS)
    case.command("apply", plan)
    case.lab.ctl("clear")
    case.made(TAPS, "s6/g/t")
    posts = sorted((line["t"] - line["ms"] / 1000, line["t"]) for line in case.lab.requests()[before:]
                   if line["method"] == "POST" and TAPS in line["path"])
    given(len(posts) == 2, posts)
    return posts[0][1] <= posts[1][0] + 0.01
