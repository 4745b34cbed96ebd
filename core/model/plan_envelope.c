/* SPDX-License-Identifier: Apache-2.0 */
#include "model/plan_envelope.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "model/decimal.h"
#include "stagebox/json.h"

#define MAIN_TARGET "main"

int sb_plan_document_hashes(const json_t *doc, char ret_plan[SB_JSON_HASH_CHARS + 1],
			    char ret_document[SB_JSON_HASH_CHARS + 1], struct sb_error *err)
{
	sb_autojson *pure = json_copy((json_t *)(uintptr_t)doc), *cover = NULL;
	int rc;

	json_object_del(pure, "envelope");
	json_object_del(pure, "hashes");
	rc = pure ? sb_json_hash(pure, ret_plan, err) : sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rc < 0)
		return rc;
	cover = json_pack("{s:O, s:s}", "envelope", json_object_get(doc, "envelope"), "plan",
			  ret_plan);
	return cover ? sb_json_hash(cover, ret_document, err)
		     : sb_fail(err, SB_E_NOMEM, "out of memory");
}

/* The envelope omits the mode: a plan for a branch is applied into one, or not at all. */
static json_t *describe_target(const json_t *branch)
{
	return branch ? json_pack("{s:O*, s:O*, s:O*, s:O*, s:O*}", "branch",
				  json_object_get(branch, "prefix"), "on_conflict",
				  json_object_get(branch, "on_conflict"), "merge",
				  json_object_get(branch, "merge"), "keep_days",
				  json_object_get(branch, "keep_days"), "wait_s",
				  json_object_get(branch, "wait_s"))
		      : json_string(MAIN_TARGET);
}

json_t *sb_plan_envelope_branch(const json_t *envelope)
{
	const json_t *target = json_object_get(envelope, "target");
	json_t *branch = json_is_object(target) ? json_copy((json_t *)(uintptr_t)target) : NULL;

	if (!branch)
		return NULL;
	json_object_set(branch, "prefix", json_object_get(target, "branch"));
	json_object_del(branch, "branch");
	json_object_set_new(branch, "mode", json_string("required"));
	return branch;
}

int sb_plan_document_seal(json_t *doc, const struct sb_plan_origin *origin, struct sb_error *err)
{
	char plan[SB_JSON_HASH_CHARS + 1], document[SB_JSON_HASH_CHARS + 1];
	const char *conf = origin->conf_hash && *origin->conf_hash ? origin->conf_hash : NULL;
	json_t *modules =
		origin->modules ? json_deep_copy(origin->modules) : json_object(); /* stolen */
	json_t *envelope =
		json_pack("{s:o, s:I, s:I, s:s, s:s*, s:o, s:{s:s*}}", "target",
			  describe_target(origin->branch), "created", (json_int_t)origin->created_s,
			  "expires", (json_int_t)(origin->created_s + origin->lasts_s), "program",
			  origin->program, "store", origin->store, "modules", modules,
			  "fingerprints", "configuration", conf);
	int rc;

	if (origin->store && origin->last_run)
		json_object_set_new(envelope, "run", json_integer(origin->last_run));
	if (json_object_set_new(doc, "envelope", envelope) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	rc = sb_plan_document_hashes(doc, plan, document, err);
	if (!rc &&
	    json_object_set_new(doc, "hashes",
				json_pack("{s:s, s:s}", "plan", plan, "document", document)) < 0)
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	return rc;
}

static bool has_text(const json_t *object, const char *name, const char *text)
{
	const char *own = sb_json_str(object, name);

	return own && text && sb_streq(own, text);
}

/* The first characters of a hash, for a message. */
static const char *hash_of(const json_t *hashes, const char *name)
{
	const char *hash = sb_json_str(hashes, name);

	return hash ? hash : "none";
}

static bool are_hashes(const json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)object, name, value)
		if (!sb_json_hash_is(value))
			return false;
	return json_is_object(object);
}

static bool is_number(const json_t *value, json_int_t min, json_int_t max)
{
	return json_is_integer(value) && json_integer_value(value) >= min &&
	       json_integer_value(value) <= max;
}

