/* SPDX-License-Identifier: Apache-2.0 */
/* Ceph by hand: its state, its nodes and daemons, flags and checks. */
#include "pve/ceph_change.h"

#define MOST_OSDS 1000 /* on a node */

int pve_ceph_require(struct lab_pve *pve)
{
	if (!pve->ceph->fsid)
		return pve_change_refuse(pve, "Ceph is not set up; use set %s/ceph state=ready",
					 pve->slug);
	pve->ceph->n_changes++;
	return 0;
}

int pve_ceph_set_real(struct lab_pve *pve, json_t *object, const char *field, const char *value)
{
	double number;
	char *end;

	if (!*value) {
		json_object_del(object, field);
		return 0;
	}
	number = strtod(value, &end);
	if (*end || !(number >= 0 && number < 1e15))
		return pve_change_refuse(pve, "%s must be a number that is not negative", field);
	return json_object_set_new(object, field, json_real(number));
}

int pve_ceph_set_host(struct lab_pve *pve, json_t *object, const char *value)
{
	if (!pve_node_find(pve, value))
		return pve_change_refuse(pve, "unknown node '%s'", value);
	return json_object_set_new(object, "host", json_string(value));
}

int pve_ceph_set_ref(struct lab_pve *pve, json_t *object, const char *field, const char *value,
		     const json_t *others)
{
	if (!json_object_get(others, value))
		return pve_change_refuse(pve, "%s: there is no '%s'", field, value);
	return json_object_set_new(object, field, json_string(value));
}

static int set_state(struct lab_pve *pve, const char *value)
{
	static const char *const words[] = {"absent", "uninitialized", "ready"};

	for (int i = 0; i <= PVE_CEPH_READY; i++) {
		if (!sb_streq(words[i], value))
			continue;
		if (i != PVE_CEPH_ABSENT && !pve->ceph->fsid && !pve_ceph_fill(pve, 2))
			return pve_change_refuse(pve, "out of memory");
		pve->ceph->state = (enum pve_ceph_state)i;
		return 0;
	}
	return pve_change_refuse(pve, "state must be one of: absent, uninitialized, ready");
}

static int set_ceph(struct lab_pve *pve, const struct pve_key *key, const char *field,
		    const char *value)
{
	sb_autojson *number = json_object();

	(void)key;
	if (sb_streq(field, "state"))
		return set_state(pve, value);
	if (pve_ceph_require(pve) < 0)
		return -1;
	if (sb_streq(field, "osds")) {
		if (pve_change_set_int(pve, number, field, value, 0, MOST_OSDS) < 0)
			return -1;
		return pve_ceph_place_osds(pve, (unsigned)pve_ceph_int(number, field)) ? 0 : -1;
	}
	if (!sb_streq(field, "shadow"))
		return pve_change_refuse(pve, "unknown field of ceph; use state, osds or shadow");
	if (pve_change_set_int(pve, number, field, value, 0, 1) < 0)
		return -1;
	pve->ceph->hides_shadows = !pve_ceph_int(number, field);
	return 0;
}

static int set_node(struct lab_pve *pve, const struct pve_key *key, const char *field,
		    const char *value)
{
	struct pve_ceph *ceph = pve->ceph;

	if (pve_ceph_require(pve) < 0)
		return -1;
	if (!pve_node_find(pve, key->name))
		return pve_change_refuse(pve, "unknown node '%s'", key->name);
	if (sb_streq(field, "version") && strtol(value, NULL, 10) > 0)
		return json_object_set_new(ceph->hosts, key->name, json_string(value));
	if (sb_streq(field, "installed") && sb_streq(value, "0")) {
		json_object_del(ceph->hosts, key->name);
		return 0;
	}
	if (sb_streq(field, "installed") && sb_streq(value, "1"))
		return json_object_set_new(ceph->hosts, key->name,
					   json_string(pve_ceph_version(pve, key->name)));
	return pve_change_refuse(
		pve, "a node of Ceph has the fields installed (0 or 1) and version (19.2.3-pve2)");
}

