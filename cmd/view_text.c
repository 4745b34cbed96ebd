/* SPDX-License-Identifier: Apache-2.0 */
#include "view_text.h"

#include <stdio.h>
#include <string.h>

#include "model/view_document.h"
#include "stagebox/json.h"

enum { MEMBER_ROOM = 24 };

/* People read "-" for null, and yes or no. */
static json_t *text_of_cell(const json_t *cell)
{
	if (!cell || json_is_null(cell))
		return json_string("-");
	if (json_is_boolean(cell))
		return json_string(json_is_true(cell) ? "yes" : "no");
	return json_incref((json_t *)(uintptr_t)cell);
}

/* The rows as objects, whose members are the numbers of the columns. */
static json_t *name_cells(const json_t *rows)
{
	json_t *named = json_array();
	const json_t *row, *cell;
	size_t i, j;

	json_array_foreach (rows, i, row) {
		json_t *object = json_object();

		json_array_foreach (row, j, cell) {
			char member[MEMBER_ROOM];

			snprintf(member, sizeof(member), "%zu", j);
			json_object_set_new(object, member, text_of_cell(cell));
		}
		json_array_append_new(named, object);
	}
	return named;
}

static bool is_number(const json_t *rows, size_t column)
{
	bool any = false;
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		const json_t *cell = json_array_get(row, column);

		if (!json_is_number(cell) && !json_is_null(cell))
			return false;
		any = any || json_is_number(cell);
	}
	return any;
}

static void print_columns(struct out *out, const json_t *titles, const json_t *rows)
{
	struct out_column columns[SB_VIEW_MAX_COLUMNS + 1] = {0};
	char members[SB_VIEW_MAX_COLUMNS][MEMBER_ROOM];
	sb_autojson *named = name_cells(rows);
	const json_t *title;
	size_t i;

	json_array_foreach (titles, i, title) {
		if (i == SB_VIEW_MAX_COLUMNS)
			break;
		snprintf(members[i], sizeof(members[i]), "%zu", i);
		columns[i] = (struct out_column){.title = json_string_value(title),
						 .member = members[i],
						 .is_number = is_number(rows, i)};
	}
	out_table(out, columns, named);
}

/* As wide as out_value() writes it. */
static size_t width_of(const json_t *cell)
{
	sb_autofree char *text =
		json_is_string(cell) ? NULL : json_dumps(cell, JSON_COMPACT | JSON_ENCODE_ANY);

	return out_width(text ? text : json_is_string(cell) ? json_string_value(cell) : "");
}

/* Names and values, one for each line. */
static void print_pairs(struct out *out, const json_t *rows)
{
	const json_t *row;
	size_t i, width = 0;

	json_array_foreach (rows, i, row)
		if (width_of(json_array_get(row, 0)) > width)
			width = width_of(json_array_get(row, 0));
	json_array_foreach (rows, i, row) {
		sb_autojson *value = text_of_cell(json_array_get(row, 1));

		out_text(out, "  ");
		out_value(out, json_array_get(row, 0));
		out_text(out, "%*s  ", (int)(width - width_of(json_array_get(row, 0))), "");
		out_value(out, value);
		out_text(out, "\n");
	}
}

static void print_table(struct out *out, const json_t *table)
{
	const json_t *columns = json_object_get(table, "columns");
	const json_t *rows = json_object_get(table, "rows");
	bool is_empty = !json_array_size(rows);

	out_text(out, "\n");
	out_colored(out, OUT_BOLD, "%s", sb_json_str(table, "title"));
	out_text(out, is_empty ? ": none\n" : "\n");
	if (is_empty)
		return;
	if (columns)
		print_columns(out, columns, rows);
	else
		print_pairs(out, rows);
}

void view_text(struct out *out, const json_t *doc)
{
	const json_t *endpoint, *note, *table;
	size_t i, j;

	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint) {
		if (i)
			out_text(out, "\n");
		out_colored(out, OUT_BOLD, "%s", sb_json_str(endpoint, "slug"));
		out_text(out, "\n");
		json_array_foreach (json_object_get(endpoint, "notes"), j, note) {
			out_colored(out, OUT_YELLOW, "%s", json_string_value(note));
			out_text(out, "\n");
		}
		json_array_foreach (json_object_get(endpoint, "tables"), j, table)
			print_table(out, table);
	}
}
