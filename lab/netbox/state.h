/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the simulated NetBox: tables of objects, their indexes, and the undo log. */
#pragma once

#include "base/buf.h"
#include "netbox.h"
#include "model.h"

#define NB_MAX_FIELDS 96
#define NB_MAX_EDGES  1024
#define NB_MAX_TYPES  128 /* custom object types */

/* Features that differ between versions. */
enum nb_feature {
	NB_VM_TYPES = 1,
	NB_CURSOR = 2,
	NB_ETAG = 4,
	NB_ADD_TAGS = 8,
	NB_MAC_WRITE = 16,     /* mac_address of interfaces is writable */
	NB_BULK_ERRORS = 32,   /* bulk errors name every failed item */
	NB_SELECT_LABELS = 64, /* selection custom fields read as value and label */
	NB_DEVICE_PLACE = 128, /* a VM may have a device without a cluster */
	NB_TAG_ANY = 256,
	NB_FIELDS_47 = 512,       /* fields that are new in 4.7 */
	NB_PROXBOX = 1024,        /* the plugins netbox-proxbox and netbox-ceph are installed */
	NB_CUSTOM_OBJECTS = 2048, /* the plugin netbox-custom-objects is installed */
	NB_CUSTOM_BULK = 4096,    /* in a version whose objects have all calls of NetBox's models */
	NB_BRANCHING = 8192,      /* the plugin netbox-branching is installed */
};

struct nb_version {
	const char *name, *full, *django;
	unsigned features;
};

/* A reference of an object; the target lists all references to it, one list per edge. */
struct nb_link {
	struct nb_object *from, *to;
	struct nb_link *prev, *next;
	uint16_t slot; /* list of the target */
};

struct nb_links {
	struct nb_link *first, *last;
	size_t n;
};

struct nb_entry; /* of the key index */
struct nb_branch;
struct nb_branching;

/* The two images of a change record. The values are shared and never changed in place. */
struct nb_change {
	const struct nb_table *table; /* NULL = the images are JSON, as they are shown */
	json_t **before, **after;     /* NULL on create or delete */
	json_t *shown[2];
};

struct nb_object {
	struct nb_table *table;
	uint32_t id;
	int64_t created_us, updated_us;
	struct nb_link *links;     /* table->n_out */
	struct nb_links *heads;    /* table->n_in */
	struct nb_entry **entries; /* table->n_keys */
	struct nb_change *change;  /* of core.objectchange only */
	json_t *values[];          /* table->n_fields; never NULL */
};

/* "field of table refers to target", one per target of a generic relation. */
struct nb_edge {
	struct nb_table *from, *to;
	uint16_t field; /* NB_FK or NB_GID */
	uint16_t slot;  /* list in the target */
	enum nb_on_delete on_delete;
};

struct nb_table_key {
	const struct nb_key *key;
	int fields[6];
	char modes[6]; /* 0 or one of ~ ? ! + */
	size_t n;
};

struct nb_table {
	const struct nb_model *model;
	struct nb_custom
		*of_type; /* of objects of a custom object type; NULL = a model of NetBox */
	const struct nb_field *fields;
	size_t n_fields, n_out, n_in, n_keys, n_objects;
	json_t *initial[NB_MAX_FIELDS];
	int out[NB_MAX_FIELDS]; /* link of a field, -1 = none */
	struct nb_table_key keys[6];
	int tags, custom; /* field index or -1 */
	int field_cache;  /* where the last lookup by name ended */
	uint32_t next_id, room;
	struct nb_object **rows; /* by id */
};

enum nb_undo_kind { NB_UNDO_SET, NB_UNDO_INSERT, NB_UNDO_REMOVE, NB_UNDO_STAMP };

struct nb_undo {
	enum nb_undo_kind kind;
	struct nb_object *object;
	int field;
	json_t *value; /* owned */
	int64_t created_us, updated_us;
};

struct lab_netbox {
	const struct nb_version *version;
	unsigned plugins;           /* features that plugins bring */
	char *token, *person_token; /* person_token NULL = no person */
	char *base;                 /* "http://host": start of urls */
	struct nb_table *tables; /* n_models of NetBox and its plugins, then custom object types */
	size_t n_tables, n_models;
	bool types_changed;         /* the tables of custom object types no longer fit their rows */
	const char *custom_objects; /* version of the plugin, static */
	struct nb_branching *branching; /* NULL = the plugin was never installed */
	struct nb_branch *branch;       /* whose copy of the tables this is; NULL = main */
	struct nb_edge edges[NB_MAX_EDGES];
	size_t n_edges;
	struct nb_entry **buckets;
	size_t n_buckets, n_entries;
	struct nb_undo *undo;
	size_t n_undo, undo_room;
	int64_t clock_us; /* last stamp: each write gets a later one */
	uint64_t shuffle;
	uint64_t requests;
	char *reject_name;
	char *short_page; /* lists whose path contains it are cut; NULL = none */
	bool token_expired, token_reads_only;
	uint32_t
		new_token; /* created by the current request; only its answer contains the secret */
	json_t *denied;    /* "app.action_model": true */
	json_t *choices;   /* FIELD_CHOICES: "app.model.field": [values] */
	json_t *validators; /* CUSTOM_VALIDATORS: [{"type","field","value","how"}] */
	json_t *hidden;     /* "app.model": part of the name of hidden objects */
};

