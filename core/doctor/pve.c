/* SPDX-License-Identifier: Apache-2.0 */
/* Checks an endpoint: every URL, the cluster, the privileges of the token. */
#include "doctor/pve.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "doctor/server.h"
#include "net/gather.h"
#include "run/session.h"
#include "stagebox/json.h"

enum { MAX_ASKED = 200 }; /* paths with NoAccess that are looked at */

/* The sessions of the one URL that is checked. */
struct url_session {
	struct sb_io *io;
	struct sb_http *http;
	struct sb_pve *pve;
};

static void close_session(struct url_session *session)
{
	sb_pve_destroy(session->pve);
	sb_http_destroy(session->http);
	sb_io_destroy(session->io);
	*session = (struct url_session){0};
}

static int open_session(const json_t *conf, const char *slug, unsigned url, const char *known,
			struct url_session *session, struct sb_error *err)
{
	int rc = sb_session_pve_io(conf, slug, url, &session->io, err);

	if (!rc)
		rc = sb_http_create(session->io, &session->http, err);
	if (!rc)
		rc = sb_pve_create(session->http, slug, known, 1, &session->pve, err);
	return rc ? rc : sb_pve_open(session->pve, err);
}

/* 1 if the token has one of the privileges "A|B" below the path, or on "/" itself. */
static int holds_any(const struct sb_pve *pve, const char *path, const char *privileges)
{
	sb_autobuf below = SB_BUF_INIT(512);
	int known = 0;

	sb_buf_add(&below, path);
	if (path[1]) /* Proxmox VE allows no guest, node or zone of this name */
		sb_buf_add(&below, "/-");
	while (*privileges) {
		size_t n = strcspn(privileges, "|");
		sb_autofree char *one = strndup(privileges, n);
		int rc = one ? sb_pve_holds(pve, sb_buf_str(&below), one) : SB_E_NOMEM;

		if (rc == 1)
			return 1;
		if (rc < 0)
			known = rc;
		privileges += n + (privileges[n] == '|');
	}
	return known;
}

static bool need_applies(const json_t *need, int major)
{
	int64_t from = 0, to = 0;

	sb_json_int(need, "from", &from);
	sb_json_int(need, "to", &to);
	return (!from || major >= from) && (!to || major <= to);
}

/* Adds the instruction; some modules have an option that makes the privilege unnecessary. */
static void add_fix(struct sb_buf *to, const json_t *missing)
{
	const char *privilege = sb_json_str(missing, "privilege");
	const char *option = sb_json_str(missing, "option");

	if (!sb_starts_with(privilege, "VM.Monitor"))
		sb_buf_add(to, "grant the role PVEAuditor on / with propagation to the user and, "
			       "if the token has privilege separation, also to the token "
			       "(Datacenter > Permissions)");
	else
		sb_buf_addf(to,
			    "grant the user and the token a role with VM.Monitor on %s (up to "
			    "Proxmox VE 8 it also permits commands in the guests)",
			    sb_json_str(missing, "path"));
	if (option)
		sb_buf_addf(to, ", or set options.%s = false", option);
}

/* Reports a missing privilege: which modules need it, and for what. */
static void report_missing_privilege(struct sb_report *report, const char *slug,
				     const json_t *missing)
{
	const char *privilege = sb_json_str(missing, "privilege");
	sb_autobuf names = SB_BUF_INIT(512), uses = SB_BUF_INIT(1024), fix = SB_BUF_INIT(1024);
	sb_autobuf text = SB_BUF_INIT(2048);
	const char *module, *use, * or = strchr(privilege, '|');
	json_t *entry, *one;
	size_t n = 0;

	json_object_foreach (json_object_get(missing, "modules"), module, one) {
		sb_buf_add_item(&names, module);
		n++;
	}
	json_object_foreach (json_object_get(missing, "uses"), use, one)
		sb_buf_add_item(&uses, use);
	add_fix(&fix, missing);
	sb_buf_addf(&text,
		    "the token lacks %.*s on %s, which module%s %s need%s; not read without it: %s",
		    (int)strcspn(privilege, "|"), privilege, sb_json_str(missing, "path"),
		    n > 1 ? "s" : "", sb_buf_str(&names), n > 1 ? "" : "s", sb_buf_str(&uses));
	if (sb_json_bool(missing, "limit", false))
		entry = sb_report_warn(report, slug, "rights", sb_buf_str(&fix), "%s",
				       sb_buf_str(&text));
	else
		entry = sb_report_missing_right(report, slug, "rights", sb_buf_str(&fix), "%s",
						sb_buf_str(&text));
	sb_report_data(entry, "path", json_incref(json_object_get(missing, "path")));
	sb_report_data(entry, "privilege", json_stringn(privilege, strcspn(privilege, "|")));
	if (or)
		sb_report_data(entry, "or", json_string(or +1));
	sb_report_data(entry, "modules", json_incref(json_object_get(missing, "modules")));
}

