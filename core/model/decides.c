/* SPDX-License-Identifier: Apache-2.0 */
/* Which fields decide about the whole object, and which can be left out of it. */
#include <string.h>

#include "model/kinds.h"

/* Fields that NetBox needs to create an object, beside its natural key and its parent. */
static const struct {
	const char *kind, *field;
} needed[] = {
	{"device", "device_type"},
	{"device", "role"},
	{"cluster", "type"},
	{"interface", "type"},
	{"virtual-disk", "size"},
	{"vlan", "name"},
	{"custom-field", "type"},
	{"custom-field", "object_types"},
	{"custom-link", "object_types"},
	{"custom-link", "link_text"},
	{"custom-link", "link_url"},
	{"device-type", "manufacturer"},
};

/* Names of any kind's identity: a module's kind has them, too. */
static const char *const identities[] = {"name", "slug", "model", "address"};

bool sb_kind_field_decides(const struct sb_kind *kind, const char *field)
{
	size_t i;

	for (i = 0; kind->natural[i]; i++)
		if (sb_streq(kind->natural[i], field))
			return true;
	if (kind->parent_field && sb_streq(kind->parent_field, field))
		return true;
	for (i = 0; i < SB_ARRAY_LEN(identities); i++)
		if (sb_streq(identities[i], field))
			return true;
	for (i = 0; i < SB_ARRAY_LEN(needed); i++)
		if (sb_streq(needed[i].kind, kind->name) && sb_streq(needed[i].field, field))
			return true;
	return false;
}
