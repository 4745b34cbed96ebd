/* SPDX-License-Identifier: Apache-2.0 */
/* Manual pages: a text of docs/man in which the program replaces placeholders by its tables. */
#pragma once

#include "out.h"

/** Write the text for a placeholder line "@NAME@" of the page. Returns 0, or a negative code. */
typedef int mdoc_part_fn(struct out *out, const char *name, void *arg, struct sb_error *err);

/** Write a page of docs/man, such as "stagebox.1". Returns 0, SB_E_STATE when the program does not
 * contain the page, or the error of part. */
int mdoc_page(struct out *out, const char *page, mdoc_part_fn *part, void *arg,
	      struct sb_error *err);

/** Write a line with one macro and its words, escaped: .It Fl -dir Ar DIR */
void mdoc_line(struct out *out, const char *fmt, ...) SB_PRINTF(2, 3);

/** Write running text: escaped, one sentence per line, short lines; "\n" begins a paragraph. */
void mdoc_text(struct out *out, const char *text);

/** Write a help text as a sentence: with a capital letter and a full stop. */
void mdoc_sentence(struct out *out, const char *text);