/* One entry per privilege and path, however many stages need it. */
static void note_missing_privilege(json_t *all_missing, const json_t *need)
{
	sb_autobuf key = SB_BUF_INIT(512);
	json_t *missing;

	sb_buf_addf(&key, "%s %s", sb_json_str(need, "privilege"), sb_json_str(need, "path"));
	missing = json_object_get(all_missing, sb_buf_str(&key));
	if (!missing) {
		missing = json_pack("{s:O, s:O, s:O, s:O*, s:{}, s:{}}", "limit",
				    json_object_get(need, "limit"), "privilege",
				    json_object_get(need, "privilege"), "path",
				    json_object_get(need, "path"), "option",
				    json_object_get(need, "option"), "modules", "uses");
		json_object_set_new(all_missing, sb_buf_str(&key), missing);
	}
	json_object_set(json_object_get(missing, "modules"), sb_json_str(need, "module"),
			json_object_get(need, "stage"));
	json_object_set_new(json_object_get(missing, "uses"), sb_json_str(need, "use"),
			    json_true());
}

static void check_needs(struct sb_report *report, const char *slug, const struct sb_pve *pve,
			const json_t *declared)
{
	sb_autojson *all_missing = json_object();
	const char *key;
	json_t *need;
	size_t i, n = 0;

	json_array_foreach (json_object_get(declared, "needs"), i, need) {
		if (!need_applies(need, sb_pve_version_major(pve)))
			continue;
		n++;
		if (holds_any(pve, sb_json_str(need, "path"), sb_json_str(need, "privilege")) != 1)
			note_missing_privilege(all_missing, need);
	}
	json_object_foreach (all_missing, key, need)
		report_missing_privilege(report, slug, need);
	if (n && !json_object_size(all_missing))
		sb_report_ok(report, slug, "rights",
			     "the token has all privileges that the modules need");
}

/* A role on one path replaces the inherited one: without VM.Audit the guest is hidden. Where
 * nothing is inherited, the privilege is missing on /vms, which check_needs() reports. */
static void check_hidden_guests(struct sb_report *report, const char *slug,
				const struct sb_pve *pve)
{
	const json_t *set;
	const char *path;

	if (holds_any(pve, "/vms", "VM.Audit") != 1)
		return;
	json_object_foreach ((json_t *)(uintptr_t)sb_pve_permissions(pve), path, set) {
		if (!sb_starts_with(path, "/vms/") || sb_pve_holds(pve, path, "VM.Audit") == 1)
			continue;
		sb_report_missing_right(
			report, slug, "rights",
			"add VM.Audit to the role on this path, or remove the role from it",
			"the token lacks VM.Audit on %s: a role on this path replaces the "
			"inherited one and hides this guest",
			path);
	}
}

/* Sends one GET and waits: new reference, or NULL. */
static json_t *get_answer(struct url_session *session, const char *path)
{
	struct sb_error why = SB_ERROR_INIT;
	struct sb_gather got;
	json_t *data = NULL;

	sb_gather_init(&got, session->http);
	if (sb_pve_get(session->pve, SB_PVE_INLINE, path, sb_gather_take, sb_gather_expect(&got, 0),
		       &why) == 0 &&
	    sb_gather_wait(&got, &why) == 0)
		data = sb_steal(got.replies[0].data);
	sb_gather_finish(&got);
	return data;
}

