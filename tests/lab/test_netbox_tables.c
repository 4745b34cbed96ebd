/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of fields and choices are the recorded ones, so that a change of their source shows
 * what it changes. UPDATE_TABLES=1 records them anew. */
#include "netbox/model.h"

#include "base/buf.h"

#include "stagebox/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define RECORD TABLES_DATA "/netbox-tables.txt"

static const char *const kinds[] = {
	"str",   "slug",   "color",     "int",    "dec",    "bool",     "choice", "fk",   "pks",
	"gtype", "gid",    "types",     "json",   "prefix", "address",  "mac",    "date", "time",
	"tags",  "custom", "mac-input", "object", "count",  "computed", "const",
};
static const char *const flags[] = {
	"required", "null", "blank",        "unique",       "reset", "hidden",
	"by-id",    "big",  "float-bounds", "exact-bounds", "bare",  "write-only",
};
static const char *const on_delete[] = {"nothing", "protect", "restrict", "cascade", "set-null"};

static void add_texts(struct sb_buf *out, const struct nb_field *field)
{
	if (field->target)
		sb_buf_addf(out, " target=%s", field->target);
	if (field->initial && !sb_streq(field->initial, "null"))
		sb_buf_addf(out, " initial=%s", field->initial);
	if (field->nested)
		sb_buf_addf(out, " nested={%s}", field->nested);
	if (field->on_delete)
		sb_buf_addf(out, " on-delete=%s", on_delete[field->on_delete]);
}

static void add_numbers(struct sb_buf *out, const struct nb_field *field)
{
	if (field->has_min)
		sb_buf_addf(out, " min=%.15g", field->min);
	if (field->has_max)
		sb_buf_addf(out, " max=%.15g", field->max);
	if (field->max_length)
		sb_buf_addf(out, " max-length=%d", field->max_length);
	if (field->digits)
		sb_buf_addf(out, " digits=%d places=%d", field->digits, field->places);
	if (field->features)
		sb_buf_addf(out, " features=%u", field->features);
}

static void add_field(struct sb_buf *out, const struct nb_field *field)
{
	const struct nb_choice *choice = field->choices;
	size_t i;

	sb_buf_addf(out, "  %s %s", field->name, kinds[field->kind]);
	for (i = 0; i < SB_ARRAY_LEN(flags); i++)
		if (field->flags & 1u << i)
			sb_buf_addf(out, " %s", flags[i]);
	add_texts(out, field);
	add_numbers(out, field);
	sb_buf_add(out, "\n");
	for (; choice && choice->value; choice++)
		sb_buf_addf(out, "    %s: %s%s\n", choice->value, choice->label,
			    choice->features ? " (4.7)" : "");
}

static char *all_tables(void)
{
	sb_autobuf out = SB_BUF_INIT(1 << 20);
	const struct nb_model *model;
	const struct nb_field *field;

	for (model = nb_models; model->type; model++) {
		sb_buf_addf(&out, "%s\n", model->type);
		for (field = model->fields; field->name; field++)
			add_field(&out, field);
	}
	return sb_buf_take(&out);
}

static void write_record(const char *text)
{
	FILE *file = fopen(RECORD, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static char *read_record(void)
{
	sb_autobuf text = SB_BUF_INIT(1 << 20);
	FILE *file = fopen(RECORD, "r");
	char block[4096];
	size_t n;

	if (!file)
		return NULL;
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		sb_buf_add_mem(&text, block, n);
	fclose(file);
	return sb_buf_take(&text);
}

static void the_tables_are_the_recorded_ones(void **state)
{
	sb_autofree char *have = all_tables(), *want = NULL;
	const char *a, *b;
	int line = 1;

	(void)state;
	if (getenv("UPDATE_TABLES"))
		write_record(have);
	want = read_record();
	assert_non_null(want);
	for (a = have, b = want; *a && *a == *b; a++, b++)
		line += *a == '\n';
	if (*a || *b)
		fail_msg("%s:%d: the tables differ from here; UPDATE_TABLES=1 records them anew",
			 RECORD, line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_tables_are_the_recorded_ones)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
