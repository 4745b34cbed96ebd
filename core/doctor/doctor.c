/* SPDX-License-Identifier: Apache-2.0 */
/* `stagebox doctor` checks store, modules, NetBox and endpoints, in this order. */
#include "doctor/doctor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/list.h"
#include "conf/conf.h"
#include "doctor/netbox.h"
#include "doctor/pve.h"
#include "model/apart.h"
#include "model/module_fault.h"
#include "stagebox/json.h"
#include "store/store.h"

/* The first run creates the file, so only its folder has to exist. */
static void check_store_folder(struct sb_report *report, const char *path)
{
	const char *slash = strrchr(path, '/');
	sb_autofree char *folder = strndup(path, slash ? (size_t)(slash - path) : 0);
	struct sb_error why = SB_ERROR_INIT;

	if (folder && access(*folder ? folder : "/", W_OK) == 0) {
		sb_report_ok(report, "store", "store",
			     "%s does not exist yet: the first run creates it", path);
		return;
	}
	sb_fail(&why, SB_E_CONFIG,
		"store %.200s: its folder does not exist or is not writable: create it, or set "
		"store.path",
		path);
	sb_report_fail(report, "store", "store", &why);
}

static struct sb_store *check_store(struct sb_report *report, const json_t *conf)
{
	const json_t *group = json_object_get(conf, "store");
	const char *path = sb_json_str(group, "path");
	struct sb_error why = SB_ERROR_INIT;
	struct sb_store *store = NULL;

	if (path && access(path, F_OK) != 0) {
		check_store_folder(report, path);
		return NULL;
	}
	if (sb_store_open(group, &store, &why) < 0)
		sb_report_fail(report, "store", "store", &why);
	else
		sb_report_ok(report, "store", "store", "%s", path ? path : "");
	return store;
}

/* A module that is set aside fails in each run, and nothing else does. */
static void check_faults(struct sb_report *report, const json_t *conf, struct sb_store *store)
{
	const json_t *word;
	size_t i;

	json_array_foreach (json_object_get(conf, "modules"), i, word) {
		const char *module = json_string_value(word);
		char name[SB_MODULE_FAULT_NAME], fix[160];
		sb_autofree char *text = NULL;
		sb_autojson *fault = NULL;

		if (!store || !module ||
		    sb_store_fact_get(store, sb_module_fault_name(module, name), &text, NULL) < 0)
			continue;
		fault = sb_module_fault_parse(text);
		if (!sb_module_is_aside(fault, ""))
			continue;
		snprintf(fix, sizeof(fix),
			 "replace its file, or try it again: stagebox modules retry %.64s", module);
		sb_report_warn(report, "modules", module, fix, "set aside after %d runs: %s",
			       SB_MODULE_FAULTS, sb_json_str(fault, "text"));
	}
}

static void check_modules(struct sb_report *report, const json_t *conf, const json_t *declared,
			  const struct sb_error *why)
{
	if (!declared)
		sb_report_fail(report, "modules", "modules", why);
	else
		sb_report_ok(report, "modules", "modules",
			     "%zu loaded; %zu object types and %zu privileges to check",
			     json_array_size(json_object_get(conf, "modules")),
			     json_array_size(json_object_get(declared, "kinds")),
			     json_array_size(json_object_get(declared, "needs")));
}

/* The store keeps "<proxmox> netbox:<uuid>"; the first part is the identity of the endpoint. */
static int get_pinned_identity(struct sb_store *store, const char *slug, char **ret_pinned,
			       struct sb_error *err)
{
	sb_autobuf name = SB_BUF_INIT(128);
	char *identity = NULL, *mark;
	int rc = 0;

	sb_buf_addf(&name, "identity:%s", slug);
	if (store)
		rc = sb_store_fact_get(store, sb_buf_str(&name), &identity, err);
	if (rc < 0)
		return rc;
	mark = identity ? strstr(identity, " netbox:") : NULL;
	if (mark)
		*mark = '\0';
	*ret_pinned = identity ? identity : strdup("");
	return *ret_pinned ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int check_servers(struct sb_report *report, json_t *conf, struct sb_store *store,
			 const json_t *declared, const json_t *own, const json_t *slugs,
			 struct sb_error *err)
{
	sb_autojson *clusters = json_object(), *apart = NULL;
	sb_autofree char *text = NULL;
	const json_t *endpoint;
	size_t i;
	int rc = 0;

	if (store && sb_store_fact_get(store, SB_APART_FACT, &text, NULL) == 0 && text)
		apart = json_loads(text, 0, NULL);
	sb_doctor_netbox(report, conf, declared, apart);
	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint) {
		const char *slug = sb_json_str(endpoint, "slug");
		sb_autofree char *pinned = NULL;

		if (!rc && slug)
			rc = get_pinned_identity(store, slug, &pinned, err);
		if (!rc && slug && sb_list_holds(slugs, json_object_get(endpoint, "slug")))
			rc = sb_doctor_pve(
				report, conf, slug,
				json_object_get(own, slug) ? json_object_get(own, slug) : declared,
				pinned, clusters, err);
		if (!rc && slug && !json_object_get(clusters, slug))
			json_object_set_new(clusters, slug, json_string(pinned));
	}
	return rc;
}

static int make_document(const struct sb_report *report, json_t **ret_doc, struct sb_error *err)
{
	const char *status = report->has_failed ? "failed" : report->has_warning ? "warning" : "ok";

	if (report->failed_rc)
		return sb_fail(err, report->failed_rc, "out of memory");
	*ret_doc = json_pack("{s:s, s:i, s:O}", "status", status, "exit", report->exit_code,
			     "checks", report->checks);
	return *ret_doc ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

int sb_doctor(json_t *conf, const json_t *declared, const json_t *own, const struct sb_error *why,
	      const json_t *slugs, json_t **ret_doc, struct sb_error *err)
{
	sb_autojson *nothing = json_object();
	struct sb_store *store;
	struct sb_report report;
	int rc = nothing ? sb_report_init(&report, err) : SB_E_NOMEM;

	if (rc < 0)
		return rc;
	store = check_store(&report, conf);
	check_modules(&report, conf, declared, why);
	check_faults(&report, conf, store);
	rc = check_servers(&report, conf, store, declared ? declared : nothing, own, slugs, err);
	if (!rc)
		rc = make_document(&report, ret_doc, err);
	if (store)
		sb_store_close(store);
	sb_report_finish(&report);
	return rc;
}
