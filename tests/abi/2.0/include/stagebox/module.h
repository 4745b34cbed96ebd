/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a module: one entry function, a descriptor, options, stages. ABI 2.0. */
#pragma once

#include "stagebox/error.h"
#include "stagebox/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SB_ABI_MAJOR    2
#define SB_ABI_MINOR    0
#define SB_MODULE_MAGIC 0x53424d31u

/*
 * Growth. A later minor version of the ABI may append members. So each struct begins with its size
 * in bytes, and beside each table is the size of its rows: core uses what a module knew, and takes
 * the rest as zero. SB_TABLE(read, reads) sets both members of a table: .reads and .read_size.
 */
#define SB_TABLE(member, rows) .member##s = (rows), .member##_size = sizeof((rows)[0])

struct sb_ctx;        /* one loaded module instance */
struct sb_stage_run;  /* one stage in one run; valid while a callback runs */
struct sb_op_run;     /* one action that is carried out, see stagebox/write.h */
struct sb_pve_writer; /* the requests of an action to Proxmox VE */

enum sb_opt_type {
	SB_OPT_STR,
	SB_OPT_BOOL,
	SB_OPT_INT,
	SB_OPT_SECS, /* "90", "5m", "24h", "7d" */
	SB_OPT_LIST, /* list of strings */
};

/* Flags of an option. */
enum {
	/* STR only. The file holds a reference (file:PATH, env:NAME, cred:NAME). Core gives the
	 * secret to its transports; the module cannot read it, and nothing prints or records it. */
	SB_OPT_SECRET = 1u << 0,
};

/* One option of a module; the table ends with name == NULL. The configuration sets it for all
 * endpoints (options) or for one of them (endpoints: options), which wins. */
struct sb_opt {
	const char *name;
	enum sb_opt_type type;
	const char *dflt; /* text, parsed like the file; NULL = required */
	int64_t min, max; /* INT and SECS; both 0 = unbounded */
	const char *help; /* one line */
	unsigned flags;
	/** Check a value that passed the checks of its type, also a default: a text, boolean,
	 * integer or array of texts. Not called for a secret. Returns 0, or fails with what is
	 * wrong and what is expected; core puts the name of the option before it. NULL = none. */
	int (*check)(const json_t *value, struct sb_error *err);
};

/* Which objects of a kind a stage reads. */
enum sb_read_scope {
	SB_READ_OURS,    /* those with a key of the endpoint; of a shared kind all */
	SB_READ_CLUSTER, /* all in the clusters of the endpoint, also those of people: of a kind
			  * with a field of the trait SB_TRAIT_HOME */
	SB_READ_TAGGED,  /* all with the tag whose slug is value, of any endpoint and of people */
	SB_READ_VALUE,   /* all whose field has the value, of any endpoint and of people */
};

/* One kind that a stage reads from NetBox beside those that it writes: the targets of its
 * references, and fields that it only looks at (stagebox/netbox.h). The table ends with
 * kind == NULL. */
struct sb_read {
	const char *kind;
	const char *const *fields; /* ends with NULL; NULL = only identity */
	enum sb_read_scope scope;
	/* VALUE: a field of type TEXT, NAME, INT, BOOL or CHOICE, or "cf_" and the name of any
	 * custom field, also one of people. */
	const char *field;
	const char *value; /* TAGGED, VALUE: the text, the number, "true" or "false" */
};

/*
 * Fields of a kind that a stage writes, which are also read from NetBox. The stage may set these
 * fields of these objects and no others. Two stages whose patterns meet cannot write one field: the
 * program refuses to start, and names both. Fields of type TAGS are an exception, because each
 * stage adds and removes members of its own. The table ends with kind == NULL.
 */
struct sb_write {
	const char *kind;
	const char *const *fields; /* ends with NULL */
	/* Keys of the objects: how they begin; an asterisk stands for one component, as the first
	 * one does for the endpoint; with a slash at its end, keys below it. Copied. */
	const char *keys;
};

/*
 * An action on Proxmox VE that a stage may plan with sb_act(), and carries out in apply. Other ones
 * are refused, also in the plan file of a stranger. The table ends with kind == NULL.
 */
struct sb_action {
	const char *kind; /* of the objects: "vm" */
	const char *verb; /* its name in plan and record: 1 to 31 characters of a-z, 0-9 and - */
	const char *keys; /* of the objects, as in struct sb_write. Copied. */
};

/*
 * A privilege of Proxmox VE that the requests of a stage need: `stagebox doctor` compares it with
 * the privileges of the token. The table ends with path == NULL.
 */
struct sb_need {
	const char *path;      /* in the access control list: "/vms"; must propagate */
	const char *privilege; /* "VM.Audit"; any of several: "VM.A|VM.B" */
	int from, to;          /* major versions of the server; 0 = no bound */
	const char *option;    /* only if this bool option of the module is true; NULL = always */
	const char *use;       /* the missing data without it: "addresses from guest agents" */
	bool is_limit; /* the stage succeeds without it, but reads less: sb_rows_limited() */
};