/* The role NoAccess leaves a path without any privilege, and the list of privileges without the
 * path: only a question for the path itself shows it. */
static void check_no_access(struct sb_report *report, const char *slug, struct url_session *session)
{
	sb_autojson *acl = get_answer(session, "/access/acl"), *asked = json_object();
	sb_autobuf hidden = SB_BUF_INIT(600);
	json_t *entry, *paths = json_array();
	const json_t *row;
	size_t i;

	json_array_foreach (acl, i, row) {
		const char *path = sb_json_str(row, "path"), *role = sb_json_str(row, "roleid");
		sb_autobuf query = SB_BUF_INIT(200);
		sb_autojson *answer = NULL;

		if (!path || !role || !sb_streq(role, "NoAccess") ||
		    !sb_starts_with(path, "/vms/") || json_object_get(asked, path) ||
		    json_object_size(asked) == MAX_ASKED)
			continue;
		json_object_set_new(asked, path, json_true());
		sb_buf_add(&query, "/access/permissions?path=");
		sb_buf_add_url(&query, path);
		answer = get_answer(session, sb_buf_str(&query));
		if (!json_is_object(answer) ||
		    json_object_get(json_object_get(answer, path), "VM.Audit"))
			continue;
		if (json_array_size(paths) < 8)
			sb_buf_addf(&hidden, "%s%s", json_array_size(paths) ? ", " : "", path);
		json_array_append_new(paths, json_string(path));
	}
	if (json_array_size(paths)) {
		entry = sb_report_warn(
			report, slug, "rights",
			"remove the role NoAccess of the token (or its user) from these paths, if "
			"the "
			"guests are to be in NetBox",
			"%zu guest%s hidden from the token by the role NoAccess: %s%s",
			json_array_size(paths), json_array_size(paths) == 1 ? " is" : "s are",
			sb_buf_str(&hidden), json_array_size(paths) > 8 ? ", ..." : "");
		sb_report_data(entry, "hidden", json_incref(paths));
	}
	json_decref(paths);
}

static bool is_online(const json_t *status, const char *name)
{
	const json_t *row;
	size_t i;

	json_array_foreach (status, i, row) {
		const char *type = sb_json_str(row, "type"), *node = sb_json_str(row, "name");

		if (type && node && sb_streq(type, "node") && sb_streq(node, name))
			return sb_json_bool(row, "online", false);
	}
	return false;
}

/* Without pvestatd a node is online in /cluster/status and "unknown" in /cluster/resources, and all
 * of its guests are unknown there. */
static void check_services(struct sb_report *report, const char *slug, struct url_session *session)
{
	sb_autojson *status = get_answer(session, "/cluster/status");
	sb_autojson *nodes = get_answer(session, "/cluster/resources?type=node");
	sb_autobuf silent = SB_BUF_INIT(600);
	const json_t *row;
	size_t i;

	json_array_foreach (nodes, i, row) {
		const char *name = sb_json_str(row, "node"), *word = sb_json_str(row, "status");

		if (name && word && sb_streq(word, "unknown") && is_online(status, name))
			sb_buf_add_item(&silent, name);
	}
	if (silent.len)
		sb_report_warn(
			report, slug, "services", "run `systemctl restart pvestatd` on the node",
			"online, but without a status of itself and its guests: %s: pvestatd does "
			"not run there; its guests stay unknown and unchanged in NetBox",
			sb_buf_str(&silent));
}

/* A token that only reads needs .Audit privileges and Sys.Syslog. VM.Monitor, which Proxmox VE 8
 * requires for queries to guest agents, is reported by report_missing_privilege(). */
static bool permits_write(const char *privilege, int major)
{
	size_t len = strlen(privilege);

	if (len > 6 && sb_streq(privilege + len - 6, ".Audit"))
		return false;
	return !sb_streq(privilege, "Sys.Syslog") &&
	       !(major <= 8 && sb_streq(privilege, "VM.Monitor"));
}

