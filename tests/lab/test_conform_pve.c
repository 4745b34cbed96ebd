/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Proxmox VE answers with the members, types and refusals of real servers. */
#include "test_pve.h"

#include "conform_pve.h"

static const struct unrecorded unrecorded[] = {
	{NULL, "/cluster/resources", "qemu prelaunch", NULL, "no VM was in this state"},
	{NULL, "/cluster/resources", "qemu suspended", NULL, "no VM was in this state"},
	{"9.2", "/nodes/{node}/network", "eth", "row.altnames", "the cards had one name"},
	{NULL, "/nodes/{node}/network", "OVSBond", NULL, "no node had an OVS bond"},
	{NULL, "/nodes/{node}/network", "OVSBond", "row", "the same"},
	{"9.2", "/nodes/{node}/qemu/{vmid}/agent/get-osinfo", "all", "data.result.variant",
	 "no guest ran Windows"},
	{"9.2", "/nodes/{node}/qemu/{vmid}/agent/get-osinfo", "all", "data.result.variant-id",
	 "the same"},
	{"8.4", "/nodes/{node}/lxc/{vmid}/config", "all", "data.parent", "no guest had a snapshot"},
	{"8.4", "/nodes/{node}/lxc/{vmid}/interfaces", "all", "data[].hardware-address",
	 "no container ran; exists since 8.3"},
	{"8.4", "/nodes/{node}/lxc/{vmid}/interfaces", "all", "data[].ip-addresses",
	 "no container ran; exists since 8.3"},
	{"8.4", "/cluster/ha/resources", "ct", "row.group", "no container was in a group"},
	{"9.2", "/cluster/ha/rules", "resource-affinity", "row.disable",
	 "no rule of this type was disabled"},
	{NULL, NULL, NULL, NULL, NULL},
};

_Static_assert(SB_ARRAY_LEN(unrecorded) <= 12 + 1, "at most twelve");

static json_t *load_recording(void)
{
	sb_autojson *data = conform_load("pve-answers.json");

	return json_incref(json_object_get(data, "shapes"));
}

/* Add the shape of the answer of a path; an answer without data has none. */
static void look_at(struct lab *lab, struct shapes *shapes, const char *path)
{
	sb_autojson *data = conform_wire(get_data(lab, path));

	if (lab->answer.status == 200 && !json_is_null(data)) {
		assert_int_equal(json_object_size(lab->answer.json), 1);
		shapes_add(shapes, path, data);
	}
}

static void look_at_guest(struct lab *lab, struct shapes *shapes, const json_t *row)
{
	static const char *const of_vm[] = {"config",
					    "config?current=1",
					    "agent/network-get-interfaces",
					    "agent/get-host-name",
					    "agent/get-osinfo",
					    NULL};
	static const char *const of_container[] = {"config", "config?current=1", "interfaces",
						   NULL};
	const char *id = member_text((json_t *)row, "id"),
		   *node = member_text((json_t *)row, "node");
	const char *const *last = sb_starts_with(id, "qemu/") ? of_vm : of_container;
	char path[128];

	for (; *last; last++) {
		snprintf(path, sizeof(path), "/nodes/%s/%s/%s", node, id, *last);
		look_at(lab, shapes, path);
	}
}

/* Ask every path that the engine reads once. */
static void look_at_all(struct lab *lab, struct shapes *shapes)
{
	static const char *const paths[] = {"/version",
					    "/access/permissions",
					    "/access/acl",
					    "/cluster/status",
					    "/cluster/resources",
					    "/cluster/resources?type=vm",
					    "/cluster/options",
					    "/cluster/ha/status/current",
					    "/cluster/nextid?vmid=99999",
					    "/cluster/sdn/zones",
					    "/cluster/sdn/vnets",
					    "/cluster/ha/resources",
					    "/cluster/ha/groups",
					    "/cluster/ha/rules",
					    "/cluster/ha/status/manager_status"};
	sb_autojson *rows = json_incref(get_data(lab, "/cluster/resources"));
	json_t *row;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(paths); i++)
		look_at(lab, shapes, paths[i]);
	json_array_foreach (rows, i, row) {
		char path[128];

		if (sb_streq(member_text(row, "type"), "node")) {
			snprintf(path, sizeof(path), "/nodes/%s/network", member_text(row, "node"));
			look_at(lab, shapes, path);
			snprintf(path, sizeof(path), "/nodes/%s/status", member_text(row, "node"));
			look_at(lab, shapes, path);
			snprintf(path, sizeof(path), "/nodes/%s/config", member_text(row, "node"));
			look_at(lab, shapes, path);
		}
		if (json_object_get(row, "vmid"))
			look_at_guest(lab, shapes, row);
	}
}

