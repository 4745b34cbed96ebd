/* SPDX-License-Identifier: Apache-2.0 */
/* A module whose structs and rows are larger than those of core, as if its headers had more
 * members. */
#include "stagebox/kind.h"

/* Members that core does not know follow each row; they must not be taken for the next one. */
#define MORE      char more[24]
#define MORE_TEXT .more = "not a row"

static const char *const natural[] = {"name", NULL};

static const struct {
	struct sb_opt row;
	MORE;
} options[] = {
	{{.name = "first", .type = SB_OPT_STR, .dflt = "a", .help = "one"}, MORE_TEXT},
	{{.name = "second", .type = SB_OPT_STR, .dflt = "b", .help = "two"}, MORE_TEXT},
	{.row = {0}},
};

static const struct {
	struct sb_read row;
	MORE;
} reads[] = {{{.kind = "vm"}, MORE_TEXT}, {{.kind = "wide"}, MORE_TEXT}, {.row = {0}}};

static const struct {
	struct sb_need row;
	MORE;
} needs[] = {
	{{.path = "/vms", .privilege = "VM.Audit", .use = "guests"}, MORE_TEXT},
	{{.path = "/", .privilege = "Sys.Audit", .use = "nodes"}, MORE_TEXT},
	{.row = {0}},
};

static const struct {
	struct sb_kind_field row;
	MORE;
} fields[] = {
	{{.name = "name", .type = SB_FIELD_NAME}, MORE_TEXT},
	{{.name = "text", .type = SB_FIELD_TEXT, .max_chars = 7}, MORE_TEXT},
	{.row = {0}},
};

static const struct {
	struct sb_kind_keep row;
	MORE;
} keeps[] = {
	{{.field = "text", .member = "name", .value = "x", .why = "a reason"}, MORE_TEXT},
	{.row = {0}},
};

static const struct {
	struct sb_adopt_rule row;
	MORE;
} rules[] = {{{.name = "a", .words = "a word", .filter = "a", .checks = {{"text", 0}}}, MORE_TEXT},
	     {{.name = "b", .words = "b word", .filter = "b", .checks = {{"text", 0}}}, MORE_TEXT},
	     {.row = {0}}};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	const struct {
		struct sb_kind kind;
		MORE;
	} kind = {{.size = sizeof(kind),
		   .name = "wide",
		   .path = "x/wides",
		   .object_type = "x.wide",
		   .natural = natural,
		   .flags = SB_KIND_OWNED,
		   .fields = &fields[0].row,
		   .field_size = sizeof(fields[0]),
		   .keeps = &keeps[0].row,
		   .keep_size = sizeof(keeps[0]),
		   .adopt_rules = &rules[0].row,
		   .adopt_rule_size = sizeof(rules[0])},
		  MORE_TEXT};
	const struct {
		struct sb_stage stage;
		MORE;
	} stage = {{.size = sizeof(stage),
		    .name = "wide_rows.first",
		    .reads = &reads[0].row,
		    .read_size = sizeof(reads[0]),
		    .needs = &needs[0].row,
		    .need_size = sizeof(needs[0])},
		   MORE_TEXT};
	int rc = sb_kind_add(ctx, &kind.kind, err);

	(void)ret_state;
	return rc < 0 ? rc : sb_stage_add(ctx, &stage.stage, err);
}

SB_MODULE(wide_rows, .version = "1", .summary = "rows of another size", .options = &options[0].row,
	  .option_size = sizeof(options[0]), .start = start_module)
