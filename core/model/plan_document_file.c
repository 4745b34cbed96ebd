/* SPDX-License-Identifier: Apache-2.0 */
/* The plan document as a file: write, read, check. */
#include "model/plan_document.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json_depth.h"
#include "base/private_file.h"
#include "model/plan_check.h"
#include "model/plan_counts.h"
#include "stagebox/json.h"

#define PATH_ROOM 4096

enum { MAX_DEPTH = 48, MAX_OPS = 5000000 };

static int fail_file(const char *path, int number, struct sb_error *err)
{
	return sb_fail(err, SB_E_STATE, "%s: %s%s", path, strerror(number),
		       number == ENOSPC ? ": free space there, or name another file" : "");
}

static int write_file(const json_t *doc, const char *path, struct sb_error *err)
{
	FILE *file = sb_private_file_create(path, true);
	bool is_written;

	if (!file)
		return fail_file(path, errno, err);
	is_written = json_dumpf(doc, file, JSON_COMPACT | JSON_SORT_KEYS) == 0 &&
		     fputc('\n', file) != EOF && fflush(file) == 0 && fsync(fileno(file)) == 0;
	if (fclose(file) != 0 || !is_written)
		return fail_file(path, errno, err);
	return 0;
}

int sb_plan_document_write(const json_t *doc, const char *path, struct sb_error *err)
{
	sb_autobuf temporary = SB_BUF_INIT(PATH_ROOM);
	struct stat st;
	int rc;

	/* A rename would replace a device or a pipe by a file. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return sb_fail(
			err, SB_E_ARG,
			"writing the plan: %s is not a file: name a file, or use --format json "
			"without -o",
			path);
	sb_buf_addf(&temporary, "%s.%ld.tmp", path, (long)getpid());
	rc = sb_buf_check(&temporary, err);
	if (!rc)
		rc = write_file(doc, sb_buf_str(&temporary), err);
	/* cloud-compat: ok: the user named this file with -o; readers never see a partial one */
	if (!rc && rename(sb_buf_str(&temporary), path) != 0)
		rc = sb_fail(err, SB_E_STATE, "%s: %s", path, strerror(errno));
	if (rc < 0)
		unlink(sb_buf_str(&temporary)); /* cloud-compat: ok: our own partial file */
	return sb_context(err, rc, "writing the plan");
}

static int check_ops(const json_t *ops, const char *where, struct sb_error *err)
{
	const json_t *op;
	size_t i;

	if (!json_is_array(ops) || json_array_size(ops) > MAX_OPS)
		return sb_fail(err, SB_E_ARG, "%s is not a list of at most %d ops", where, MAX_OPS);
	json_array_foreach (ops, i, op)
		if (!sb_json_str(op, "key") || !sb_json_str(op, "kind") || !sb_json_str(op, "verb"))
			return sb_fail(err, SB_E_ARG, "%s[%zu] must have key, kind and verb", where,
				       i);
	return 0;
}

static int check_document(const json_t *doc, struct sb_error *err)
{
	const json_t *endpoints = json_object_get(doc, "endpoints"), *endpoint;
	int64_t version = 0;
	size_t i;
	int rc;

	if (sb_json_depth(doc, MAX_DEPTH) > MAX_DEPTH)
		return sb_fail(err, SB_E_ARG, "nested deeper than %d levels", MAX_DEPTH);
	if (sb_json_int(doc, "version", &version) < 0 || !sb_json_str(doc, "netbox") ||
	    !json_is_array(endpoints))
		return sb_fail(err, SB_E_ARG, "not a plan of stagebox");
	if (version != SB_PLAN_DOCUMENT_VERSION)
		return sb_fail(err, SB_E_ARG,
			       "a plan of version %lld; this program reads %d: make a new plan",
			       (long long)version, SB_PLAN_DOCUMENT_VERSION);
	rc = sb_plan_envelope_check(doc, err);
	if (!rc)
		rc = check_ops(json_object_get(doc, "shared"), "shared", err);
	json_array_foreach (endpoints, i, endpoint) {
		if (!rc && !sb_json_str(endpoint, "slug"))
			rc = sb_fail(err, SB_E_ARG, "endpoints[%zu] has no slug", i);
		if (!rc)
			rc = check_ops(json_object_get(endpoint, "ops"), "ops", err);
	}
	return rc < 0 ? rc : sb_plan_counts_check(doc, err);
}

int sb_plan_document_read(const char *path, json_t **ret_doc, struct sb_error *err)
{
	FILE *file = fopen(path, "re");
	sb_autojson *doc = NULL;
	json_error_t why;
	int rc;

	if (!file)
		return sb_fail(err, SB_E_ARG, "plan %s: %s", path, strerror(errno));
	doc = json_loadf(file, JSON_REJECT_DUPLICATES, &why);
	fclose(file);
	if (!doc)
		return sb_fail(err, SB_E_ARG, "plan %s: not valid JSON: %s (line %d)", path,
			       why.text, why.line);
	rc = check_document(doc, err);
	if (rc < 0)
		return sb_context(err, rc, "plan %s", path);
	*ret_doc = sb_steal(doc);
	return 0;
}
