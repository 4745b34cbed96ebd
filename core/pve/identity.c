/* SPDX-License-Identifier: Apache-2.0 */
/* The identity of a cluster: version, name, set of nodes; compared with the known one. */
#include <ctype.h>
#include <string.h>

#include "pve/client_priv.h"
#include "stagebox/json.h"

enum { OLDEST_MAJOR = 8 };

static int replace_text(char **to, const char *text, struct sb_error *err)
{
	char *copy = strdup(text);

	if (!copy)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	free(*to);
	*to = copy;
	return 0;
}

int sb_pve_set_version(struct sb_pve *pve, const json_t *version, struct sb_error *err)
{
	const char *text = sb_json_str(version, "version");

	if (!text || !isdigit((unsigned char)*text))
		return sb_fail(
			err, SB_E_SHAPE,
			"GET /version: no version in the answer: set the URL to a Proxmox VE");
	pve->version_major = (int)strtol(text, NULL, 10);
	if (pve->version_major < OLDEST_MAJOR)
		return sb_fail(err, SB_E_CONFIG,
			       "Proxmox VE %.20s is too old: upgrade it to %d or newer", text,
			       OLDEST_MAJOR);
	return replace_text(&pve->version, text, err);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "pve1,pve2": sorted, so that the order in the answer does not matter. */
static int add_nodes(struct sb_buf *to, const json_t *status, struct sb_error *err)
{
	size_t i, n = 0;
	const json_t *row;
	sb_autofree const char **names = calloc(json_array_size(status) + 1, sizeof(*names));

	if (!names)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	json_array_foreach ((json_t *)status, i, row) {
		const char *type = sb_json_str(row, "type"), *name = sb_json_str(row, "name");

		if (type && name && sb_streq(type, "node"))
			names[n++] = name;
	}
	if (!n)
		return sb_fail(err, SB_E_SHAPE, "GET /cluster/status: no node in the answer");
	qsort(names, n, sizeof(*names), compare_texts);
	for (i = 0; i < n; i++)
		sb_buf_addf(to, "%s%s", i ? "," : "", names[i]);
	return 0;
}

static const json_t *cluster_of(const json_t *status)
{
	const json_t *row;
	size_t i;

	json_array_foreach ((json_t *)status, i, row) {
		const char *type = sb_json_str(row, "type");

		if (type && sb_streq(type, "cluster"))
			return row;
	}
	return NULL;
}

void sb_pve_identity_finish(struct pve_identity *identity)
{
	free(identity->cluster_name);
	free(identity->text);
	*identity = (struct pve_identity){0};
}

int sb_pve_identity_read(const json_t *status, struct pve_identity *ret_identity,
			 struct sb_error *err)
{
	sb_autobuf nodes = SB_BUF_INIT(65536);
	sb_autobuf text = SB_BUF_INIT(65536);
	const json_t *row = cluster_of(status);
	const char *cluster = sb_json_str(row, "name");
	struct pve_identity identity = {
		.clustered = cluster != NULL,
		.has_quorum = !cluster || sb_json_bool(row, "quorate", true),
	};
	int rc;

	if (!json_is_array(status))
		return sb_fail(err, SB_E_SHAPE, "GET /cluster/status: expected a list");
	rc = add_nodes(&nodes, status, err);
	if (rc < 0)
		return rc;
	if (cluster)
		sb_buf_addf(&text, "cluster:%s:%s", cluster, sb_buf_str(&nodes));
	else
		sb_buf_addf(&text, "node:%s", sb_buf_str(&nodes));
	rc = sb_buf_check(&text, err);
	if (!rc)
		rc = replace_text(&identity.cluster_name, cluster ? cluster : sb_buf_str(&nodes),
				  err);
	if (!rc)
		rc = replace_text(&identity.text, sb_buf_str(&text), err);
	if (rc < 0)
		sb_pve_identity_finish(&identity);
	else
		*ret_identity = identity;
	return rc;
}

static bool is_member(const char *list, const char *name, size_t len)
{
	while (*list) {
		size_t n = strcspn(list, ",");

		if (n == len && !memcmp(list, name, n))
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

static bool have_common(const char *a, const char *b)
{
	while (*a) {
		size_t n = strcspn(a, ",");

		if (n && is_member(b, a, n))
			return true;
		a += n + (a[n] == ',');
	}
	return false;
}

int sb_pve_identity_check(const char *found, const char *known, struct sb_error *err)
{
	/* "cluster:prod1:pve1,pve2": the node list follows the last colon. */
	const char *nodes = strrchr(found, ':'), *others = strrchr(known, ':');
	bool same;

	if (!*known)
		return 0;
	same = nodes && others && nodes - found == others - known &&
	       strncmp(found, known, (size_t)(nodes - found)) == 0 &&
	       have_common(nodes + 1, others + 1);
	if (same)
		return 0;
	return sb_fail(
		err, SB_E_REFUSED,
		"another cluster answers: found %.150s, expected %.150s; nothing is read or "
		"written. If this endpoint has another cluster on purpose, run `stagebox endpoint "
		"forget SLUG`, or give it a new slug; a second URL of one cluster belongs to the "
		"urls of its endpoint",
		found, known);
}
