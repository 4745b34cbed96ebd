/* SPDX-License-Identifier: Apache-2.0 */
/* The writer for people: aligned tables; documents are printed by their own functions. */
#include "out.h"

#include <string.h>
#include <time.h>

#include "base/buf.h"

#define MAX_CELL_BYTES 4096

static void format_cell(const struct out_column *column, const json_t *row, struct sb_buf *ret_text)
{
	const json_t *value = json_object_get(row, column->member);
	const json_t *item;
	struct tm when;
	char text[32];
	time_t seconds;
	size_t i;

	if (!value || json_is_null(value))
		return;
	if (column->is_time) {
		seconds = (time_t)json_integer_value(value);
		if (seconds && gmtime_r(&seconds, &when) &&
		    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%SZ", &when))
			sb_buf_add(ret_text, text);
		return;
	}
	if (json_is_string(value))
		sb_buf_add(ret_text, json_string_value(value));
	else if (json_is_real(value))
		sb_buf_addf(ret_text, "%.1f", json_real_value(value));
	else if (json_is_array(value))
		json_array_foreach (value, i, item)
			sb_buf_addf(ret_text, "%s%s", i ? ", " : "",
				    json_is_string(item) ? json_string_value(item) : "?");
	else
		sb_buf_add_json(ret_text, value);
}

/* Count characters instead of bytes, so that columns with UTF-8 names are aligned. */
static size_t text_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static size_t column_width(const struct out_column *column, const json_t *rows)
{
	size_t widest = text_width(column->title), i;
	const json_t *row;

	json_array_foreach (rows, i, row) {
		sb_autobuf text = SB_BUF_INIT(MAX_CELL_BYTES);

		format_cell(column, row, &text);
		if (text_width(sb_buf_str(&text)) > widest)
			widest = text_width(sb_buf_str(&text));
	}
	return widest;
}

static void print_cell(struct out *out, const struct out_column *column, const char *text,
		       size_t width, enum out_color color, bool is_last)
{
	size_t pad = width - text_width(text);

	if (column->is_number)
		out_text(out, "%*s", (int)pad, "");
	if (color == OUT_PLAIN)
		out_safe(out, text);
	else
		out_colored(out, color, "%s", text);
	if (!column->is_number && !is_last)
		out_text(out, "%*s", (int)pad, "");
	out_text(out, is_last ? "\n" : "  ");
}

static void print_table(struct out *out, const struct out_column *columns, const json_t *rows)
{
	size_t widths[16], n = 0, i, j;
	const json_t *row;

	for (; columns[n].title && n < SB_ARRAY_LEN(widths); n++)
		widths[n] = column_width(&columns[n], rows);
	for (j = 0; j < n; j++)
		print_cell(out, &columns[j], columns[j].title, widths[j], OUT_BOLD, j + 1 == n);
	json_array_foreach (rows, i, row) {
		for (j = 0; j < n; j++) {
			sb_autobuf text = SB_BUF_INIT(MAX_CELL_BYTES);
			enum out_color color = OUT_PLAIN;

			format_cell(&columns[j], row, &text);
			if (sb_streq(columns[j].member, "status"))
				color = out_status_color(sb_buf_str(&text));
			print_cell(out, &columns[j], sb_buf_str(&text), widths[j], color,
				   j + 1 == n);
		}
	}
}

static void print_document(struct out *out, const json_t *doc, out_text_fn *as_text)
{
	as_text(out, doc);
}

const struct out_ops out_people = {.table = print_table, .document = print_document};
