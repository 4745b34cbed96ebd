/* SPDX-License-Identifier: Apache-2.0 */
/* The writer for people: aligned tables; documents are printed by their own functions. */
#include "out.h"

#include <string.h>
#include <time.h>

#include "base/buf.h"

#define MAX_CELL_BYTES 4096

enum { MAX_COLUMNS = 16, MAX_WIDTH = 80 };

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
size_t out_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static size_t column_width(const struct out_column *column, const json_t *rows)
{
	size_t widest = out_width(column->title), i;
	const json_t *row;

	json_array_foreach (rows, i, row) {
		sb_autobuf text = SB_BUF_INIT(MAX_CELL_BYTES);

		format_cell(column, row, &text);
		if (out_width(sb_buf_str(&text)) > widest)
			widest = out_width(sb_buf_str(&text));
	}
	return widest;
}

static bool column_has_values(const struct out_column *column, const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		sb_autobuf text = SB_BUF_INIT(MAX_CELL_BYTES);

		format_cell(column, row, &text);
		if (text.len && !sb_streq(sb_buf_str(&text), "0"))
			return true;
	}
	return false;
}

/* The columns of a table as they are printed. */
struct layout {
	struct out_column columns[MAX_COLUMNS];
	size_t widths[MAX_COLUMNS], n;
	int gap;
};

static size_t table_width(const struct layout *layout)
{
	size_t sum = (layout->n ? layout->n - 1 : 0) * (size_t)layout->gap, i;

	for (i = 0; i < layout->n; i++)
		sum += layout->widths[i];
	return sum;
}

static void choose_layout(const struct out_column *columns, const json_t *rows,
			  struct layout *ret_layout)
{
	struct layout *layout = ret_layout;
	size_t i;

	*layout = (struct layout){.gap = 2};
	for (; columns->title && layout->n < MAX_COLUMNS; columns++) {
		if (columns->is_optional && !column_has_values(columns, rows))
			continue;
		layout->columns[layout->n] = *columns;
		layout->widths[layout->n++] = column_width(columns, rows);
	}
	if (table_width(layout) <= MAX_WIDTH)
		return;
	layout->gap = 1;
	for (i = 0; i < layout->n && table_width(layout) > MAX_WIDTH; i++) {
		struct out_column *column = &layout->columns[i];

		if (column->brief)
			column->title = column->brief;
		layout->widths[i] = column_width(column, rows);
	}
}

static void print_cell(struct out *out, const struct layout *layout, size_t i, const char *text,
		       enum out_color color)
{
	size_t pad = layout->widths[i] - out_width(text);
	bool is_last = i + 1 == layout->n, is_number = layout->columns[i].is_number;

	if (is_number)
		out_text(out, "%*s", (int)pad, "");
	if (color == OUT_PLAIN)
		out_safe(out, text);
	else
		out_colored(out, color, "%s", text);
	if (!is_number && !is_last)
		out_text(out, "%*s", (int)pad, "");
	out_text(out, "%*s", is_last ? 0 : layout->gap, "");
	if (is_last)
		out_text(out, "\n");
}

static void print_table(struct out *out, const struct out_column *columns, const json_t *rows)
{
	struct layout layout;
	const json_t *row;
	size_t i, j;

	choose_layout(columns, rows, &layout);
	for (j = 0; j < layout.n; j++)
		print_cell(out, &layout, j, layout.columns[j].title, OUT_BOLD);
	json_array_foreach (rows, i, row) {
		for (j = 0; j < layout.n; j++) {
			sb_autobuf text = SB_BUF_INIT(MAX_CELL_BYTES);
			enum out_color color = OUT_PLAIN;

			format_cell(&layout.columns[j], row, &text);
			if (sb_streq(layout.columns[j].member, "status"))
				color = out_status_color(sb_buf_str(&text));
			print_cell(out, &layout, j, sb_buf_str(&text), color);
		}
	}
}

static void print_document(struct out *out, const json_t *doc, out_text_fn *as_text)
{
	as_text(out, doc);
}

const struct out_ops out_people = {.table = print_table, .document = print_document};
