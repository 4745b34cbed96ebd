/* SPDX-License-Identifier: Apache-2.0 */
/* The snapshot: source rows and NetBox rows of a run, and how much of each is known. */
#pragma once

#include "base/map.h"
#include "model/table.h"
#include "model/value.h"

/* One collection of source rows. */
struct sb_source {
	char *name;
	struct sb_table *rows;
	struct sb_table *unknown;  /* prefix -> reason (JSON of an error) */
	struct sb_table *keep;     /* prefix -> "" */
	struct sb_table *reported; /* prefix -> "": below it a guest reported its addresses */
};

enum sb_known {
	SB_KNOWN_COMPLETE,
	SB_KNOWN_PARTIAL,
	SB_KNOWN_NOT, /* not read at all */
};

/* NetBox's objects of one kind, as far as they concern this endpoint. */
struct sb_nb_list {
	const struct sb_kind *kind;
	struct sb_table *rows;    /* owned: by stagebox_key; shared: by shared key */
	struct sb_table *names;   /* shared: sb_shared_name() -> shared key */
	struct sb_table *places;  /* shared: sb_natural_text() -> shared key */
	struct sb_table *unowned; /* owned kinds: unowned candidates, natural text -> JSON array */
	json_t *duplicates;       /* second objects with the same key: sb_nb_list_duplicate() */
	json_t *bad_keys;         /* owned: the same of objects whose key is not valid */
	enum sb_known known;
	struct sb_error why;
};

/* NetBox's change log has no record of the creation, or our user may not read it. */
#define SB_MADE_NOT_KNOWN "-"

struct sb_snapshot {
	int64_t now_s;
	struct sb_source *sources;
	size_t n_sources;
	struct sb_nb_list *lists; /* one per kind of the registry, same order */
	size_t n_lists;
	struct sb_table *applied; /* key -> fields that we wrote last, by the store */
	struct sb_table *base;    /* the same by NetBox's change log; "{}" = we never wrote it */
	struct sb_table *gone;    /* key -> "1" proven gone, "0" not */
	struct sb_table *taken;   /* key of a kept address -> key of the object that has it now */
	struct sb_table *log;    /* "<kind>#<id>" -> entries of NetBox's change log, for modules, or
				  * a reason */
	struct sb_table *made;   /* "<kind>#<id>" -> "1" our user created it, "0" another one,
				  * SB_MADE_NOT_KNOWN, or a reason */
	struct sb_map *released; /* objects that the last pass released */
	struct sb_map *pruned;   /* kind -> how many objects prune would delete of it in all stages,
				  * more than it may: none is deleted */
	json_t *held_members;    /* "<key>\x1f<field>" -> members of a set that a stage wants, and
				  * that an earlier stage removed in the last pass */
	struct sb_table *blocked; /* key -> reason: its name is held by an object that stays */
	struct sb_table *moves;   /* key that is gone at the source -> key that its object gets */
	struct sb_table *origin_keys; /* the reverse */
	struct sb_table *contested;   /* key -> "": several objects claim NetBox's object of it */
	struct sb_table *instances; /* mark of an instance id -> key of the guest that has it at the
				     * source; "" = several */
	struct sb_table *followers; /* key of a part of a guest that moves here from another
				     * endpoint -> its key there */
	const char *alike; /* slug of another endpoint that may be the same Proxmox VE; NULL = none;
			    * borrowed */
	struct sb_table *yields; /* vanished object -> "" it gives up its name, "no" it cannot */
	json_t *vanished;       /* keys of other endpoints that these lacked at last; NULL = none */
	json_t *defaults;       /* custom field -> default value; NULL = not asked */
	struct sb_table *asked; /* answered questions: text of the question -> "" or a reason */
	struct sb_table *origins; /* rows by which tools recognise objects, by rule and value */
	json_t *tools;            /* {"plugin", "fields"}: what tools left here; NULL = not asked */
	json_t *choices;  /* kind -> {"<field>": {"<value>": true}} by OPTIONS; NULL = not asked */
	json_t *required; /* object type -> {"<custom field>": default}: required in NetBox */
	json_t *misses;   /* {"<key>": {"runs","since"}} of the runs before this one */
};

struct sb_snapshot *sb_snapshot_create(const struct sb_kinds *kinds, int64_t now_s);
void sb_snapshot_destroy(struct sb_snapshot *snapshot);

/** The collection of that name, created when it is missing; NULL when out of memory. */
struct sb_source *sb_snapshot_source(struct sb_snapshot *snapshot, const char *name);
/** The collection of that name, or NULL. */
struct sb_source *sb_snapshot_find_source(const struct sb_snapshot *snapshot, const char *name);

struct sb_nb_list *sb_snapshot_list(const struct sb_snapshot *snapshot, const char *kind);

/** As sb_reason_put(), for a reason that is a limit (sb_rows_limited()) and not a failure. */
int sb_reason_put_limit(struct sb_table *table, const char *key, const struct sb_error *why);
bool sb_reason_is_limit(const char *text);

/** The reason (JSON text) why key is unknown, or NULL when it is known. */
const char *sb_source_unknown(const struct sb_source *source, const char *key);
/** Must NetBox's object at key be kept? */
bool sb_source_kept(const struct sb_source *source, const char *key);
/** Is the row of key, if there is one, part of a guest's own report? */
bool sb_source_reported(const struct sb_source *source, const char *key);

/** Take one row of NetBox's answer into a list. Rows of other endpoints are dropped. */
int sb_nb_list_take(struct sb_nb_list *list, const char *endpoint, const json_t *row);
/** Let duplicate i have its key, and the row that has had it take its place. Returns 0, or
 * SB_E_NOMEM. */
int sb_nb_list_swap_duplicate(struct sb_nb_list *list, size_t i);
/** Forget the rows (a list is read a second time). */
int sb_nb_list_reset(struct sb_nb_list *list);

/** The second object of a key at a position: its key and its flat row, both borrowed from the list.
 * False: there are no more. */
bool sb_nb_list_duplicate(const struct sb_nb_list *list, size_t i, const char **ret_key,
			  const json_t **ret_row);
/** Is the object with this id a second one with the key? */
bool sb_nb_list_has_duplicate(const struct sb_nb_list *list, const char *key, int64_t id);

/** Take an unowned candidate: an answer row under the text of its natural key. */
int sb_nb_list_take_unowned(struct sb_nb_list *list, const char *natural, const json_t *row);

/** Text of the natural key of a flat row or of wanted fields: ids and lower-case names, hosts of
 * addresses. NULL when a part is missing or is a reference without an id, and for kinds with a
 * home, several objects of which may have one title. Caller frees. */
char *sb_natural_text(const struct sb_kind *kind, const json_t *flat);

/** The same, also for kinds with a home: of an object that may have moved it is a hint. */
char *sb_likeness_text(const struct sb_kind *kind, const json_t *flat);

/* An error as JSON text and back, for reasons that are rows. */
int sb_reason_put(struct sb_table *table, const char *key, const struct sb_error *why);
void sb_reason_get(const char *text, struct sb_error *ret_why);
