/* SPDX-License-Identifier: Apache-2.0 */
/* Modules that are set aside, because they ended two runs: in "modules list", and "modules retry".
 */
#include "modules.h"

#include <unistd.h>

#include "load/file_hash.h"
#include "model/module_fault.h"
#include "stagebox/json.h"
#include "store/store.h"

static int read_fault(struct sb_store *store, const char *module, json_t **ret_fault,
		      struct sb_error *err)
{
	sb_autofree char *text = NULL;
	char name[SB_MODULE_FAULT_NAME];
	int rc = sb_store_fact_get(store, sb_module_fault_name(module, name), &text, err);

	*ret_fault = sb_module_fault_parse(text);
	return rc;
}

static int add_state(struct sb_store *store, json_t *row, struct sb_error *err)
{
	const char *module = sb_json_str(row, "name"), *path = sb_json_str(row, "path");
	char hash[SB_FILE_HASH_CHARS + 1] = "";
	sb_autojson *fault = NULL;
	int rc = read_fault(store, module, &fault, err);

	if (!rc && fault)
		rc = sb_file_hash(path, hash, err);
	if (rc < 0)
		return rc;
	json_object_set_new(row, "state",
			    json_string(sb_module_is_aside(fault, hash) ? "set aside" : "ok"));
	return 0;
}

int modules_add_states(const json_t *conf, json_t *rows, struct sb_error *err)
{
	const json_t *group = json_object_get(conf, "store");
	const char *path = sb_json_str(group, "path");
	struct sb_store *store = NULL;
	json_t *row;
	size_t i;
	int rc;

	if (!path || access(path, F_OK) != 0)
		return 0; /* there was no run yet */
	rc = sb_store_open_read(group, &store, err);
	json_array_foreach (rows, i, row)
		if (!rc)
			rc = add_state(store, row, err);
	if (store)
		sb_store_close(store);
	return rc;
}

static void print_retried(struct out *out, const json_t *doc)
{
	out_safe(out, sb_json_str(doc, "module"));
	out_text(out, ": the next run uses it again\n");
}

int modules_retry(struct cmd *cmd, struct sb_error *err)
{
	const char *module = cmd->argv[1];
	sb_autojson *conf = NULL, *fault = NULL, *doc = NULL;
	char name[SB_MODULE_FAULT_NAME];
	struct sb_store *store = NULL;
	int rc = cmd_conf(cmd, &conf, err);

	if (!rc)
		rc = sb_store_open(json_object_get(conf, "store"), &store, err);
	if (!rc)
		rc = read_fault(store, module, &fault, err);
	if (!rc && !fault)
		rc = sb_fail(err, SB_E_ARG,
			     "no module \"%.64s\" ended a run: see `stagebox modules list`",
			     module);
	if (!rc)
		rc = sb_store_fact_put(store, sb_module_fault_name(module, name), NULL, err);
	if (store)
		sb_store_close(store);
	if (rc < 0)
		return rc;
	doc = json_pack("{s:s, s:O}", "module", module, "fault", fault);
	out_document(&cmd->out, doc, print_retried);
	return 0;
}