/* Of many paths the one that covers most: the shortest, of equal ones the first by name. */
static bool is_better_path(const char *path, const char *known)
{
	size_t len = strlen(path), other = known ? strlen(known) : 0;

	return !known || len < other || (len == other && strcmp(path, known) < 0);
}

static void check_writes(struct sb_report *report, const char *slug, const struct sb_pve *pve)
{
	sb_autojson *found = json_object();
	sb_autobuf text = SB_BUF_INIT(2000);
	int major = sb_pve_version_major(pve);
	const char *path, *privilege;
	json_t *set, *held, *entry;
	size_t n = 0;

	json_object_foreach ((json_t *)(uintptr_t)sb_pve_permissions(pve), path, set) {
		json_object_foreach (set, privilege, held) {
			if (permits_write(privilege, major) &&
			    is_better_path(path, sb_json_str(found, privilege)))
				json_object_set_new(found, privilege, json_string(path));
		}
	}
	json_object_foreach (found, privilege, held) {
		if (++n <= 8)
			sb_buf_addf(&text, "%s%s on %s", n > 1 ? ", " : "", privilege,
				    json_string_value(held));
	}
	if (!sb_pve_permissions(pve))
		return;
	if (!n) {
		sb_report_ok(report, slug, "read-only", "the token cannot write");
		return;
	}
	if (n > 8)
		sb_buf_addf(&text, " and %zu more", n - 8);
	entry = sb_report_warn(report, slug, "read-only",
			       "use a separate token that has only the role PVEAuditor",
			       "the token has write privileges: %s", sb_buf_str(&text));
	sb_report_data(entry, "privileges", json_incref(found));
}

static void check_rights(struct sb_report *report, const char *slug, const struct sb_pve *pve,
			 const json_t *declared)
{
	struct sb_error why = SB_ERROR_INIT;

	if (!sb_pve_permissions(pve)) {
		sb_fail(&why, SB_E_FORBIDDEN,
			"GET /access/permissions returned no answer: the privileges of the token "
			"are unknown");
		sb_report_fail(report, slug, "rights", &why);
		return;
	}
	check_needs(report, slug, pve, declared);
	check_hidden_guests(report, slug, pve);
	check_writes(report, slug, pve);
}

static void check_cluster(struct sb_report *report, const char *slug, const struct sb_pve *pve)
{
	if (!sb_pve_has_quorum(pve))
		sb_report_warn(report, slug, "quorum",
			       "start the missing nodes (`pvecm status` lists them); until then "
			       "nothing is deleted in NetBox",
			       "the cluster %s has no quorum: its answers may be outdated",
			       sb_pve_cluster_name(pve));
}

/* Report what an empty site means, with the name of the cluster that answers. */
static void report_site(struct sb_report *report, const char *slug, const struct sb_pve *pve,
			const json_t *endpoint)
{
	const char *site = sb_json_str(endpoint, "site");

	if (site && *site)
		return;
	sb_report_ok(report, slug, "site",
		     "site is empty: the cluster and its guests have no site; nodes get the site "
		     "\"Proxmox Default Site - %s\", because NetBox has no device without one; "
		     "NetBox 4.6 and newer gives it to their guests, too",
		     sb_pve_cluster_name(pve));
}

/* The endpoint that is checked. */
struct endpoint_check {
	struct sb_report *report;
	const json_t *conf, *declared;
	const char *slug;
	json_t *clusters; /* of the endpoints before this one; borrowed */
	char *known;      /* identity in the store, else of the first URL that answered */
	bool has_answered;
};

/* One Proxmox VE has one slug. Separate sites may have equal names, so this is a warning. */
static void check_other_slugs(struct endpoint_check *check, const struct sb_pve *pve)
{
	const char *identity = sb_pve_identity(pve), *nodes = strrchr(identity, ':'), *slug;
	const json_t *other;
	char fix[200];

	json_object_foreach (check->clusters, slug, other) {
		if (!sb_streq(identity, json_string_value(other)))
			continue;
		snprintf(fix, sizeof(fix),
			 "if it is the same Proxmox VE, put this URL into the urls of %.50s and "
			 "remove this endpoint",
			 slug);
		sb_report_warn(check->report, check->slug, "cluster", fix,
			       "answers as the cluster of %s (%s, nodes %.200s)", slug,
			       sb_pve_cluster_name(pve), nodes ? nodes + 1 : identity);
		break;
	}
	json_object_set_new(check->clusters, check->slug, json_string(identity));
}

