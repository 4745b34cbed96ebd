/* SPDX-License-Identifier: Apache-2.0 */
/* The doctor at an endpoint: every URL, the cluster, the rights of the token. */
#include "doctor/pve.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "doctor/server.h"
#include "run/session.h"
#include "stagebox/json.h"

/* One URL under examination. */
struct visit {
	struct sb_io *io;
	struct sb_http *http;
	struct sb_pve *pve;
};

static void visit_finish(struct visit *visit)
{
	sb_pve_destroy(visit->pve);
	sb_http_destroy(visit->http);
	sb_io_destroy(visit->io);
	*visit = (struct visit){0};
}

static int visit_open(const json_t *conf, const char *slug, unsigned url, const char *known,
		      struct visit *visit, struct sb_error *err)
{
	int rc = sb_session_pve_io(conf, slug, url, &visit->io, err);

	if (!rc)
		rc = sb_http_create(visit->io, &visit->http, err);
	if (!rc)
		rc = sb_pve_create(visit->http, slug, known, 1, &visit->pve, err);
	return rc ? rc : sb_pve_open(visit->pve, err);
}

/* Is one of "A|B" held where it has to reach: below the path, or on "/" itself? */
static int holds(const struct sb_pve *pve, const char *path, const char *privileges)
{
	sb_autobuf below = SB_BUF_INIT(512);
	int known = 0;

	sb_buf_add(&below, path);
	if (path[1]) /* no guest, node or zone has this name */
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

static bool applies(const json_t *need, int major)
{
	int64_t from = 0, to = 0;

	sb_json_int(need, "from", &from);
	sb_json_int(need, "to", &to);
	return (!from || major >= from) && (!to || major <= to);
}

/* What to do about it; an option of the module may do without. */
static void add_fix(struct sb_buf *to, const json_t *lack)
{
	const char *privilege = sb_json_str(lack, "privilege");
	const char *option = sb_json_str(lack, "option");

	if (!sb_starts_with(privilege, "VM.Monitor"))
		sb_buf_add(to, "give the role PVEAuditor on / with propagation to the user and, "
			       "when the token has privilege separation, to the token too "
			       "(Datacenter > Permissions)");
	else
		sb_buf_addf(to,
			    "give the user and the token a role with VM.Monitor on %s (up to "
			    "Proxmox VE 8 it also permits commands in the guests)",
			    sb_json_str(lack, "path"));
	if (option)
		sb_buf_addf(to, ", or do without: options.%s = false", option);
}

/* The finding on a privilege: which modules want it, for what. */
static void tell_lack(struct sb_report *report, const char *slug, const json_t *lack)
{
	const char *privilege = sb_json_str(lack, "privilege");
	sb_autobuf names = SB_BUF_INIT(512), uses = SB_BUF_INIT(1024), fix = SB_BUF_INIT(1024);
	sb_autobuf text = SB_BUF_INIT(2048);
	const char *module, *use, * or = strchr(privilege, '|');
	json_t *entry, *one;
	size_t n = 0;

	json_object_foreach (json_object_get(lack, "modules"), module, one) {
		sb_buf_addf(&names, "%s%s", names.len ? ", " : "", module);
		n++;
	}
	json_object_foreach (json_object_get(lack, "uses"), use, one)
		sb_buf_addf(&uses, "%s%s", uses.len ? ", " : "", use);
	add_fix(&fix, lack);
	sb_buf_addf(&text, "lacks %.*s on %s, which module%s %s need%s; not seen without it: %s",
		    (int)strcspn(privilege, "|"), privilege, sb_json_str(lack, "path"),
		    n > 1 ? "s" : "", sb_buf_str(&names), n > 1 ? "" : "s", sb_buf_str(&uses));
	if (sb_json_bool(lack, "limit", false))
		entry = sb_report_warn(report, slug, "rights", sb_buf_str(&fix), "%s",
				       sb_buf_str(&text));
	else
		entry = sb_report_lack(report, slug, "rights", sb_buf_str(&fix), "%s",
				       sb_buf_str(&text));
	sb_report_data(entry, "path", json_incref(json_object_get(lack, "path")));
	sb_report_data(entry, "privilege", json_stringn(privilege, strcspn(privilege, "|")));
	if (or)
		sb_report_data(entry, "or", json_string(or +1));
	sb_report_data(entry, "modules", json_incref(json_object_get(lack, "modules")));
}

/* Once per privilege and path, however many stages want it. */
static void note_lack(json_t *lacks, const json_t *need)
{
	sb_autobuf key = SB_BUF_INIT(512);
	json_t *lack;

	sb_buf_addf(&key, "%s %s", sb_json_str(need, "privilege"), sb_json_str(need, "path"));
	lack = json_object_get(lacks, sb_buf_str(&key));
	if (!lack) {
		lack = json_pack("{s:O, s:O, s:O, s:O*, s:{}, s:{}}", "limit",
				 json_object_get(need, "limit"), "privilege",
				 json_object_get(need, "privilege"), "path",
				 json_object_get(need, "path"), "option",
				 json_object_get(need, "option"), "modules", "uses");
		json_object_set_new(lacks, sb_buf_str(&key), lack);
	}
	json_object_set(json_object_get(lack, "modules"), sb_json_str(need, "module"),
			json_object_get(need, "stage"));
	json_object_set_new(json_object_get(lack, "uses"), sb_json_str(need, "use"), json_true());
}

static void check_needs(struct sb_report *report, const char *slug, const struct sb_pve *pve,
			const json_t *declared)
{
	sb_autojson *lacks = json_object();
	const char *key;
	json_t *need;
	size_t i, n = 0;

	json_array_foreach (json_object_get(declared, "needs"), i, need) {
		if (!applies(need, sb_pve_version_major(pve)))
			continue;
		n++;
		if (holds(pve, sb_json_str(need, "path"), sb_json_str(need, "privilege")) != 1)
			note_lack(lacks, need);
	}
	json_object_foreach (lacks, key, need)
		tell_lack(report, slug, need);
	if (n && !json_object_size(lacks))
		sb_report_ok(report, slug, "rights", "all that the modules need");
}

/* A role on one path replaces what comes from above: guests below it are hidden. */
static void check_holes(struct sb_report *report, const char *slug, const struct sb_pve *pve)
{
	const json_t *set;
	const char *path;

	json_object_foreach ((json_t *)(uintptr_t)sb_pve_permissions(pve), path, set) {
		if (!sb_starts_with(path, "/vms/") || sb_pve_holds(pve, path, "VM.Audit") == 1)
			continue;
		sb_report_lack(report, slug, "rights",
			       "add VM.Audit to the role on that path, or remove the role there",
			       "lacks VM.Audit on %s: a role there replaces the one from above, so "
			       "that this guest is hidden",
			       path);
	}
}

/* What no reader needs. VM.Monitor is told of where it is needed. */
static bool is_write(const char *privilege, int major)
{
	size_t len = strlen(privilege);

	if (len > 6 && sb_streq(privilege + len - 6, ".Audit"))
		return false;
	return !sb_streq(privilege, "Sys.Syslog") &&
	       !(major <= 8 && sb_streq(privilege, "VM.Monitor"));
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
			if (!is_write(privilege, major))
				continue;
			if (!json_object_get(found, privilege) && ++n <= 8)
				sb_buf_addf(&text, "%s%s on %s", n > 1 ? ", " : "", privilege,
					    path);
			if (!json_object_get(found, privilege))
				json_object_set_new(found, privilege, json_string(path));
		}
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
			       "use a token of its own with the role PVEAuditor alone",
			       "the token could write: %s", sb_buf_str(&text));
	sb_report_data(entry, "privileges", json_incref(found));
}

