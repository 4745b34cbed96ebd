/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox endpoint forget: forget which cluster answered for a slug. */
#include "cmd.h"

#include "base/exit.h"
#include "conf/conf.h"
#include "stagebox/json.h"
#include "store/store.h"

static void print_forgotten(struct out *out, const json_t *doc)
{
	out_safe(out, sb_json_str(doc, "endpoint"));
	out_text(out, ": forgot the identity ");
	out_safe(out, sb_json_str(doc, "identity"));
	out_text(out,
		 "; the next run accepts the cluster that answers, and stores its identity.\n"
		 "Nothing was changed in NetBox. Look at `stagebox plan` before the next sync.\n");
}

/* The lease: a run that is in progress would store the identity again. */
static int forget_identity(struct cmd *cmd, struct sb_store *store, const char *slug,
			   struct sb_error *err)
{
	sb_autofree char *identity = NULL;
	sb_autojson *doc = NULL;
	char fact[128], lease[128];
	int64_t token;
	int rc;

	snprintf(fact, sizeof(fact), "identity:%.64s", slug);
	snprintf(lease, sizeof(lease), "endpoint:%.64s", slug);
	rc = sb_store_lease_take(store, lease, &token, err);
	if (rc < 0)
		return rc;
	rc = sb_store_fact_get(store, fact, &identity, err);
	if (!rc && !identity)
		rc = sb_fail(err, SB_E_ARG, "no run has stored an identity of endpoint %.64s",
			     slug);
	if (!rc)
		rc = sb_store_fact_put(store, fact, NULL, err);
	sb_store_lease_give(store, lease, token, NULL);
	if (rc < 0)
		return rc;
	doc = json_pack("{s:s, s:s}", "endpoint", slug, "identity", identity);
	out_document(&cmd->out, doc, print_forgotten);
	return doc ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int run_endpoint(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	struct sb_store *store = NULL;
	sb_autojson *conf = NULL;
	int rc;

	if (!sb_streq(cmd->argv[0], "forget"))
		return cmd_usage_word(cmd, cmd->argv[0]);
	rc = cmd_conf(cmd, &conf, &err);
	if (!rc)
		rc = sb_store_open(json_object_get(conf, "store"), &store, &err);
	if (!rc)
		rc = forget_identity(cmd, store, cmd->argv[1], &err);
	if (store)
		sb_store_close(store);
	return rc < 0 ? cmd_fail(cmd, &err) : SB_EXIT_OK;
}

const struct cmd_entry cmd_endpoint = {
	.name = "endpoint",
	.args = "forget SLUG",
	.summary = "forget which cluster answered for a slug",
	.about =
		"A run stores the identity of the cluster behind a slug, and refuses another one "
		"(exit code 5), because it would replace everything in NetBox. After a cluster was "
		"renamed or all its nodes were replaced, \"forget\" makes the next run accept the "
		"cluster that answers.",
	.min_args = 2,
	.max_args = 2,
	.examples = "stagebox endpoint forget lab\n"
		    "stagebox plan --endpoint lab    # what would change\n",
	.run = run_endpoint,
};
