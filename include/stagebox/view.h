/* SPDX-License-Identifier: Apache-2.0 */
/* Views: commands of modules that show the live system. `stagebox NAME [WORD]` starts a job for
 * each endpoint, which sends GET requests only, takes no lease and leaves no run in the store. */
#pragma once

#include "stagebox/netbox.h"
#include "stagebox/source.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sb_view {
	size_t size; /* sizeof, when the module was built */
	/* The command: the name of the module, or "<module>-<what>", in a-z, 0-9, - and _ */
	const char *name;
	const char *args;            /* "GUEST", "[GUEST]": the word that follows; NULL = none */
	const char *summary;         /* one line for `stagebox help` */
	const char *about;           /* paragraphs for `stagebox help NAME`; NULL = none */
	const struct sb_read *reads; /* of NetBox, for show; NULL = none, NetBox is not asked */
	size_t read_size;            /* of a row of reads */
	const struct sb_need *needs; /* NULL = none */
	size_t need_size;            /* of a row of needs */

	/** Send requests with sb_pve_ask() or sb_ask(), then put rows from the answers, as a stage
	 * does. The rows of stages are not there: no stage runs in such a job. NULL = nothing is
	 * asked for. */
	int (*fetch)(struct sb_stage_run *stage, void *arg, struct sb_error *err);

	/**
	 * Make the document from the rows and from NetBox's rows of reads.
	 *
	 * What sb_rows_unknown() declared, and what could not be read of NetBox, core adds to the
	 * notes, and the command ends with 4. What sb_rows_limited() declared is a note alone.
	 *
	 * @document  an empty object, borrowed. Set its members:
	 *   "data"    an object, for programs; describe its members in the README of the module
	 *   "notes"   array of texts for people, one line each; may be absent
	 *   "tables"  array for people, may be absent: {"title": text, "columns": [text, at most
	 *             16], "rows": [[text, number, boolean or null, one for each column]]}. Without
	 *             "columns" each row is a name and a value, one row per line
	 *
	 * Returns 0; SB_E_NOTFOUND when the endpoint does not have what sb_view_word() names: the
	 * command fails if no endpoint has it; else a negative code with an error.
	 */
	int (*show)(struct sb_stage_run *stage, json_t *document, void *arg, struct sb_error *err);
	void *arg; /* for the callbacks of this view; may be NULL */
};

/** Register one view; call it from start(). The struct and its tables are copied; its texts must
 * stay valid until stop(). Returns 0, SB_E_CONFIG with what is wrong, or SB_E_NOMEM. */
SB_API int sb_view_add(struct sb_ctx *ctx, const struct sb_view *view, struct sb_error *err);

/** The word after the command; empty when there is none. Borrowed for the run. Only from the
 * callbacks of a view. */
SB_API const char *sb_view_word(const struct sb_stage_run *stage);

#ifdef __cplusplus
}
#endif
