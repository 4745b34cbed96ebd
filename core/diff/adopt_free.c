/* SPDX-License-Identifier: Apache-2.0 */
/* Which candidates belong to nobody else, so that they may be adopted. */
#include <stdio.h>
#include <string.h>

#include "diff/adopt.h"
#include "diff/want.h"
#include "stagebox/json.h"

/* Reserving an address in NetBox and then using it is the ordinary way of work. */
static bool is_plain_status(const char *status)
{
	return !status || sb_streq(status, "active") || sb_streq(status, "reserved") ||
	       sb_streq(status, "dhcp");
}

/* An agent reports any address. Only one that people keep for nothing else is taken for it. */
static bool is_plain_address(const json_t *row, char *ret_why, size_t room)
{
	const char *status = sb_json_str(row, "status"), *role = sb_json_str(row, "role");

	if (!sb_value_empty(json_object_get(row, "vrf")))
		snprintf(ret_why, room, "it is in a VRF");
	else if (role)
		snprintf(ret_why, room, "it has the role %.40s", role);
	else if (!is_plain_status(status))
		snprintf(ret_why, room, "its status is %.40s", status);
	else
		return true;
	return false;
}

bool sb_adopt_is_free(const struct sb_pass *pass, const struct sb_want *want, const json_t *row,
		      char *ret_why, size_t room)
{
	const char *parent = pass->kind->parent_field, *key = sb_json_str(row, "stagebox_key");
	const json_t *now = parent ? json_object_get(row, parent) : NULL;
	const char *holder = sb_json_str(row, "holder");

	if (key) {
		snprintf(ret_why, room, "it belongs to %.200s", key);
		return false;
	}
	if (!parent)
		return true;
	if (!sb_value_empty(now)) {
		if (json_equal(now, json_object_get(want->fields, parent)))
			return true;
		snprintf(ret_why, room, "it is assigned to %.200s",
			 holder ? holder : "another object");
		return false;
	}
	return !sb_kind_field(pass->kind, "vrf") || is_plain_address(row, ret_why, room);
}