/* tables.c */
int nb_tables_create(struct lab_netbox *nb);
void nb_tables_destroy(struct lab_netbox *nb);
struct nb_table *nb_table(const struct lab_netbox *nb, const char *type);
struct nb_table *nb_table_at(const struct lab_netbox *nb, const char *path, size_t len);
/** Fill an empty table of a model. Returns 0 or -1. */
int nb_table_fill(struct nb_table *table, const struct nb_model *model);
/** Find out anew which fields refer to which tables. Returns 0 or -1. */
int nb_edges_create(struct lab_netbox *nb);
/** Has the server an API for the objects of this table? */
bool nb_served(const struct lab_netbox *nb, const struct nb_table *table);
/** Index of a field or -1. */
int nb_field(const struct nb_table *table, const char *name);
/** Is the type in a list separated by spaces? NULL allows every type. */
bool nb_type_allowed(const char *allowed, const char *type);
bool nb_has(const struct lab_netbox *nb, unsigned features);

/* rows.c: the only functions that change objects; all changes can be undone */
struct nb_object *nb_find(const struct nb_table *table, int64_t id);
/** A new object with initial values. NULL = out of memory. */
struct nb_object *nb_insert(struct lab_netbox *nb, struct nb_table *table);
/** The same with an id that no object of the table has. */
struct nb_object *nb_insert_at(struct lab_netbox *nb, struct nb_table *table, uint32_t id);
/** Let the next object of a table have this id or a higher one. Returns 0 or -1 (memory). */
int nb_ids_raise(struct nb_table *table, uint32_t next_id);
void nb_remove(struct lab_netbox *nb, struct nb_object *object);
void nb_set_take(struct lab_netbox *nb, struct nb_object *object, int field, json_t *value);
/** Set a field by name. A field that the model does not have is ignored. */
void nb_put_take(struct lab_netbox *nb, struct nb_object *object, const char *field, json_t *value);
void nb_stamp(struct lab_netbox *nb, struct nb_object *object, int64_t now_us);
/** Drop all references of all objects, before the edges are created anew; and follow them again. */
void nb_links_drop(struct lab_netbox *nb);
int nb_links_room(struct lab_netbox *nb);
void nb_links_follow(struct lab_netbox *nb);
/** Forget a table with its objects; nothing may refer to them. */
void nb_table_drop(struct lab_netbox *nb, struct nb_table *table);
size_t nb_savepoint(const struct lab_netbox *nb);
void nb_rollback(struct lab_netbox *nb, size_t savepoint);
void nb_commit(struct lab_netbox *nb);

void nb_image_drop(json_t **values, size_t n);

/* Values; borrowed. */
json_t *nb_get(const struct nb_object *object, const char *field);
const char *nb_text(const struct nb_object *object, const char *field);
int64_t nb_int(const struct nb_object *object, const char *field);
/** The object that a NB_FK field or the NB_GID half of a generic relation names, or NULL. */
struct nb_object *nb_ref(const struct lab_netbox *nb, const struct nb_object *object,
			 const char *field);
struct nb_object *nb_ref_at(const struct lab_netbox *nb, const struct nb_object *object, int field);
bool nb_is(const struct nb_object *object, const char *type);
/** All references to an object by one field: "dcim.device", "cluster". NULL when none. */
const struct nb_link *nb_referrers(const struct lab_netbox *nb, const struct nb_object *object,
				   const char *type, const char *field, size_t *ret_n);
void nb_display(const struct lab_netbox *nb, const struct nb_object *object, struct sb_buf *out);

/* keys.c: index of unique and lookup keys */
void nb_keys_add(struct lab_netbox *nb, struct nb_object *object, size_t key);
void nb_keys_drop(struct lab_netbox *nb, struct nb_object *object, size_t key);
/** The next object after the entry with the same key as object, or the first one (entry NULL). */
struct nb_object *nb_keys_next(const struct lab_netbox *nb, const struct nb_object *object,
			       size_t key, const struct nb_entry **entry);
/** The next object after the entry whose key is this one field with this text, or the first one
 * (entry NULL). */
struct nb_object *nb_keys_find(const struct lab_netbox *nb, const struct nb_table *table,
			       const char *field, const char *text, const struct nb_entry **entry);
int nb_keys_create(struct lab_netbox *nb);
void nb_keys_destroy(struct lab_netbox *nb);
