/* SPDX-License-Identifier: Apache-2.0 */
/* Internals of the collections that are kept in fields, of custom objects, and of their types. */
#pragma once

#include "netbox/home.h"

/* Reading all parents of a collection; the first member of what a list or a write needs, also of
 * custom objects, which use the first two members and release. */
struct home_reading {
	struct home_reading *next; /* of those under way */
	struct sb_netbox *netbox;
	const struct sb_netbox_home *home;
	/* document: NULL = the parent has none; row: the parent */
	void (*on_parent)(struct home_reading *reading, int64_t id, json_t *document,
			  const json_t *row);
	void (*on_restart)(struct home_reading *reading); /* NULL = nothing to forget */
	void (*on_end)(struct home_reading *reading, enum sb_netbox_list_state state,
		       const struct sb_error *why);
	void (*release)(struct home_reading *reading);
	int failed_rc;
	/* Lists that get the same answers, because the request was under way when they began. */
	struct home_reading *companions;
	bool is_joinable; /* a list whose request was sent, and of which no row came yet */
};

/** How a write ends whose reading failed, before anything was sent. why may be NULL. */
enum sb_netbox_outcome sb_home_unread(const struct sb_error *why);

/** Count a reading as under way, so that the end of the session releases it; and as ended. */
void sb_home_link(struct home_reading *reading);
void sb_home_unlink(struct home_reading *reading);

/** Read the parents; on_end is called once, unless this fails or the session ends. */
int sb_home_read(struct home_reading *reading, struct sb_error *err);

/**
 * As sb_home_read() for a write, which begins when those before it have ended: two that read one
 * document at the same time would each write it without the change of the other.
 */
int sb_home_take_turn(struct home_reading *reading, struct sb_error *err);

/** A write has ended: the next one begins. */
void sb_home_end_turn(struct sb_netbox *netbox);

/** sb_netbox_list() of a collection that is kept in a field. */
int sb_home_list(struct sb_netbox *netbox, const struct sb_netbox_home *home, const char *query,
		 sb_netbox_row *on_row, void (*on_restart)(void *arg), sb_netbox_listed *on_listed,
		 void *arg, struct sb_error *err);

/** sb_netbox_write() of a collection that is kept in a field. */
int sb_home_write(struct sb_netbox *netbox, const struct sb_netbox_home *home, const char *method,
		  const json_t *body, sb_netbox_written_fn *done, void *arg, struct sb_error *err);

/** sb_netbox_list() and sb_netbox_write() of a collection of custom objects. */
int sb_objects_list(struct sb_netbox *netbox, const struct sb_netbox_home *home, const char *query,
		    const char *fields, sb_netbox_row *on_row, void (*on_restart)(void *arg),
		    sb_netbox_listed *on_listed, void *arg, struct sb_error *err);
int sb_objects_write(struct sb_netbox *netbox, const struct sb_netbox_home *home,
		     const char *method, const char *fields, const json_t *body,
		     sb_netbox_written_fn *done, void *arg, struct sb_error *err);

/** The same of the types of custom objects, SB_TYPES_PATH. */
int sb_types_list(struct sb_netbox *netbox, const char *query, sb_netbox_row *on_row,
		  void (*on_restart)(void *arg), sb_netbox_listed *on_listed, void *arg,
		  struct sb_error *err);
int sb_types_write(struct sb_netbox *netbox, const char *method, const json_t *body,
		   sb_netbox_written_fn *done, void *arg, struct sb_error *err);