/* The bounds are those of the options. */
static bool is_branch(const json_t *target)
{
	const char *prefix = sb_json_str(target, "branch");
	size_t len = prefix ? strlen(prefix) : 0;

	return len && len <= 64 &&
	       !prefix[strspn(prefix, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_")] &&
	       json_object_size(target) == 5 &&
	       (has_text(target, "on_conflict", "fail") ||
		has_text(target, "on_conflict", "acknowledge")) &&
	       json_is_boolean(json_object_get(target, "merge")) &&
	       is_number(json_object_get(target, "keep_days"), 0, 3650) &&
	       is_number(json_object_get(target, "wait_s"), 1, 86400);
}

static int check_envelope(const json_t *envelope, struct sb_error *err)
{
	const json_t *created = json_object_get(envelope, "created");
	const json_t *expires = json_object_get(envelope, "expires");
	const json_t *target = json_object_get(envelope, "target");
	const json_t *run = json_object_get(envelope, "run");

	if (!json_is_object(envelope) || !target || !json_is_integer(created) ||
	    !json_is_integer(expires) || !sb_json_str(envelope, "program") ||
	    (json_object_get(envelope, "store") && !sb_json_str(envelope, "store")) ||
	    (run && !json_is_integer(run)) || json_integer_value(created) < 0 ||
	    json_integer_value(expires) < json_integer_value(created) ||
	    !are_hashes(json_object_get(envelope, "modules")) ||
	    !are_hashes(json_object_get(envelope, "fingerprints")))
		return sb_fail(err, SB_E_ARG,
			       "its envelope is not complete: it is not a plan of stagebox");
	if (!has_text(envelope, "target", MAIN_TARGET) && !is_branch(target))
		return sb_fail(
			err, SB_E_ARG,
			"its target is neither \"%s\" nor a branch of NetBox: make a new plan",
			MAIN_TARGET);
	return 0;
}

int sb_plan_envelope_check(const json_t *doc, struct sb_error *err)
{
	char plan[SB_JSON_HASH_CHARS + 1], document[SB_JSON_HASH_CHARS + 1];
	const json_t *hashes = json_object_get(doc, "hashes");
	int rc = check_envelope(json_object_get(doc, "envelope"), err);

	if (rc < 0)
		return rc;
	if (sb_decimal_is_in(doc))
		return sb_fail(err, SB_E_ARG,
			       "it has a number that is not an integer, where a plan has a text: "
			       "make a new plan");
	rc = sb_plan_document_hashes(doc, plan, document, err);
	if (rc < 0)
		return rc;
	if (!has_text(hashes, "plan", plan))
		return sb_fail(err, SB_E_ARG,
			       "it was changed since it was made (its content has the hash "
			       "%.16s..., hashes.plan is %.16s...): make a new plan",
			       plan, hash_of(hashes, "plan"));
	if (!has_text(hashes, "document", document))
		return sb_fail(err, SB_E_ARG,
			       "its envelope was changed since it was made (it has the hash "
			       "%.16s..., hashes.document is %.16s...): make a new plan",
			       document, hash_of(hashes, "document"));
	return 0;
}

int sb_plan_envelope_check_time(const json_t *doc, int64_t now_s, struct sb_error *err)
{
	int64_t expires_s =
		json_integer_value(json_object_get(json_object_get(doc, "envelope"), "expires"));
	time_t at = (time_t)expires_s;
	char text[32] = "";
	struct tm utc;

	if (now_s < expires_s)
		return 0;
	if (gmtime_r(&at, &utc))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &utc);
	return sb_fail(err, SB_E_REFUSED,
		       "the plan expired at %s (limits.plan_expires): make a new plan", text);
}

static int refuse_module(const char *module, const char *what, struct sb_error *err)
{
	return sb_fail(err, SB_E_REFUSED, "module \"%.60s\" %s: make a new plan", module, what);
}

int sb_plan_envelope_check_modules(const json_t *envelope, const json_t *loaded,
				   struct sb_error *err)
{
	const json_t *made_by = json_object_get(envelope, "modules");
	const char *module;
	json_t *hash;

	json_object_foreach ((json_t *)(uintptr_t)made_by, module, hash) {
		const json_t *now = json_object_get(loaded, module);

		if (!now)
			return refuse_module(module, "made the plan and is not loaded", err);
		if (!json_equal(now, hash))
			return refuse_module(
				module, "is another file than the one that made the plan", err);
	}
	json_object_foreach ((json_t *)(uintptr_t)loaded, module, hash)
		if (!json_object_get(made_by, module))
			return refuse_module(module, "is loaded and was not when the plan was made",
					     err);
	return 0;
}

int sb_plan_envelope_check_store(const json_t *envelope, const char *store, struct sb_error *err)
{
	if (has_text(envelope, "store", store))
		return 0;
	return sb_fail(
		err, SB_E_REFUSED,
		"the plan has actions on Proxmox VE and was made with another store: only "
		"that one knows which of them were carried out already. If the plan is of "
		"another site, apply it with the configuration of that site; if its store is "
		"on another host, apply it there; if the store was deleted, make a new plan");
}

json_t *sb_plan_envelope_changes(const json_t *doc, const struct sb_plan_origin *origin)
{
	const json_t *envelope = json_object_get(doc, "envelope");
	const json_t *fingerprints = json_object_get(envelope, "fingerprints");
	json_t *changes = json_array();

	if (!has_text(envelope, "program", origin->program))
		json_array_append_new(changes, json_string("program"));
	if (!has_text(fingerprints, "configuration", origin->conf_hash))
		json_array_append_new(changes, json_string("configuration"));
	return changes;
}
