/* SPDX-License-Identifier: Apache-2.0 */
/* Adds more custom fields than one request names. */
#include <stdio.h>
#include <stdlib.h>

#include "stagebox/kind.h"

enum { FIELDS = 55, NAME = 32 };

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	static const char *const kinds[] = {"cluster", NULL};
	char *names = calloc(FIELDS, NAME);
	int i, rc = 0;

	*ret_state = names;
	if (!names)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	for (i = 0; !rc && i < FIELDS; i++) {
		struct sb_field field = {.size = sizeof(field),
					 .name = names + (size_t)i * NAME,
					 .label = names + (size_t)i * NAME,
					 .description = "",
					 .type = SB_FIELD_INT,
					 .kinds = kinds};

		snprintf(names + (size_t)i * NAME, NAME, "stagebox_many_fields_%d", i);
		rc = sb_field_add(ctx, &field, err);
	}
	if (rc < 0) {
		free(names);
		*ret_state = NULL;
	}
	return rc;
}

SB_MODULE(many_fields, .version = "1", .summary = "many custom fields", .start = start_module,
	  .stop = free)
