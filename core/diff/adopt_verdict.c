/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict about the adoption of one object. */
#include "diff/adopt_verdict.h"

#include <stdio.h>

#include "base/buf.h"
#include "diff/describe.h"
#include "stagebox/json.h"

void sb_adopt_finish(struct sb_adopt *adopt)
{
	json_decref(adopt->row);
	json_decref(adopt->others);
}

void sb_adopt_accept(struct sb_adopt *adopt, const struct sb_kind *kind, const json_t *row,
		     const char *words, bool is_by_tool)
{
	sb_autobuf by = SB_BUF_INIT(512);
	char text[160];

	sb_describe_row(kind, row, text);
	sb_buf_addf(&by, "adopted by %s: it was %s", words, text);
	adopt->state = SB_ADOPT_FOUND;
	adopt->row = json_copy((json_t *)(uintptr_t)row);
	json_object_set_new(adopt->row, "by", sb_json_text(sb_buf_str(&by), 500));
	if (is_by_tool)
		json_object_set_new(adopt->row, "by_tool", json_true());
}

const char *sb_adopt_adopter(const struct sb_pass *pass, const json_t *row)
{
	char index[96];

	snprintf(index, sizeof(index), "#%s#%" JSON_INTEGER_FORMAT, pass->kind->name,
		 json_integer_value(json_object_get(row, "id")));
	return sb_table_get(pass->run->diff->adopted, index);
}