/* Ask all paths at first, after many changes, with a locked and a minimal guest, and with an
 * offline node. */
static void look_long(struct lab *lab, struct shapes *shapes)
{
	const char *why;
	int i;

	set_field(lab, "lab/zone/prod", "type", "vlan");
	set_field(lab, "lab/zone/prod", "bridge", "vmbr0");
	set_field(lab, "lab/zone/prod", "ipam", "pve");
	set_field(lab, "lab/vnet/v120", "zone", "prod");
	set_field(lab, "lab/vnet/v120", "tag", "120");
	look_at_all(lab, shapes);
	for (i = 0; i < 8; i++) {
		lab_pve_churn(lab->pve, 40);
		look_at_all(lab, shapes);
	}
	assert_int_equal(lab_pve_add(lab->pve, "lab/qemu/900", &why), 0);
	set_field(lab, "lab/qemu/900", "lock", "backup");
	set_field(lab, "lab/qemu/900", "sockets", "");
	set_field(lab, "lab/qemu/900", "net0", "");
	look_at_all(lab, shapes);
	assert_int_equal(lab_pve_fault(lab->pve, "node-offline", "pve2", true), 0);
	look_at_all(lab, shapes);
	assert_int_equal(lab_pve_fault(lab->pve, "node-offline", NULL, false), 0);
}

/* cmocka cuts long texts. */
static void print_lines(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		print_error("%.*s\n", (int)len, text);
		text += len + 1;
	}
}

/* Count the recorded paths that the test has not asked. An auditor of release 8 may not query
 * agents, and that release does not have rules, which replace groups in release 9. */
static size_t count_unseen(const struct shapes *shapes, const char *release)
{
	const char *template;
	json_t *recorded;
	size_t n = 0;

	json_object_foreach (shapes->recorded, template, recorded) {
		if (json_object_get(shapes->seen, template) ||
		    (sb_streq(release, "8.4") &&
		     (strstr(template, "/agent/") || strstr(template, "/ha/rules"))) ||
		    (sb_streq(release, "9.2") && strstr(template, "/ha/groups")))
			continue;
		print_error("%s: not asked\n", template);
		n++;
	}
	return n;
}

static void check_release(struct lab *lab, const char *release,
			  void (*look_)(struct lab *lab, struct shapes *shapes))
{
	sb_autojson *recorded = load_recording();
	sb_autobuf out = SB_BUF_INIT(1 << 20);
	struct shapes shapes;
	size_t n, i;

	shapes_begin(&shapes, recorded);
	shapes.unrecorded = unrecorded;
	look_(lab, &shapes);
	n = shapes_compare(&shapes, release, &out);
	if (look_ == look_long)
		n += count_unseen(&shapes, release);
	for (i = 0; look_ == look_long && unrecorded[i].template; i++)
		if ((!unrecorded[i].release || sb_streq(unrecorded[i].release, release)) !=
		    (shapes.n_unrecorded >> i & 1)) {
			print_error("%s: documented, but not found\n", unrecorded[i].kind);
			n++;
		}
	shapes_end(&shapes);
	if (n)
		print_error("%zu differences\n", n);
	print_lines(sb_buf_str(&out));
	assert_int_equal(n, 0);
}

