/* SPDX-License-Identifier: Apache-2.0 */
/* A model of NetBox: tables of fields and unique rules, and a few functions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct sb_buf;
struct lab_netbox;
struct nb_object;
struct nb_write;
struct nb_call;

enum nb_kind {
	NB_STR,
	NB_SLUG,
	NB_COLOR,
	NB_INT,
	NB_DEC,
	NB_BOOL,
	NB_CHOICE,
	NB_FK,
	NB_PKS,       /* list of ids, replaced as a whole */
	NB_GTYPE,     /* first half of a generic relation; the NB_GID field follows it */
	NB_GID,       /* second half */
	NB_TYPES,     /* list of object types */
	NB_JSON,      /* anything */
	NB_PREFIX,    /* network without host bits */
	NB_ADDRESS,   /* host with mask */
	NB_MAC,       /* stored AA:BB:CC:DD:EE:FF */
	NB_DATE,      /* "2026-01-31" */
	NB_TIME,      /* stored in UTC: "2026-01-31T12:00:00Z" */
	NB_TAGS,      /* stored as a list of tag ids */
	NB_CUSTOM,    /* custom field data */
	NB_MAC_INPUT, /* mac_address of an interface: not stored, writes a MAC address row */
	NB_OBJECT,    /* output: the object of the generic relation before it */
	NB_COUNT,     /* output: number of objects that refer here; target "model:field" */
	NB_COMPUTED,  /* output: a function of the model */
	NB_CONST,     /* output: always the initial value */
};

enum nb_field_flags {
	NB_REQUIRED = 1,
	NB_NULL = 2,
	NB_BLANK = 4,
	NB_UNIQUE = 8,  /* checked with the field errors, not with the constraints */
	NB_RESET = 16,  /* a PUT without this field stores the initial value */
	NB_HIDDEN = 32, /* neither read nor written by clients */
	NB_BY_ID = 64,  /* NB_FK: read as the bare id */
	NB_BIG = 128,   /* 64 bit: errors say "biginteger" */
	/* Errors print the bounds of a decimal as "-90.0" instead of all digits of the double. */
	NB_FLOAT_BOUNDS = 256,
	NB_EXACT_BOUNDS = 512,
	NB_BARE = 1024, /* NB_CHOICE: read as the bare value, and errors quote what was sent */
	NB_WRITE_ONLY = 2048, /* clients write it, but do not read it */
};

enum nb_on_delete { NB_NOTHING, NB_PROTECT, NB_RESTRICT, NB_CASCADE, NB_SET_NULL };

struct nb_choice {
	const char *value, *label;
	unsigned features; /* enum nb_feature that the server must have, 0 = always there */
};

struct nb_field {
	const char *name;
	enum nb_kind kind;
	unsigned flags;
	const char *target; /* NB_FK: object type; NB_GTYPE: allowed types, blank separated */
	const struct nb_choice *choices;
	const char *initial; /* JSON text; NULL = null */
	const char *nested;  /* output of the related object; NULL = the one of its model */
	double min, max;
	bool has_min, has_max;
	int max_length, digits, places;
	enum nb_on_delete on_delete;
	unsigned features; /* enum nb_feature that the server must have, 0 = always there */
};

enum nb_key_kind {
	NB_KEY_MODEL,    /* 400 under __all__ */
	NB_KEY_FIELD,    /* 400 under the first field of the key */
	NB_KEY_DATABASE, /* checked by the database only: 500 */
	NB_KEY_LOOKUP,   /* not unique, an index only */
};

/*
 * Words of fields: "name" (null = no entry), "name~" (ignoring case), "tenant?" (null counts as a
 * value), "!cluster" (must be null), "+device" (must be set, but is not part of the key).
 */
struct nb_key {
	const char *fields;
	enum nb_key_kind kind;
	const char *message; /* NULL = the generic text */
};

/* Functions of a model; each may be NULL. */
struct nb_rules {
	void (*display)(const struct lab_netbox *nb, const struct nb_object *object,
			struct sb_buf *out);
	json_t *(*computed)(struct lab_netbox *nb, const struct nb_object *object,
			    const struct nb_field *field);
	void (*prepare)(struct nb_write *
				write); /* before the rules: defaults that depend on other fields */
	void (*clean)(struct nb_write *write); /* reports the first broken rule as error */
	void (*save)(struct nb_write *write);  /* after the rules: derived fields */
	void (*saved)(struct nb_write *write); /* effects on other objects */
	void (*deleting)(struct nb_call *call, struct nb_object *object);
	void (*deleted)(struct nb_call *call, struct nb_object *object);
};

struct nb_model {
	const char *type;     /* "virtualization.virtualmachine" */
	const char *path;     /* "virtualization/virtual-machines" */
	const char *class;    /* "VirtualMachine", of 404 texts */
	const char *verbose;  /* "virtual machine" */
	const char *ordering; /* "name id", "-created" */
	const char *brief;    /* output of ?brief=1 */
	const char *nested;   /* output as related object; NULL = brief */
	const char *natural;  /* fields that identify objects in a dump */
	const struct nb_field *fields;
	const struct nb_key *keys;
	const struct nb_rules *rules;
	bool read_only;      /* no writes over the API */
	bool no_log;         /* no change records, no created and last_updated */
	bool is_plain;       /* no bulk calls, no ETag, no fields=, omit= and brief= */
	unsigned features;   /* enum nb_feature that the server must have, 0 = always there */
	unsigned plugin;     /* enum nb_feature without which its rows stay, but have no API */
	const char *without; /* members that its objects do not have: "display_url created" */
};

/* All models, ended by an entry without type. */
extern const struct nb_model nb_models[];
