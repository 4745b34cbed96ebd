/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON document in which a parent keeps objects of several collections:
 *   {"<collection>": {"<key>": {"<field>": value, ...}, ...}, ..., "truncated"?: ["<key>", ...]}
 * Fields without a value are left out; references are ids. truncated lists the objects whose
 * payloads had no room. */
#pragma once

#include <jansson.h>

#include "stagebox/error.h"

/* One such collection. Members of a field are in the document of the object that they refer to as
 * their parent; several collections may share a document (home_document.h). */
struct sb_netbox_home {
	const char *path;    /* by which it is listed and written */
	const char *objects; /* the path of its custom objects; NULL = it is kept in a field, for
				which the rest is */
	const char *name;    /* its member in the document */
	const char *parent;  /* the reference of an object to its parent: "cluster" */
	const char *parent_path; /* "virtualization/clusters" */
	const char *field;       /* custom field of the parent that holds the document */
	/* The fields of objects that are dropped when a document is too long; ends with NULL. */
	const char *const *payloads;
};

/* A document is written twice into NetBox's change log at each change. */
enum { SB_HOME_BYTES = 64 << 10 };

/** The id of an object: the same in each run, because it follows from collection and key. */
int64_t sb_home_id(const char *collection, const char *key);

/** The objects of a collection as rows of a list: {"id", "custom_fields": {"stagebox_key"},
 * "<parent>": parent id, fields..., "last_updated"?}. A payload that had no room is {"$truncated":
 * true}. New reference to an array; NULL = out of memory. */
json_t *sb_home_rows(const json_t *document, const struct sb_netbox_home *home, int64_t parent,
		     const json_t *last_updated);

/** Put the values of an object (null = none) beside those that it has. Returns 0, or SB_E_NOMEM. */
int sb_home_put(json_t *document, const struct sb_netbox_home *home, const char *key,
		const json_t *values);

/** Remove an object, with collections and lists that are empty then. Returns its values, a new
 * reference; NULL = there is no such object. */
json_t *sb_home_remove(json_t *document, const struct sb_netbox_home *home, const char *key);

/** The values of an object; NULL = there is no such object. Borrowed. */
const json_t *sb_home_get(const json_t *document, const struct sb_netbox_home *home,
			  const char *key);

/** Drop payloads, the largest first, until the document is short enough. Returns its length in
 * bytes; SB_E_REFUSED when it is too long without payloads; or SB_E_NOMEM. */
int64_t sb_home_fit(json_t *document, const struct sb_netbox_home *homes, size_t n_homes,
		    struct sb_error *err);

/** Does the document hold no object? */
bool sb_home_is_empty(const json_t *document);