static void a_cluster_of_9_has_the_members_and_types_of_real_ones(void **state)
{
	check_release(*state, "9.2", look_long);
}

static void a_cluster_of_8_has_the_members_and_types_of_real_ones(void **state)
{
	check_release(*state, "8.4", look_long);
}

static void a_single_node_has_the_members_and_types_of_real_ones(void **state)
{
	check_release(*state, "9.2", look_at_all);
}

/* Optional members that the engine reads: like the recording, the simulator has rows with and rows
 * without them. */
static const struct {
	const char *template, *type, *member;
} optional[] = {
	{"/cluster/resources", "qemu", "row.hastate"},
	{"/cluster/resources", "qemu", "row.lock"},
	{"/cluster/resources", "qemu", "row.name"},
	{"/cluster/resources", "qemu", "row.pool"},
	{"/cluster/resources", "qemu", "row.tags"},
	{"/cluster/resources", "qemu", "row.template"},
	{"/cluster/resources", "lxc", "row.lock"},
	{"/cluster/resources", "lxc", "row.name"},
	{"/cluster/resources", "lxc", "row.tags"},
	{"/cluster/resources", "node", "row.maxmem"},
	{"/nodes/{node}/network", "bridge", "row.cidr6"},
	{"/nodes/{node}/network", "bridge", "row.bridge_vlan_aware"},
	{"/nodes/{node}/network", "bridge", "row.mtu"},
	{"/nodes/{node}/network", "eth", "row.active"},
	{"/nodes/{node}/qemu/{vmid}/config", "all", "data.agent"},
	{"/nodes/{node}/qemu/{vmid}/config", "all", "data.cpulimit"},
	{"/nodes/{node}/qemu/{vmid}/config", "all", "data.description"},
	{"/nodes/{node}/qemu/{vmid}/config", "all", "data.ipconfig#"},
	{"/nodes/{node}/qemu/{vmid}/config", "all", "data.net#"},
	{"/nodes/{node}/qemu/{vmid}/config", "all", "data.onboot"},
	{"/nodes/{node}/qemu/{vmid}/config", "all", "data.ostype"},
	{"/nodes/{node}/qemu/{vmid}/config", "all", "data.scsi#"},
	{"/nodes/{node}/qemu/{vmid}/config", "all", "data.sockets"},
	{"/nodes/{node}/qemu/{vmid}/config", "all", "data.tags"},
	{"/nodes/{node}/qemu/{vmid}/config", "all", "data.template"},
	{"/nodes/{node}/qemu/{vmid}/config", "all", "data.unused#"},
	{"/nodes/{node}/qemu/{vmid}/config", "all", "data.vcpus"},
	{"/nodes/{node}/lxc/{vmid}/config", "all", "data.cores"},
	{"/nodes/{node}/lxc/{vmid}/config", "all", "data.description"},
	{"/nodes/{node}/lxc/{vmid}/config", "all", "data.mp#"},
	{"/nodes/{node}/lxc/{vmid}/config", "all", "data.onboot"},
	{"/nodes/{node}/lxc/{vmid}/config", "all", "data.tags"},
	{"/nodes/{node}/lxc/{vmid}/interfaces", "all", "data[].inet"},
	{"/nodes/{node}/lxc/{vmid}/interfaces", "all", "data[].inet6"},
	{"/nodes/{node}/qemu/{vmid}/agent/network-get-interfaces", "all",
	 "data.result[].ip-addresses"},
};

/* Members of agent answers are skipped in release 8, where an auditor may not query agents. */
static void check_optional(struct lab *lab, bool asks_agent)
{
	sb_autojson *recorded = load_recording();
	struct shapes shapes;
	size_t i, n_bad = 0;

	shapes_begin(&shapes, recorded);
	look_long(lab, &shapes);
	for (i = 0; i < SB_ARRAY_LEN(optional); i++) {
		json_int_t objects, n;

		shapes_count(&shapes, optional[i].template, optional[i].type, optional[i].member,
			     &objects, &n);
		if (n > 0 && n < objects)
			continue;
		if (!objects && !asks_agent && strstr(optional[i].template, "/agent/"))
			continue;
		print_error("%s %s: %s is in %d of %d\n", optional[i].template, optional[i].type,
			    optional[i].member, (int)n, (int)objects);
		n_bad++;
	}
	shapes_end(&shapes);
	assert_int_equal(n_bad, 0);
}

