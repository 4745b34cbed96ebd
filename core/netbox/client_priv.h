/* SPDX-License-Identifier: Apache-2.0 */
/* Internals of the NetBox session, shared by probe, lists, writes and error texts. */
#pragma once

#include "base/buf.h"
#include "netbox/client.h"

#define NETBOX_SERVER "netbox"

enum {
	NETBOX_MAX_PATH = 3900,    /* the server refuses request lines over 4094 bytes */
	NETBOX_MAX_BODY = 2500000, /* above 2621440 it answers 500 */
	NETBOX_READ_CLASS = 0,
	NETBOX_WRITE_CLASS = 1,
};

struct home_reading;
struct sb_netbox_home;
struct netbox_call;
struct netbox_list;
struct netbox_write;

/* Collections that are kept in fields (home.h), and what reads their parents now. */
struct netbox_homes {
	struct sb_netbox_home *list;
	size_t n;
	char *prefix;
	struct home_reading *readings;
	struct home_reading *waiting; /* writes that have not begun, in their order */
	bool is_writing;
};

struct sb_netbox {
	struct sb_http *http;
	struct sb_netbox_caps caps;
	bool is_open;
	char branch_header[64]; /* of the branch in use; "" = main */
	/* outstanding, for destroy */
	struct netbox_call *calls;
	struct netbox_list *lists;
	struct netbox_write *writes;
	struct netbox_homes homes;
};

/** sb_netbox_list() and sb_netbox_write() of a collection that is a table of NetBox. */
int sb_netbox_list_table(struct sb_netbox *netbox, const char *path, const char *query,
			 const char *fields, sb_netbox_row *on_row, void (*on_restart)(void *arg),
			 sb_netbox_listed *on_listed, void *arg, struct sb_error *err);
int sb_netbox_write_table(struct sb_netbox *netbox, const char *method, const char *path,
			  const char *fields, const json_t *body, sb_netbox_written_fn *done,
			  void *arg, struct sb_error *err);

/** One write of a document (an object) that is about n objects, to a path that answers 200 when it
 * has taken it. done gets no ids. Otherwise as sb_netbox_write(). */
int sb_netbox_write_document(struct sb_netbox *netbox, const char *path, const json_t *document,
			     size_t n, sb_netbox_written_fn *done, void *arg, struct sb_error *err);

/** As sb_netbox_get() with any method that reads. */
int sb_netbox_call(struct sb_netbox *netbox, const char *method, const char *path,
		   sb_netbox_got *done, void *arg, struct sb_error *err);

void sb_netbox_drop_calls(struct sb_netbox *netbox);
void sb_netbox_drop_lists(struct sb_netbox *netbox);
void sb_netbox_drop_writes(struct sb_netbox *netbox);
void sb_netbox_drop_readings(struct sb_netbox *netbox);
/** Call it last: lists and writes refer to what reads a home. */
void sb_netbox_drop_homes(struct sb_netbox *netbox);

/** The start of the query of a list or write, which excludes expensive members: "" or with an & at
 * its end. */
const char *sb_netbox_query_start(const struct sb_netbox *netbox, const char *path);

/** Read the answer of a read: *ret_data (new reference) or the reason with the fix. */
int sb_netbox_read_answer(const char *method, const char *path, const struct sb_io_answer *answer,
			  json_t **ret_data, struct sb_error *err);

/** Fill err from an unsuccessful answer; root is its JSON or NULL. Returns the code. */
int sb_netbox_fail(const char *method, const char *path, const struct sb_io_answer *answer,
		   const json_t *root, struct sb_error *err);

/** Is the JSON of an error answer (may be NULL) in one of the shapes in which NetBox refuses? An
 * object with errors, detail or lists about fields, or a list of texts or such objects. */
bool sb_netbox_is_refusal(const json_t *root);

/** Is the answer to a write a refusal by something in front of NetBox: not JSON as NetBox writes
 * it, with a status by which neither the request is too large nor the cause temporary? */
bool sb_netbox_is_blocked(const char *method, const struct sb_io_answer *answer,
			  const json_t *root);

/** "name: This field is required.; vcpus: ..." of any error shape. */
void sb_netbox_flatten(const json_t *value, struct sb_buf *to);

/* The request that an error answer is about. */
struct netbox_batch {
	const int64_t *ids; /* PATCH, DELETE: per item; NULL for POST */
	size_t n;
};

/** The fields that the errors of one object name, as in struct sb_netbox_item_error: a new
 * reference, or NULL. */
json_t *sb_netbox_error_fields(const json_t *errors);

/** The items that an error answer names: new array in *ret_items (sb_netbox_free_items()), may be
 * none. Returns their number or SB_E_NOMEM. */
int sb_netbox_item_errors(const json_t *root, const struct netbox_batch *batch,
			  struct sb_netbox_item_error **ret_items);

void sb_netbox_free_items(struct sb_netbox_item_error *items, size_t n);

/** The ids of the objects that an answer lists, in its order, into ret_ids.
 * Returns their number; SB_E_SHAPE when the answer is not such a list or has more than room rows.
 */
int sb_netbox_row_ids(const char *body, size_t len, int64_t *ret_ids, size_t room);

/** Copy the text of a list without url, display and description of the objects that its rows refer
 * to. False: the text is not complete JSON; read it unchanged. */
bool sb_netbox_strip_list(const char *body, size_t len, struct sb_buf *out);

/** The header lines of a request to this path, or NULL. */
const char *sb_netbox_headers(const struct sb_netbox *netbox, const char *path);

/** Is the branch in use still there? The plugin answers the header of one that was merged, archived
 * or deleted with a line of text, and nothing reaches NetBox's data. Returns 0, or SB_E_CONFLICT.
 */
int sb_netbox_check_branch(const struct sb_netbox *netbox, const struct sb_io_answer *answer,
			   struct sb_error *err);