/* All URLs lead to one cluster, so only the first one that answers is checked further. */
static void report_contact(struct endpoint_check *check, struct url_session *session,
			   const char *url)
{
	const struct sb_pve *pve = session->pve;
	struct sb_report *report = check->report;
	json_t *entry;

	entry = sb_report_ok(report, check->slug, "contact", "%s: Proxmox VE %s, %s %s", url,
			     sb_pve_version(pve),
			     sb_pve_clustered(pve) ? "cluster" : "standalone node",
			     sb_pve_cluster_name(pve));
	sb_report_data(entry, "url", json_string(url));
	sb_report_data(entry, "version", json_string(sb_pve_version(pve)));
	sb_report_data(entry, "identity", json_string(sb_pve_identity(pve)));
	if (check->has_answered)
		return;
	check->has_answered = true;
	free(check->known);
	check->known = strdup(sb_pve_identity(pve));
	report_site(report, check->slug, pve, sb_conf_endpoint(check->conf, check->slug));
	check_cluster(report, check->slug, pve);
	check_other_slugs(check, pve);
	check_services(report, check->slug, session);
	check_rights(report, check->slug, pve, check->declared);
	check_no_access(report, check->slug, session);
}

static void try_url(struct endpoint_check *check, unsigned i, const char *url, struct sb_error *why)
{
	struct url_session session = {0};
	sb_autobuf server = SB_BUF_INIT(128);

	sb_buf_addf(&server, "pve:%s", check->slug);
	if (open_session(check->conf, check->slug, i, check->known, &session, why) == 0)
		report_contact(check, &session, url);
	if (session.http)
		sb_doctor_clock(check->report, check->slug, session.http, sb_buf_str(&server), url);
	close_session(&session);
}

/* A sync uses any URL that answers, so a dead one is a warning; another cluster is an error. */
static void report_failure(struct endpoint_check *check, const char *url,
			   const struct sb_error *why)
{
	bool is_dead = why->code == SB_E_NET || why->code == SB_E_TIMEOUT;
	json_t *entry;

	if (is_dead && check->has_answered)
		entry = sb_report_warn(check->report, check->slug, "contact",
				       "start this host, or remove its URL from urls", "%s",
				       why->text);
	else
		entry = sb_report_fail(check->report, check->slug, "contact", why);
	sb_report_data(entry, "url", json_string(url));
	sb_doctor_certificate(check->report, check->slug,
			      sb_conf_endpoint(check->conf, check->slug), url,
			      "as root on this node: `pvenode cert info`");
}

int sb_doctor_pve(struct sb_report *report, const json_t *conf, const char *slug,
		  const json_t *declared, const char *pinned, json_t *clusters,
		  struct sb_error *err)
{
	const json_t *group = sb_conf_endpoint(conf, slug), *urls = json_object_get(group, "urls");
	struct endpoint_check check = {.report = report,
				       .conf = conf,
				       .declared = declared,
				       .slug = slug,
				       .clusters = clusters,
				       .known = strdup(pinned)};
	struct sb_error *failures = calloc(json_array_size(urls) + 1, sizeof(*failures));
	const json_t *url;
	size_t i;
	int rc = 0;

	if (!check.known || !failures)
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc)
		sb_doctor_guard(report, slug, group);
	for (i = 0; !rc && i < json_array_size(urls); i++)
		try_url(&check, (unsigned)i, json_string_value(json_array_get(urls, i)),
			&failures[i]);
	json_array_foreach (urls, i, url)
		if (!rc && failures[i].code)
			report_failure(&check, json_string_value(url), &failures[i]);
	if (!rc && !check.has_answered)
		sb_report_skip(report, slug, "rights", "not checked: no URL answered correctly");
	free(check.known);
	free(failures);
	return rc;
}