static void optional_members_are_sometimes_absent_in_9(void **state)
{
	check_optional(*state, true);
}

static void optional_members_are_sometimes_absent_in_8(void **state)
{
	check_optional(*state, false);
}

static size_t count_differences(struct shapes *shapes)
{
	sb_autobuf out = SB_BUF_INIT(1 << 20);

	return shapes_compare(shapes, "9.2", &out);
}

/* Alter a member in three ways: a type that is not recorded, another name, and one row without it.
 */
static size_t alter_member(struct shapes *shapes, json_t *seen, const char *path, json_t *entry,
			   size_t *ret_tried)
{
	json_t *types = json_object_get(entry, "types"), *kept = json_copy(types);
	char other[300];
	size_t n_unseen = 0;

	json_object_clear(types);
	json_object_set_new(types, "boolean", json_true());
	n_unseen += count_differences(shapes) == 0;
	json_object_clear(types);
	json_object_update(types, kept);
	json_decref(kept);
	snprintf(other, sizeof(other), "%s.own", path);
	json_object_set(seen, other, entry);
	n_unseen += count_differences(shapes) == 0;
	json_object_del(seen, other);
	*ret_tried += 2;
	return n_unseen;
}

static size_t alter_always(struct shapes *shapes, const char *template, const char *kind,
			   json_t *seen, size_t *ret_tried)
{
	const json_t *release = json_object_get(json_object_get(shapes->recorded, template), "9.2");
	const json_t *always = json_object_get(json_object_get(release, "always"), kind), *path;
	size_t i, n_unseen = 0;

	json_array_foreach (always, i, path) {
		json_t *entry = json_object_get(seen, json_string_value(path));
		json_int_t n = json_integer_value(json_object_get(entry, "n"));

		if (!entry)
			continue;
		json_object_set_new(entry, "n", json_integer(n - 1));
		n_unseen += count_differences(shapes) == 0;
		json_object_set_new(entry, "n", json_integer(n));
		++*ret_tried;
	}
	return n_unseen;
}

static void every_alteration_of_a_shape_is_detected(void **state)
{
	sb_autojson *recorded = load_recording();
	const char *template, *kind, *path;
	size_t n_tried = 0, n_unseen = 0;
	json_t *kinds, *seen, *entry;
	struct shapes shapes;

	shapes_begin(&shapes, recorded);
	look_at_all(*state, &shapes);
	assert_int_equal(count_differences(&shapes),
			 4); /* altnames, a list of texts; variant, its id */
	shapes.unrecorded = unrecorded;
	assert_int_equal(count_differences(&shapes), 0);
	json_object_foreach (shapes.seen, template, kinds)
		json_object_foreach (kinds, kind, seen) {
			sb_autojson *members = json_copy(seen);

			json_object_foreach (members, path, entry)
				if (!strstr(path, "altnames") && !strstr(path, "variant"))
					n_unseen +=
						alter_member(&shapes, seen, path, entry, &n_tried);
			n_unseen += alter_always(&shapes, template, kind, seen, &n_tried);
		}
	shapes_end(&shapes);
	assert_true(n_tried > 500);
	assert_int_equal(n_unseen, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(start_cluster, a_cluster_of_9_has_the_members_and_types_of_real_ones),
		ON(start_cluster_8, a_cluster_of_8_has_the_members_and_types_of_real_ones),
		ON(start_edge, a_single_node_has_the_members_and_types_of_real_ones),
		ON(start_cluster, optional_members_are_sometimes_absent_in_9),
		ON(start_cluster_8, optional_members_are_sometimes_absent_in_8),
		ON(start_edge, every_alteration_of_a_shape_is_detected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
