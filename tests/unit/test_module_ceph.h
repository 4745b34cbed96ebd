/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the module ceph on the real engine: which node is asked, and what becomes of its
 * answers. */
#include "module_run.h"

SB_MODULE_API const struct sb_module *sb_module_ceph(void);

#define ABSENT  "HTTP 500 binary not installed: /usr/bin/ceph-mon"
#define UNSET   "HTTP 500 pveceph configuration not initialized - missing '/etc/pve/ceph.conf'"
#define CLUSTER "ceph-cluster", "lab/ceph-cluster/ceph"

static const char status[] =
	"{'fsid': '9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d', 'health': {'status': 'HEALTH_WARN',"
	" 'checks': {'OSD_DOWN': {'severity': 'HEALTH_WARN', 'summary': {'message': '1 osds down',"
	" 'count': 1}, 'detail': [{'message': 'osd.2 is down'}], 'muted': false}}},"
	" 'quorum_names': ['pve3', 'pve1', 'pve2'], 'pgmap': {'bytes_used': 1099511627776}}";

static SB_UNUSED int setup(void **state)
{
	struct module_run *run = module_create(sb_module_ceph);

	json_object_set_new(run->may, "/ Sys.Audit", json_integer(1));
	module_row(run, "node", "lab/node/pve1", "{'name': 'pve1', 'online': true}");
	module_row(run, "node", "lab/node/pve2", "{'name': 'pve2', 'online': true}");
	module_row(run, "node", "lab/node/pve3", "{'name': 'pve3', 'online': true}");
	module_answer(run, "/nodes/pve1/ceph/status", status);
	*state = run;
	return 0;
}

static SB_UNUSED int teardown(void **state)
{
	module_destroy(*state);
	return 0;
}

/* A field of a row as text; other values than texts as JSON. Valid until the next call. */
static SB_UNUSED const char *read_field(const struct module_run *run, const char *source,
					const char *key, const char *name)
{
	static char text[4096];
	const json_t *row = module_get_row(run, source, key);
	json_t *value = json_object_get(json_object_get(row, "fields"), name);
	sb_autofree char *dump = NULL;

	if (!value)
		return "";
	dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
	snprintf(text, sizeof(text), "%s", json_is_string(value) ? json_string_value(value) : dump);
	return text;
}

static SB_UNUSED size_t count_rows(const struct module_run *run, const char *source)
{
	return json_object_size(json_object_get(run->rows, source));
}

/* How often a path was asked for. */
static SB_UNUSED size_t count_asked(const struct module_run *run, const char *part)
{
	const json_t *path;
	size_t i, n = 0;

	json_array_foreach (run->asked, i, path)
		n += strstr(json_string_value(path), part) != NULL;
	return n;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