static void check_rights(struct sb_report *report, const char *slug, const struct sb_pve *pve,
			 const json_t *declared)
{
	struct sb_error why = SB_ERROR_INIT;

	if (!sb_pve_permissions(pve)) {
		sb_fail(&why, SB_E_FORBIDDEN,
			"GET /access/permissions gave no answer: what the token may is not known");
		sb_report_fail(report, slug, "rights", &why);
		return;
	}
	check_needs(report, slug, pve, declared);
	check_holes(report, slug, pve);
	check_writes(report, slug, pve);
}

static void check_cluster(struct sb_report *report, const char *slug, const struct sb_pve *pve)
{
	if (!sb_pve_has_quorum(pve))
		sb_report_warn(
			report, slug, "quorum",
			"bring the missing nodes back (pvecm status tells which); until then "
			"nothing is deleted in NetBox",
			"the cluster %s has no quorum: what it tells may be old",
			sb_pve_cluster_name(pve));
}

/* An endpoint under examination. */
struct patient {
	struct sb_report *report;
	const json_t *conf, *declared;
	const char *slug;
	char *known; /* identity: remembered, else that of the first URL that answered */
	bool has_answered;
};

/* The first URL that answers speaks for the cluster. */
static void use_visit(struct patient *patient, const struct sb_pve *pve, const char *url)
{
	struct sb_report *report = patient->report;
	json_t *entry;

	entry = sb_report_ok(report, patient->slug, "contact", "%s: Proxmox VE %s, %s %s", url,
			     sb_pve_version(pve),
			     sb_pve_clustered(pve) ? "cluster" : "standalone node",
			     sb_pve_cluster_name(pve));
	sb_report_data(entry, "url", json_string(url));
	sb_report_data(entry, "version", json_string(sb_pve_version(pve)));
	sb_report_data(entry, "identity", json_string(sb_pve_identity(pve)));
	if (patient->has_answered)
		return;
	patient->has_answered = true;
	free(patient->known);
	patient->known = strdup(sb_pve_identity(pve));
	check_cluster(report, patient->slug, pve);
	check_rights(report, patient->slug, pve, patient->declared);
}