struct sb_stage {
	size_t size;                 /* sizeof, when the module was built */
	const char *name;            /* "sdn.zones": module name, dot, resource */
	const char *const *after;    /* predecessors; "?x.y" = only if present; NULL = none */
	const struct sb_read *reads; /* NULL = none */
	size_t read_size;            /* of a row of reads */
	unsigned flags;              /* 0 today */

	/* A function that is called in another callback than its comment says returns SB_E_STATE,
	 * or nothing, and fails the stage. */

	/**
	 * Send requests with sb_pve_ask(), then put rows from the answers. May read the rows of the
	 * stages in after. NULL: another stage puts this stage's rows.
	 */
	int (*fetch)(struct sb_stage_run *stage, void *arg, struct sb_error *err);

	/** A pure function of rows and options, which calls sb_reconcile() and sb_shared(). It may
	 * run more than once. */
	int (*diff)(struct sb_stage_run *stage, void *arg, struct sb_error *err);

	/**
	 * Begin to carry out one action of this stage, or go on with it after a crash; see
	 * stagebox/write.h. Core executes the ops for NetBox. NULL = the stage has no actions.
	 *
	 * @writer  borrowed, valid until the action has ended
	 *
	 * Returns 0 when a step was begun or sb_op_done() called; a negative value fails the
	 * action.
	 */
	int (*apply)(struct sb_stage_run *stage, struct sb_op_run *op,
		     const struct sb_pve_writer *writer, void *arg, struct sb_error *err);

	/**
	 * Called before an object of this stage is pruned: ask the source whether key still exists
	 * and answer with sb_gone(). NULL: absence from a complete collection is sufficient.
	 */
	int (*prove_gone)(struct sb_stage_run *stage, const char *key, void *arg,
			  struct sb_error *err);

	const struct sb_need *needs;     /* NULL = none */
	size_t need_size;                /* of a row of needs */
	const struct sb_write *writes;   /* NULL = it only demands shared objects */
	size_t write_size;               /* of a row of writes */
	void *arg;                       /* for the callbacks of this stage; may be NULL */
	const struct sb_action *actions; /* NULL = none */
	size_t action_size;              /* of a row of actions */
};

struct sb_module {
	uint32_t magic; /* the position of these four members never changes */
	uint16_t abi_major, abi_minor;
	size_t size;
	const char *name, *version, *summary;
	const struct sb_opt *options; /* NULL = none */
	size_t option_size;           /* of a row of options */
	/** Register kinds and stages. *ret_state (NULL before) is what stop() releases: the place
	 * for what the callbacks share, to which the arg of a stage points. */
	int (*start)(struct sb_ctx *ctx, void **ret_state, struct sb_error *err);
	void (*stop)(void *state); /* called after a start() that succeeded; may be NULL */
};

typedef const struct sb_module *sb_module_entry_fn(void);

/** Register one stage; call it from start(). The struct, its tables, its name and the names in
 * after are copied; what its tables point to must stay valid until stop(). */
SB_API int sb_stage_add(struct sb_ctx *ctx, const struct sb_stage *stage, struct sb_error *err);

/*
 * Define the entry function: SB_MODULE(sdn, .version = "0.1", .summary = "...", .start = start_sdn)
 * With SB_MODULE_STATIC, which the project's tests use, each entry function has its own name.
 */
#ifdef SB_MODULE_STATIC
#define SB_MODULE_ENTRY(id) sb_module_##id
#else
#define SB_MODULE_ENTRY(id) sb_module_entry
#endif

#define SB_MODULE(id, ...)                                                                         \
	SB_MODULE_API const struct sb_module *SB_MODULE_ENTRY(id)(void);                           \
	const struct sb_module *SB_MODULE_ENTRY(id)(void)                                          \
	{                                                                                          \
		static const struct sb_module module_ = {.magic = SB_MODULE_MAGIC,                 \
							 .abi_major = SB_ABI_MAJOR,                \
							 .abi_minor = SB_ABI_MINOR,                \
							 .size = sizeof(struct sb_module),         \
							 .name = #id,                              \
							 __VA_ARGS__};                             \
		return &module_;                                                                   \
	}

/* ABI changelog */
/* 2.0  Stages declare what they write, and in which scope they read NetBox; each table has the
 * size of its rows; callbacks get a handle of their stage (struct sb_stage_run) and the argument
 * they were registered with; start() and stop() share a state; sb_field_add(); secret options and
 * options with a check; sb_ask(); sb_nb_changes(); sb_guest_stages_add() in place of a macro;
 * actions on Proxmox VE (sb_act(), struct sb_pve_writer), for which apply() has another shape;
 * traits in struct sb_kind and struct sb_kind_field for all that core knew by name; views
 * (sb_view_add()). */
/* 1.2  Former names of objects, reported addresses, choices of references, silent agents. */
/* 1.1  sb_stage.needs */
/* 1.0  First release. */

#ifdef __cplusplus
}
#endif
