/* SPDX-License-Identifier: Apache-2.0 */
/* The writer for programs: the document as it is, keys sorted. */
#include "out.h"

static void json_out(struct out *out, const json_t *document)
{
	json_dumpf(document, out->file,
		   JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	fputc('\n', out->file);
}

static void table(struct out *out, const struct out_column *columns, const json_t *rows)
{
	(void)columns;
	json_out(out, rows);
}

static void document(struct out *out, const json_t *doc, out_text_fn *as_text)
{
	(void)as_text;
	json_out(out, doc);
}

const struct out_ops out_json = {.table = table, .document = document};
