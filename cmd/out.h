/* SPDX-License-Identifier: Apache-2.0 */
/* Results on stdout: one writer for people, one for programs, behind one table of functions. */
#pragma once

#include <stdio.h>

#include "stagebox/error.h"

enum out_color { OUT_PLAIN, OUT_BOLD, OUT_DIM, OUT_RED, OUT_GREEN, OUT_YELLOW, OUT_CYAN };

struct out;

struct out_column {
	const char *title;
	const char *member; /* of a row */
	bool is_number;     /* aligned right */
	bool is_time;       /* unix seconds */
	bool is_optional;   /* left out of a table in which it is 0 or empty everywhere */
	const char *brief;  /* title in a table that would be wider than 80 characters, or NULL */
};

typedef void out_text_fn(struct out *out, const json_t *document);

struct out_ops {
	/** Write an array of objects: as a table, or as JSON. */
	void (*table)(struct out *out, const struct out_column *columns, const json_t *rows);
	/** Write one document: by as_text for people, or as JSON. */
	void (*document)(struct out *out, const json_t *document, out_text_fn *as_text);
};

struct out {
	const struct out_ops *ops;
	FILE *file;
	bool is_text, has_color, is_quiet, is_verbose;
};

/** Choose the writer. Colours are used on a terminal only, and not with no_color or NO_COLOR. */
void out_init(struct out *out, bool json, bool quiet, bool no_color);

static inline void out_table(struct out *out, const struct out_column *columns, const json_t *rows)
{
	out->ops->table(out, columns, rows);
}

static inline void out_document(struct out *out, const json_t *document, out_text_fn *as_text)
{
	out->ops->document(out, document, as_text);
}

/* For functions that write text: */

/** As printf(); remote text is written by out_safe() instead. */
void out_text(struct out *out, const char *fmt, ...) SB_PRINTF(2, 3);
void out_colored(struct out *out, enum out_color color, const char *fmt, ...) SB_PRINTF(3, 4);

/** Write remote text: ends of lines and tabs are shown as "\\n" and "\\t"; other control
 * characters, and with them escape sequences, become '?'. */
void out_safe(struct out *out, const char *text);

/** How wide a text is on a terminal: its characters, and not its bytes. */
size_t out_width(const char *text);

/** Write one value on one line: strings as text, the rest as compact JSON. */
void out_value(struct out *out, const json_t *value);

/** The colour of a status word of a stage or run. */
enum out_color out_status_color(const char *status);

/** Flush stdout. Returns 0, or SB_E_STATE when any write failed. */
int out_finish(struct out *out, struct sb_error *err);

extern const struct out_ops out_json, out_people;
