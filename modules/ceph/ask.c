/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that each node with Ceph knows: one node is asked, and the next one when it cannot answer.
 */
#include "ceph.h"

#include <stdio.h>
#include <string.h>

#include "stagebox/conf.h"
#include "stagebox/pve.h"
#include "stagebox/record.h"
#include "stagebox/snap.h"

enum { KEY_ROOM = 512 };

static int on_list(struct sb_stage_run *stage, const char *key, const json_t *data,
		   const struct sb_error *why, void *arg, struct sb_error *err);

bool ceph_is_absence(const struct sb_error *why)
{
	/* The words of pve-manager (PVE/Ceph/Tools.pm). A server without the call has none. */
	static const char *const words[] = {
		"binary not installed:", "pveceph configuration not initialized",
		"ceph not fully configured"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(words); i++)
		if (strstr(why->text, words[i]))
			return true;
	return why->http_status == 501 || why->http_status == 404;
}

int ceph_note_unread(struct sb_stage_run *stage, const struct ceph_list *list,
		     const struct sb_error *why, struct sb_error *err)
{
	struct sb_error reason = SB_ERROR_INIT;
	const char *const *source;
	char prefix[KEY_ROOM] = "";

	if (why)
		reason = *why;
	else
		sb_fail(&reason, SB_E_SHAPE, "the answer has an unexpected structure");
	if (!sb_starts_with(reason.text, list->what))
		sb_context(&reason, reason.code, "%s", list->what);
	for (source = list->sources; *source; source++) {
		if (list->part)
			snprintf(prefix, sizeof(prefix), "%s/%s/%s", sb_run_endpoint(stage),
				 *source, list->part);
		if (sb_rows_unknown(stage, *source, prefix, &reason) < 0)
			return sb_fail(err, SB_E_NOMEM, "%s: out of memory", list->what);
	}
	return 0;
}

/* The nodes in the order in which they are asked. */

struct search {
	const char *first; /* the node that answered before; NULL = none did */
	const char *after; /* the one that was asked last; NULL = none was */
	bool is_behind;    /* the walk is behind that one */
	char found[128];   /* "" = there is no other node */
};

static int visit_node(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		      struct sb_error *err)
{
	struct search *search = arg;
	const char *name = sb_json_str(row, "name");

	(void)stage, (void)key, (void)err;
	if (!name || *search->found || !sb_json_bool(row, "online", true))
		return 0;
	if (search->first && sb_streq(search->first, name))
		return 0; /* it was the first */
	if (search->is_behind)
		snprintf(search->found, sizeof(search->found), "%s", name);
	else if (sb_streq(search->after, name))
		search->is_behind = true;
	return 0;
}

json_t *ceph_answering_node(const struct sb_stage_run *stage)
{
	char key[KEY_ROOM];

	snprintf(key, sizeof(key), "%s/ceph/node", sb_run_endpoint(stage));
	return sb_row_get(stage, CEPH_ANSWERING, key);
}

/* The node to ask after another one. */
static int find_node(struct sb_stage_run *stage, const char *after, char *ret_node, size_t room,
		     struct sb_error *err)
{
	sb_autojson *answered = ceph_answering_node(stage);
	struct search search = {.after = after, .first = sb_json_str(answered, "name")};
	int rc;

	if (!after && search.first) {
		snprintf(ret_node, room, "%s", search.first);
		return 0;
	}
	search.is_behind = !after || (search.first && sb_streq(search.first, after));
	rc = sb_rows_each(stage, "node", "", visit_node, &search, err);
	snprintf(ret_node, room, "%s", search.found);
	return rc < 0 ? rc : 0;
}

/* Why no node answered. A list of nodes that is not complete shows nothing of the others. */

struct verdict {
	bool is_all_absent;
	size_t n;
	struct sb_error why; /* of the first node that has another reason; else of the first */
};

static int judge_refusal(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
			 struct sb_error *err)
{
	struct verdict *verdict = arg;
	bool is_absent = json_is_true(json_object_get(row, "is_absent"));

	(void)stage, (void)key, (void)err;
	if (!verdict->n || (verdict->is_all_absent && !is_absent))
		sb_fail(&verdict->why, (int)json_integer_value(json_object_get(row, "code")), "%s",
			sb_json_str(row, "why"));
	verdict->is_all_absent = is_absent && (!verdict->n || verdict->is_all_absent);
	verdict->n++;
	return 0;
}

static int take_offline(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
			struct sb_error *err)
{
	char *name = arg;

	(void)stage, (void)key, (void)err;
	if (!*name && !sb_json_bool(row, "online", true) && sb_json_str(row, "name"))
		snprintf(name, CEPH_NODE_ROOM, "%s", sb_json_str(row, "name"));
	return 0;
}

