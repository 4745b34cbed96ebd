/* SPDX-License-Identifier: Apache-2.0 */
/* What a module is: one entry function, a descriptor, options, stages. ABI 1.1. */
#pragma once

#include "stagebox/error.h"
#include "stagebox/types.h"

#define SB_ABI_MAJOR    1
#define SB_ABI_MINOR    1
#define SB_MODULE_MAGIC 0x53424d31u

struct sb_ctx; /* one loaded module instance */
struct sb_run; /* one job; valid while a callback runs */

enum sb_opt_type {
	SB_OPT_STR,
	SB_OPT_BOOL,
	SB_OPT_INT,
	SB_OPT_SECS, /* "90", "5m", "24h", "7d" */
	SB_OPT_LIST, /* list of strings */
};

/* One option of a module; the table ends with name == NULL. */
struct sb_opt {
	const char *name;
	enum sb_opt_type type;
	const char *dflt; /* text, parsed like the file; NULL = required */
	int64_t min, max; /* INT and SECS; both 0 = unbounded */
	const char *help; /* one line */
};

/* What a stage reads from NetBox; the table ends with kind == NULL. */
struct sb_read {
	const char *kind;
	const char *const *fields; /* ends with NULL; NULL = only identity */
};

/*
 * A privilege of Proxmox VE that a stage needs for what it asks: `stagebox doctor` compares it with
 * what the token has. The table ends with path == NULL.
 */
struct sb_need {
	const char *path;      /* of the access control list: "/vms"; must reach below it */
	const char *privilege; /* "VM.Audit"; any of several: "VM.A|VM.B" */
	int from, to;          /* major versions of the server; 0 = no bound */
	const char *option; /* only while this bool option of the module is true; NULL = always */
	const char *use;    /* what is not seen without it: "addresses from guest agents" */
	bool is_limit;      /* the stage is whole without it and sees less; see sb_rows_limited() */
};

struct sb_stage {
	size_t size;              /* sizeof, as the module saw it */
	const char *name;         /* "sdn.zones": module name, dot, resource */
	const char *const *after; /* predecessors; "?x.y" = order only when present; NULL = none */
	const struct sb_read *reads; /* NULL = none */
	unsigned flags;              /* 0 today */

	/**
	 * Ask the source: sb_pve_ask(), then put rows. May read the rows of the stages in after.
	 * NULL: another stage puts this one's rows.
	 */
	int (*fetch)(struct sb_run *run, struct sb_error *err);

	/** Pure function of rows and options: sb_reconcile(), sb_shared(). May run more than once.
	 */
	int (*diff)(struct sb_run *run, struct sb_error *err);

	/** Writes to Proxmox VE only; NetBox ops are executed by core. NULL for most. */
	int (*apply)(struct sb_run *run, const json_t *op, struct sb_error *err);

	/**
	 * Called before an object of this stage may be pruned: ask the source whether key is really
	 * gone and answer with sb_gone(). NULL: absence from a complete collection is enough.
	 */
	int (*prove_gone)(struct sb_run *run, const char *key, struct sb_error *err);

	/* Since ABI 1.1. */
	const struct sb_need *needs; /* NULL = none */
};

struct sb_module {
	uint32_t magic; /* these four never move */
	uint16_t abi_major, abi_minor;
	size_t size;
	const char *name, *version, *summary;
	const struct sb_opt *options; /* NULL = none */
	/** Register kinds and stages. Options are readable. */
	int (*start)(struct sb_ctx *ctx, struct sb_error *err);
	void (*stop)(struct sb_ctx *ctx); /* may be NULL */
};

typedef const struct sb_module *sb_module_entry_fn(void);

/** Register one stage from start(). The struct is copied, what it points to must stay. */
SB_API int sb_stage_add(struct sb_ctx *ctx, const struct sb_stage *stage, struct sb_error *err);

/*
 * Defines the entry function. SB_MODULE(sdn, .version = "0.1", .summary = "...", .start = start)
 * Inside the project's tests SB_MODULE_STATIC gives each entry its own name.
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

/*
 * ABI changelog
 * 1.0  first release
 * 1.1  sb_stage.needs, struct sb_need, sb_kind.counted_field,
 *      sb_want_ref_named(), sb_want_refers()
 */
