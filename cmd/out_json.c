/* SPDX-License-Identifier: Apache-2.0 */
/* The writer for programs: the document as JSON with sorted keys. */
#include "out.h"

static void write_json(struct out *out, const json_t *document)
{
	json_dumpf(document, out->file,
		   JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	fputc('\n', out->file);
}

static void write_table(struct out *out, const struct out_column *columns, const json_t *rows)
{
	(void)columns;
	write_json(out, rows);
}

static void write_document(struct out *out, const json_t *doc, out_text_fn *as_text)
{
	(void)as_text;
	write_json(out, doc);
}

const struct out_ops out_json = {.table = write_table, .document = write_document};