int ceph_find_offline(struct sb_stage_run *stage, char ret_name[CEPH_NODE_ROOM],
		      struct sb_error *err)
{
	*ret_name = '\0';
	return sb_rows_each(stage, "node", "", take_offline, ret_name, err);
}

/* The words of Proxmox VE without the request, which every stage behind this one repeats. */
static int declare_absent(struct sb_stage_run *stage, const struct sb_error *why)
{
	const char *status = strstr(why->text, "HTTP ");
	const char *words = status ? strstr(status, ": ") : NULL;
	char text[sizeof(why->text)];

	snprintf(text, sizeof(text), "no node has Ceph%.400s", words ? words : "");
	return sb_stage_absent(stage, text);
}

static int conclude_list(struct sb_stage_run *stage, const struct ceph_list *list,
			 struct sb_error *err)
{
	struct verdict verdict = {.why = SB_ERROR_INIT};
	char prefix[KEY_ROOM], offline[CEPH_NODE_ROOM];
	int rc;

	snprintf(prefix, sizeof(prefix), "%s/ceph/%s/", sb_run_endpoint(stage), list->path);
	rc = sb_rows_each(stage, CEPH_REFUSALS, prefix, judge_refusal, &verdict, err);
	if (rc < 0)
		return rc;
	if (!verdict.n && sb_rows_state(stage, "node", "", &verdict.why) == SB_ROWS_COMPLETE)
		sb_fail(&verdict.why, SB_E_STATE, "no node is online");
	if (verdict.is_all_absent && list->shows_absence &&
	    sb_rows_state(stage, "node", "", &verdict.why) == SB_ROWS_COMPLETE) {
		rc = ceph_find_offline(stage, offline, err);
		if (rc < 0 || !*offline)
			return rc < 0 ? rc : declare_absent(stage, &verdict.why);
		sb_fail(&verdict.why, SB_E_STATE,
			"no node that is online has Ceph, and %s is offline",
			offline); /* which may have it */
	}
	return ceph_note_unread(stage, list, &verdict.why, err);
}

static int ask_next(struct sb_stage_run *stage, const struct ceph_list *list, const char *after,
		    struct sb_error *err)
{
	char node[128];
	int rc = find_node(stage, after, node, sizeof(node), err);

	if (rc < 0)
		return rc;
	if (!*node)
		return conclude_list(stage, list, err);
	return sb_pve_ask(stage, on_list, (void *)(uintptr_t)list, node, SB_PVE_PROTECTED, err,
			  "/nodes/%s/ceph/%s", node, list->path);
}

static int note_refusal(struct sb_stage_run *stage, const struct ceph_list *list, const char *node,
			const struct sb_error *why, struct sb_error *err)
{
	json_t *text = sb_json_text(why->text, sizeof(why->text));
	int rc = sb_row_put(stage, CEPH_REFUSALS,
			    json_pack("{s:o, s:i, s:b}", "why", text ? text : json_string("?"),
				      "code", why->code, "is_absent", (int)ceph_is_absence(why)),
			    err, "%s/ceph/%s/%s", sb_run_endpoint(stage), list->path, node);

	return rc < 0 ? rc : 0;
}

/* The rights of a token are the same on each node. And when Ceph has no quorum each node waits
 * before it says so: where none had its status, each list asks one node. */
static bool goes_on(const struct sb_stage_run *stage, const struct ceph_list *list,
		    const struct sb_error *why)
{
	sb_autojson *answered = ceph_answering_node(stage);

	return why->code != SB_E_FORBIDDEN && (list->shows_absence || answered);
}

static int on_list(struct sb_stage_run *stage, const char *node, const json_t *data,
		   const struct sb_error *why, void *arg, struct sb_error *err)
{
	const struct ceph_list *list = arg;
	int rc;

	if (data && !json_is_null(data)) {
		rc = list->shows_absence
			     ? sb_row_put(stage, CEPH_ANSWERING, json_pack("{s:s}", "name", node),
					  err, "%s/ceph/node", sb_run_endpoint(stage))
			     : 0;
		return rc < 0 ? rc : list->read(stage, data, err);
	}
	if (!why) /* null */
		return ceph_note_unread(stage, list, NULL, err);
	rc = note_refusal(stage, list, node, why, err);
	if (rc < 0)
		return rc;
	return goes_on(stage, list, why) ? ask_next(stage, list, node, err)
					 : conclude_list(stage, list, err);
}

int ceph_ask(struct sb_stage_run *stage, const struct ceph_list *list, struct sb_error *err)
{
	return ask_next(stage, list, NULL, err);
}