static void try_url(struct patient *patient, unsigned i, const char *url, struct sb_error *why)
{
	struct visit visit = {0};
	sb_autobuf server = SB_BUF_INIT(128);

	sb_buf_addf(&server, "pve:%s", patient->slug);
	if (visit_open(patient->conf, patient->slug, i, patient->known, &visit, why) == 0)
		use_visit(patient, visit.pve, url);
	if (visit.http)
		sb_doctor_clock(patient->report, patient->slug, visit.http, sb_buf_str(&server),
				url);
	visit_finish(&visit);
}

/* A dead URL is no obstacle while another one answers; another cluster always is. */
static void tell_failure(struct patient *patient, const char *url, const struct sb_error *why)
{
	bool is_dead = why->code == SB_E_NET || why->code == SB_E_TIMEOUT;
	json_t *entry;

	if (is_dead && patient->has_answered)
		entry = sb_report_warn(patient->report, patient->slug, "contact",
				       "bring it back, or take it out of urls", "%s", why->text);
	else
		entry = sb_report_fail(patient->report, patient->slug, "contact", why);
	sb_report_data(entry, "url", json_string(url));
}

int sb_doctor_pve(struct sb_report *report, const json_t *conf, const char *slug,
		  const json_t *declared, const char *pinned, struct sb_error *err)
{
	const json_t *group = sb_conf_endpoint(conf, slug), *urls = json_object_get(group, "urls");
	struct patient patient = {.report = report,
				  .conf = conf,
				  .declared = declared,
				  .slug = slug,
				  .known = strdup(pinned)};
	struct sb_error *failures = calloc(json_array_size(urls) + 1, sizeof(*failures));
	const json_t *url;
	size_t i;
	int rc = 0;

	if (!patient.known || !failures)
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc)
		sb_doctor_guard(report, slug, group);
	for (i = 0; !rc && i < json_array_size(urls); i++)
		try_url(&patient, (unsigned)i, json_string_value(json_array_get(urls, i)),
			&failures[i]);
	json_array_foreach (urls, i, url)
		if (!rc && failures[i].code)
			tell_failure(&patient, json_string_value(url), &failures[i]);
	if (!rc && !patient.has_answered)
		sb_report_skip(report, slug, "rights",
			       "not looked at: no URL answered as it should");
	free(patient.known);
	free(failures);
	return rc;
}
