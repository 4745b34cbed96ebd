/* SPDX-License-Identifier: Apache-2.0 */
/* The session with NetBox: capabilities, whole lists, bulk writes. */
#pragma once

#include "net/http.h"

struct sb_netbox;

/* The capabilities of this NetBox. Those that a read cannot show follow from the version of the
 * API: a contact sends nothing but GET. */
struct sb_netbox_caps {
	char version[32];  /* "4.7.3" */
	bool has_vm_types; /* virtual-machine-types in the index of virtualization */
	bool mac_writable; /* an interface takes mac_address in its own write (4.7) */
	bool item_errors;  /* bulk errors name the item: {"detail","errors"} (4.7) */
	bool tag_deltas;   /* add_tags and remove_tags (4.6) */
	/* Rows of guests and devices cost a subquery each for config_context, whatever fields=
	 * says, unless it is excluded (up to 4.6). */
	bool context_costs;
	char objects_version[32];   /* of the plugin netbox-custom-objects; "" = it is absent */
	char branching_version[32]; /* of the plugin netbox-branching; "" = it is absent */
	/* Workers that NetBox counts; without one no branch is provisioned or merged. One that was
	 * killed counts for minutes. */
	int64_t workers;
};

/* server id of the io: "netbox" */
int sb_netbox_create(struct sb_http *http, struct sb_netbox **ret_netbox, struct sb_error *err);
void sb_netbox_destroy(struct sb_netbox *netbox);

/** Contact and probe (status, index of virtualization; GET only); runs the http loop. Errors name
 * the fix: 403 "Invalid v1 token", missing permission, HTML instead of JSON, redirect, TLS. */
int sb_netbox_open(struct sb_netbox *netbox, struct sb_error *err);
const struct sb_netbox_caps *sb_netbox_caps(const struct sb_netbox *netbox);

/** Is a version, "4.7" or "4.7.3", at least major.minor? False when it is not a version. */
bool sb_netbox_version_at_least(const char *version, int major, int minor);

/* Lists */

typedef void sb_netbox_row(void *arg, json_t *row); /* row borrowed */

enum sb_netbox_list_state {
	SB_NETBOX_COMPLETE,
	SB_NETBOX_PARTIAL, /* twice the rows were fewer or more than NetBox's count */
	SB_NETBOX_UNREAD,  /* failed; some rows may have been delivered */
};

typedef void sb_netbox_listed(void *arg, enum sb_netbox_list_state state,
			      const struct sb_error *why);

/**
 * Read one list whole: first page in offset form (limit=100&ordering=id) for its count, the rest
 * in pages of 1,000 by cursor (start=) where the answer shows that the server supports it (count
 * null), else by offset. When rows and count differ, the list is read once more from the start:
 * on_restart is called, and the rows are delivered again.
 *
 * @path    "virtualization/virtual-machines"
 * @query   "cf_stagebox_key__isw=lab%2F" or ""; encoded
 * @fields  "id,name,status" or "" for all
 */
int sb_netbox_list(struct sb_netbox *netbox, const char *path, const char *query,
		   const char *fields, sb_netbox_row *on_row, void (*on_restart)(void *arg),
		   sb_netbox_listed *on_listed, void *arg, struct sb_error *err);

/** Read a list whole, as sb_netbox_list() does, and wait; while no write is under way. *ret_rows: a
 * new reference to an array, set on success only. Returns 0, the error of the list with its
 * http_status, or SB_E_SHAPE when the list is not complete. */
int sb_netbox_list_wait(struct sb_netbox *netbox, const char *path, const char *query,
			const char *fields, json_t **ret_rows, struct sb_error *err);

/* Writes */

enum sb_netbox_outcome {
	SB_NETBOX_DONE,     /* committed: rows hold the objects (create, patch) */
	SB_NETBOX_REJECTED, /* rolled back; items holds the bad ones, if NetBox names them */
	SB_NETBOX_CONFLICT, /* 412 or a database race (IntegrityError): read again */
	SB_NETBOX_RETRY,    /* rolled back for a temporary cause (deadlock): may be sent again */
	SB_NETBOX_DENIED,   /* permissions, token, certificate or redirect: nothing was written, and
			       no other write will succeed */
	SB_NETBOX_BLOCKED,  /* something between us and NetBox refused the request: nothing was
			       written, and  no write of any kind will succeed */
	SB_NETBOX_UNSETTLED, /* no answer, or one of a proxy: it may be or become committed */
};

struct sb_netbox_item_error {
	size_t index;   /* position in the request's body (for patch, delete found by id) */
	char text[256]; /* "name: This field is required." */
	/* The fields that NetBox names, with its words about each: field -> words. A custom field
	 * is "custom_fields.<name>"; a generic reference is named by either half. NULL = it names
	 * none, and the text is about the whole object. */
	json_t *fields;
};

struct sb_netbox_written {
	enum sb_netbox_outcome outcome;
	int status; /* HTTP; 0 = none */
	/* DONE: the ids in the answer. POST: one per item, in request order. PATCH: in NetBox's
	 * order; up to 4.6 deleted objects are missing. DELETE: none. */
	const int64_t *ids;
	size_t n_ids;
	const struct sb_netbox_item_error *items;
	size_t n_items;
	struct sb_error why; /* not DONE */
};

typedef void sb_netbox_written_fn(void *arg, const struct sb_netbox_written *written);

/**
 * One bulk write. The body is an array of objects (PATCH and DELETE: each with "id"). Sent once;
 * repeated only when it is proven that no byte left, or on 429/503 with Retry-After.
 *
 * @method  "POST", "PATCH", "DELETE"
 * @fields  names for the answer's sparse form ("id,name"); every written field must be in it, since
 *          NetBox ignores fields on input that fields= leaves out; "" = all
 */
int sb_netbox_write(struct sb_netbox *netbox, const char *method, const char *path,
		    const char *fields, const json_t *body, sb_netbox_written_fn *done, void *arg,
		    struct sb_error *err);

/** One object or list, read unchanged (bootstrap, probes): @data borrowed or NULL with why. */
typedef void sb_netbox_got(void *arg, const json_t *data, const struct sb_error *why);
int sb_netbox_get(struct sb_netbox *netbox, const char *path_and_query, sb_netbox_got *done,
		  void *arg, struct sb_error *err);

/** Read one object or list unchanged, and wait. *ret_data: new reference, set on success only.
 * Returns 0, or the error of the request. */
int sb_netbox_get_wait(struct sb_netbox *netbox, const char *path_and_query, json_t **ret_data,
		       struct sb_error *err);

/** The same with OPTIONS: "actions" of the answer has POST, PUT where the token may add, change. */
int sb_netbox_options(struct sb_netbox *netbox, const char *path, sb_netbox_got *done, void *arg,
		      struct sb_error *err);
