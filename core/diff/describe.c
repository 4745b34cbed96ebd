/* SPDX-License-Identifier: Apache-2.0 */
/* How messages name an object in NetBox. */
#include "diff/describe.h"

#include <stdio.h>
#include <string.h>

#include "netbox/home.h"
#include "stagebox/json.h"

void sb_describe_row(const struct sb_kind *kind, const json_t *row, char ret_text[160])
{
	const char *name = sb_kind_title(kind, row);

	snprintf(ret_text, 160, "%s %" JSON_INTEGER_FORMAT " \"%.100s\"", kind->name,
		 json_integer_value(json_object_get(row, "id")), name ? name : "");
}

void sb_describe_url(const struct sb_run *run, const struct sb_kind *kind, const json_t *row,
		     char *ret_url, size_t room)
{
	const char *base = sb_json_str(json_object_get(run->conf, "netbox"), "url");
	const char *path = run->netbox ? sb_netbox_path(run->netbox, kind->path) : kind->path;
	size_t len = base ? strlen(base) : 0;

	while (len && base[len - 1] == '/')
		len--;
	snprintf(ret_url, room, "%.*s/%s/%" JSON_INTEGER_FORMAT "/", (int)(len < 200 ? len : 200),
		 base ? base : "", path, json_integer_value(json_object_get(row, "id")));
}