static int set_flag(struct lab_pve *pve, const struct pve_key *key, const char *field,
		    const char *value)
{
	const struct pve_ceph_flag *flag = pve_ceph_flags;

	if (pve_ceph_require(pve) < 0)
		return -1;
	while (flag->name && !sb_streq(flag->name, key->name))
		flag++;
	if (!flag->name)
		return pve_change_refuse(pve, "'%s' is not a flag of Ceph", key->name);
	if (!sb_streq(field, "value") || (!sb_streq(value, "0") && !sb_streq(value, "1")))
		return pve_change_refuse(pve, "a flag of Ceph has the field value, 0 or 1");
	if (sb_streq(value, "1"))
		return json_object_set_new(pve->ceph->flags, key->name, json_true());
	json_object_del(pve->ceph->flags, key->name);
	return 0;
}

static json_t *find_check(struct lab_pve *pve, const char *code)
{
	json_t *check = json_object_get(pve->ceph->checks, code);

	if (check)
		return check;
	check = json_pack("{ss ss}", "severity", "HEALTH_WARN", "summary", code);
	json_object_set_new(pve->ceph->checks, code, check);
	return check;
}

/* "first; second": one message each. */
static int set_detail(json_t *check, const char *value)
{
	json_t *list = json_array();

	while (*value) {
		size_t len = strcspn(value, ";");

		if (len)
			json_array_append_new(list, json_stringn(value, len));
		value += len;
		value += strspn(value, "; ");
	}
	return json_object_set_new(check, "detail", list);
}

static bool is_check_field(const char *field)
{
	static const char *const fields[] = {"severity", "summary", "detail", "count", "muted"};

	for (size_t i = 0; i < SB_ARRAY_LEN(fields); i++)
		if (sb_streq(fields[i], field))
			return true;
	return false;
}

static int set_check(struct lab_pve *pve, const struct pve_key *key, const char *field,
		     const char *value)
{
	json_t *check;

	if (pve_ceph_require(pve) < 0)
		return -1;
	if (!*key->name)
		return pve_change_refuse(pve, "a check needs a code, such as OSD_NEARFULL");
	if (!is_check_field(field))
		return pve_change_refuse(pve, "unknown field of a check; use severity, summary, "
					      "detail, count or muted");
	if (sb_streq(field, "severity") && !pve_has_word("HEALTH_WARN, HEALTH_ERR", value))
		return pve_change_refuse(pve, "severity must be one of: HEALTH_WARN, HEALTH_ERR");
	check = find_check(pve, key->name);
	if (sb_streq(field, "detail"))
		return set_detail(check, value);
	if (sb_streq(field, "count"))
		return pve_change_set_int(pve, check, field, value, 1, 1000000);
	if (sb_streq(field, "muted"))
		return pve_change_set_int(pve, check, field, value, 0, 1);
	return json_object_set_new(check, field, json_string(value));
}

static int add_check(struct lab_pve *pve, const struct pve_key *key)
{
	if (pve_ceph_require(pve) < 0)
		return -1;
	if (!*key->name || json_object_get(pve->ceph->checks, key->name))
		return pve_change_refuse(pve, "check '%s' already exists", key->name);
	return find_check(pve, key->name) ? 0 : -1;
}

static int remove_check(struct lab_pve *pve, const struct pve_key *key)
{
	if (pve_ceph_require(pve) < 0)
		return -1;
	if (json_object_del(pve->ceph->checks, key->name) < 0)
		return pve_change_refuse(pve, "no check '%s' was set", key->name);
	return 0;
}

/* The daemons of the service that a key names. */
static json_t *daemons_of(const struct lab_pve *pve, const struct pve_key *key)
{
	enum pve_ceph_service service = key->family == &pve_ceph_mon_family   ? PVE_CEPH_MON
					: key->family == &pve_ceph_mgr_family ? PVE_CEPH_MGR
									      : PVE_CEPH_MDS;

	return pve->ceph->services[service];
}

/* Only one daemon of a service is active. */
static void make_others_standby(json_t *daemons, const json_t *active, const char *state)
{
	const char *name, *standby = *state == 'u' ? "up:standby" : "standby";
	json_t *daemon;

	json_object_foreach (daemons, name, daemon)
		if (daemon != active && sb_streq(pve_ceph_text(daemon, "state"), state))
			json_object_set_new(daemon, "state", json_string(standby));
}

