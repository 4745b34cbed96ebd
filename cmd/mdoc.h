/* SPDX-License-Identifier: Apache-2.0 */
/* Manual pages: a text of docs/man with what the program's tables say in the places marked. */
#pragma once

#include "out.h"

/** Writes the part "NAME" for a line "@NAME@" of the page. Returns 0, or a negative code. */
typedef int mdoc_part_fn(struct out *out, const char *name, void *arg, struct sb_error *err);

/** Write the page of docs/man, "stagebox.1". Returns 0, or what a part returned. */
int mdoc_page(struct out *out, const char *page, mdoc_part_fn *part, void *arg,
	      struct sb_error *err);

/** A line of its own with one macro and its words, escaped: .It Fl -dir Ar DIR */
void mdoc_line(struct out *out, const char *fmt, ...) SB_PRINTF(2, 3);

/** Running text: escaped, one sentence a line, short lines; "\n" is a new paragraph. */
void mdoc_text(struct out *out, const char *text);

/** The same for a help text: begins with a capital, ends with a full stop. */
void mdoc_sentence(struct out *out, const char *text);
