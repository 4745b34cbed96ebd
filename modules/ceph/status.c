/* SPDX-License-Identifier: Apache-2.0 */
/* Stage ceph.status: the cluster, its health and what it warns of. The stage also finds out whether
 * the endpoint has Ceph at all. */
#include "ceph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stagebox/conf.h"
#include "stagebox/pve.h"
#include "stagebox/snap.h"

static int read_status(struct sb_stage_run *stage, const json_t *data, struct sb_error *err);

static const char *const status_sources[] = {CEPH_CLUSTER, CEPH_CHECK, NULL};
static const struct ceph_list status_list = {
	.path = "status",
	.what = "status of Ceph",
	.sources = status_sources,
	.read = read_status,
	.shows_absence = true,
};

/* Health is a word, or an object that has it. NULL = there is none. */
static const char *read_health(const json_t *status)
{
	const char *word = sb_json_str(json_object_get(status, "health"), "status");
	const char *const *known;

	if (!word)
		word = sb_json_str(status, "health");
	for (known = ceph_health_words; word && *known; known++)
		if (sb_streq(*known, word))
			return *known;
	return word && *word ? "unknown" : NULL;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of a list in alphabetical order. New reference; NULL = it is none. */
static json_t *sort_names(const json_t *list)
{
	size_t n = json_array_size(list), i, used = 0;
	const char **names = n ? calloc(n, sizeof(*names)) : NULL;
	json_t *sorted = json_is_array(list) ? json_array() : NULL;

	for (i = 0; names && i < n; i++)
		if (json_is_string(json_array_get(list, i)))
			names[used++] = json_string_value(json_array_get(list, i));
	if (used)
		qsort(names, used, sizeof(*names), compare_texts);
	for (i = 0; i < used; i++)
		json_array_append_new(sorted, json_string(names[i]));
	free(names);
	return sorted;
}

/* The state of the managers, and of each standby, has a description of all their modules and
 * options: a hundred kilobytes each. */
static void drop_modules(json_t *manager)
{
	static const char *const names[] = {"available_modules", "always_on_modules", "modules",
					    "force_disabled_modules"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(names); i++)
		json_object_del(manager, names[i]);
}

/* The part of the status that is stored. New reference. */
static json_t *shorten_status(const json_t *status)
{
	json_t *copy = json_deep_copy(status), *standby;
	json_t *managers = json_object_get(copy, "mgrmap");
	size_t i;

	drop_modules(managers);
	json_array_foreach (json_object_get(managers, "standbys"), i, standby)
		drop_modules(standby);
	return copy;
}

static int put_cluster(struct sb_stage_run *stage, const json_t *status, struct sb_error *err)
{
	sb_autojson *stored = shorten_status(status);
	const struct ceph_object object = {
		.kind = CEPH_CLUSTER,
		.id = "ceph",
		.fields = json_pack("{s:s, s:o*, s:s, s:o*}", "name", sb_pve_name(stage), "fsid",
				    ceph_text(status, "fsid"), "health", read_health(status),
				    "quorum_names",
				    sort_names(json_object_get(status, "quorum_names"))),
		.from = stored,
	};

	return ceph_put_object(stage, &object, err);
}

/* Checks whose text has numbers that change all the time: of objects and placement groups while
 * data moves, of slow requests. */
static bool is_moving(const char *code)
{
	static const char *const parts[] = {"SLOW", "_TRIM", "_CLIENT_", "STALLED", "STUCK"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(parts); i++)
		if (strstr(code, parts[i]))
			return true;
	return sb_starts_with(code, "PG_") || sb_starts_with(code, "OBJECT_");
}

/* The time at which the run began: "2026-11-30T05:00:00Z". New reference. */
static json_t *write_time(const struct sb_stage_run *stage)
{
	time_t at = (time_t)sb_run_time(stage);
	char text[32];
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

/* Ceph says what is wrong, and whether somebody muted it. New reference; NULL = it is not known. */
static json_t *read_summary(const json_t *check)
{
	const json_t *said = json_object_get(check, "summary");
	const char *message =
		json_is_string(said) ? json_string_value(said) : sb_json_str(said, "message");
	sb_autojson *words = message ? ceph_words(message) : NULL;

	if (json_is_string(words) && sb_json_bool(check, "muted", false))
		return json_sprintf("(muted) %s", json_string_value(words));
	return sb_steal(words);
}

/* The summary changes by itself in some checks: in the others it is compared with the digest. */
static int put_check(struct sb_stage_run *stage, const char *code, const json_t *check,
		     struct sb_error *err)
{
	static const char *const summary[] = {"summary", "muted", NULL};
	static const char *const muted[] = {"muted", NULL};
	const struct ceph_object object = {
		.kind = CEPH_CHECK,
		.id = code,
		.fields = json_pack("{s:s, s:o*, s:o*, s:s, s:o}", "name", code, "severity",
				    ceph_text(check, "severity"), "summary", read_summary(check),
				    "source", "status", "first_seen_at", write_time(stage)),
		.from = check,
		.stable = is_moving(code) ? muted : summary,
	};

	return ceph_put_object(stage, &object, err);
}

/* The checks are a part of the object that health is; of good health there are none. */
static int read_checks(struct sb_stage_run *stage, const json_t *status, struct sb_error *err)
{
	static const char *const sources[] = {CEPH_CHECK, NULL};
	static const struct ceph_list list = {.what = "health checks of Ceph", .sources = sources};
	json_t *checks = json_object_get(json_object_get(status, "health"), "checks"), *check;
	bool is_good = sb_streq(read_health(status), "HEALTH_OK");
	const char *code;
	int rc = 0;

	if (!json_is_object(checks) && !(is_good && !checks))
		return ceph_note_unread(stage, &list, NULL, err);
	json_object_foreach (checks, code, check) {
		if (!json_is_object(check))
			rc = ceph_note_unread(stage, &list, NULL, err);
		else
			rc = ceph_is_id(code) ? put_check(stage, code, check, err)
					      : ceph_skip_name(stage, &list, code, err);
		if (rc < 0)
			return rc;
	}
	return sb_rows_read(stage, CEPH_CHECK);
}

static int read_status(struct sb_stage_run *stage, const json_t *data, struct sb_error *err)
{
	int rc;

	if (!read_health(data))
		return ceph_note_unread(stage, &status_list, NULL, err);
	rc = put_cluster(stage, data, err);
	return rc < 0 ? rc : read_checks(stage, data, err);
}

int ceph_fetch_status(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return ceph_ask(stage, &status_list, err);
}

/* The health in a field of the cluster, by which people can filter in either home. */
static int want_health(struct sb_stage_run *stage, const char *key, const json_t *row,
		       struct sb_want *want, void *arg, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	char ceph[512];
	sb_autojson *cluster = NULL;

	(void)key, (void)row, (void)arg, (void)err;
	snprintf(ceph, sizeof(ceph), "%s/" CEPH_CLUSTER "/ceph", sb_run_endpoint(stage));
	cluster = sb_row_get(stage, CEPH_CLUSTER, ceph);
	if (cluster)
		sb_want_set(
			want, CEPH_FIELD_HEALTH,
			json_incref(json_object_get(json_object_get(cluster, "fields"), "health")));
	else if (sb_rows_state(stage, CEPH_CLUSTER, "", &why) != SB_ROWS_COMPLETE)
		sb_want_unknown(want, CEPH_FIELD_HEALTH, &why);
	return 0;
}

static int diff_health(struct sb_stage_run *stage, struct sb_error *err)
{
	char prefix[128];
	const struct sb_reconcile reconcile = {
		.size = sizeof(reconcile),
		.kind = "cluster",
		.source = "cluster",
		.prefix = prefix,
		.flags = SB_RECONCILE_FIELDS,
		.want = want_health,
	};

	snprintf(prefix, sizeof(prefix), "%s/cluster", sb_run_endpoint(stage));
	return sb_reconcile(stage, &reconcile, err);
}

int ceph_diff_status(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	int rc = diff_health(stage, err);

	(void)arg;
	if (!rc)
		rc = ceph_reconcile(stage, CEPH_CLUSTER, err);
	return rc < 0 ? rc : ceph_reconcile(stage, CEPH_CHECK, err);
}