static int set_daemon_state(struct lab_pve *pve, const struct pve_key *key, json_t *daemon,
			    const char *value)
{
	const char *words = "up:active, up:standby, up:standby-replay, stopped, unknown";

	if (key->family == &pve_ceph_mon_family)
		words = "running, stopped, unknown";
	else if (key->family == &pve_ceph_mgr_family)
		words = "active, standby, stopped, unknown";
	/* Monitors that Proxmox VE did not set up have no state outside the quorum. */
	if (!*value && key->family == &pve_ceph_mon_family)
		return json_object_set_new(daemon, "state", json_string(""));
	if (pve_change_set_word(pve, daemon, "state", value, words) < 0)
		return -1;
	if (sb_streq(value, "active") || sb_streq(value, "up:active"))
		make_others_standby(daemons_of(pve, key), daemon, value);
	return 0;
}

static int set_daemon(struct lab_pve *pve, const struct pve_key *key, const char *field,
		      const char *value)
{
	json_t *daemon;

	if (pve_ceph_require(pve) < 0)
		return -1;
	daemon = json_object_get(daemons_of(pve, key), key->name);
	if (!daemon)
		return pve_change_refuse(pve, "no such daemon '%s'", key->text);
	if (sb_streq(field, "state"))
		return set_daemon_state(pve, key, daemon, value);
	if (sb_streq(field, "host"))
		return pve_ceph_set_host(pve, daemon, value);
	return pve_change_refuse(pve, "unknown field of a daemon; use state or host");
}

static int add_daemon(struct lab_pve *pve, const struct pve_key *key)
{
	const char *state = key->family == &pve_ceph_mon_family   ? "running"
			    : key->family == &pve_ceph_mgr_family ? "standby"
								  : "up:standby";
	const struct pve_node *node = pve_node_find(pve, key->name);

	if (pve_ceph_require(pve) < 0)
		return -1;
	if (!*key->name || json_object_get(daemons_of(pve, key), key->name))
		return pve_change_refuse(pve, "daemon '%s' already exists", key->text);
	return json_object_set_new(
		daemons_of(pve, key), key->name,
		json_pack("{ss ss}", "host", node ? node->name : pve->nodes[0].name, "state",
			  state));
}

static int remove_daemon(struct lab_pve *pve, const struct pve_key *key)
{
	if (pve_ceph_require(pve) < 0)
		return -1;
	if (key->family == &pve_ceph_mon_family && json_object_size(daemons_of(pve, key)) < 2)
		return pve_change_refuse(pve, "can't remove last monitor");
	if (json_object_del(daemons_of(pve, key), key->name) < 0)
		return pve_change_refuse(pve, "no such daemon '%s'", key->text);
	return 0;
}

static const char *const ceph_fields[] = {"state", "osds", "shadow", NULL};
const struct pve_family pve_ceph_family = {
	.fields = ceph_fields, .prefix = "ceph", .form = "ceph", .set = set_ceph};
static const char *const node_fields[] = {"installed", "version", NULL};
const struct pve_family pve_ceph_node_family = {
	.fields = node_fields, .prefix = "ceph/node/", .form = "ceph/node/NODE", .set = set_node};
static const char *const flag_fields[] = {"value", NULL};
const struct pve_family pve_ceph_flag_family = {
	.fields = flag_fields, .prefix = "ceph/flag/", .form = "ceph/flag/NAME", .set = set_flag};
static const char *const check_fields[] = {"severity", "summary", "detail", "count", "muted", NULL};
const struct pve_family pve_ceph_check_family = {.fields = check_fields,
						 .prefix = "ceph/check/",
						 .form = "ceph/check/CODE",
						 .set = set_check,
						 .add = add_check,
						 .rm = remove_check};
static const char *const daemon_fields[] = {"state", "host", NULL};
const struct pve_family pve_ceph_mon_family = {.fields = daemon_fields,
					       .prefix = "ceph/mon/",
					       .form = "ceph/mon/NAME",
					       .set = set_daemon,
					       .add = add_daemon,
					       .rm = remove_daemon};
const struct pve_family pve_ceph_mgr_family = {.fields = daemon_fields,
					       .prefix = "ceph/mgr/",
					       .form = "ceph/mgr/NAME",
					       .set = set_daemon,
					       .add = add_daemon,
					       .rm = remove_daemon};
const struct pve_family pve_ceph_mds_family = {.fields = daemon_fields,
					       .prefix = "ceph/mds/",
					       .form = "ceph/mds/NAME",
					       .set = set_daemon,
					       .add = add_daemon,
					       .rm = remove_daemon};
