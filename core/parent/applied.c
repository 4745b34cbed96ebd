/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/applied.h"

#include "parent/event_members.h"

int sb_parent_on_applied(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const char *endpoint = parent->spec->endpoint, *key;
	const json_t *fields = json_object_get(event, "fields");
	int rc = sb_event_key(parent, event, "key", &key, err);

	if (!rc && !json_is_object(fields))
		rc = sb_fail(err, SB_E_SHAPE, "no member \"fields\"");
	if (rc < 0 || !parent->writes_store)
		return rc;
	return *parent->schema ? sb_store_branch_applied_put(parent->store, endpoint,
							     parent->schema, key, fields, err)
			       : sb_store_applied_put(parent->store, endpoint, key, fields, err);
}

int sb_parent_drop_applied(struct sb_parent *parent, const char *key, struct sb_error *err)
{
	const char *endpoint = parent->spec->endpoint;

	return *parent->schema ? sb_store_branch_applied_drop(parent->store, endpoint,
							      parent->schema, key, err)
			       : sb_store_applied_drop(parent->store, endpoint, key, err);
}

int sb_parent_on_applied_drop(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const char *key;
	int rc = sb_event_key(parent, event, "key", &key, err);

	return rc < 0 || !parent->writes_store ? rc : sb_parent_drop_applied(parent, key, err);
}
