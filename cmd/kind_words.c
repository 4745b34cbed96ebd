/* SPDX-License-Identifier: Apache-2.0 */
/* Words for readers, by the names of kinds and fields in core/model/kinds.c. */
#include "kind_words.h"

static const struct word {
	const char *kind, *one, *many;
} words[] = {
	{"cluster", "cluster", "clusters"},
	{"cluster-type", "cluster type", "cluster types"},
	{"custom-field", "custom field", "custom fields"},
	{"device", "node", "nodes"},
	{"device-role", "device role", "device roles"},
	{"device-type", "device type", "device types"},
	{"interface", "node interface", "node interfaces"},
	{"ip", "address", "addresses"},
	{"mac", "MAC address", "MAC addresses"},
	{"mac-address", "MAC address", "MAC addresses"},
	{"manufacturer", "manufacturer", "manufacturers"},
	{"platform", "platform", "platforms"},
	{"site", "site", "sites"},
	{"tag", "tag", "tags"},
	{"virtual-disk", "disk", "disks"},
	{"vlan", "VLAN", "VLANs"},
	{"vlan-group", "VLAN group", "VLAN groups"},
	{"vm", "guest", "guests"},
	{"vm-interface", "guest interface", "guest interfaces"},
	{"vm-role", "guest role", "guest roles"},
	{"vm-type", "guest type", "guest types"},
};

static const struct unit {
	const char *kind, *field, *unit;
} units[] = {
	{"vm", "memory", "MiB"},
	{"vm", "disk", "MiB"},
	{"virtual-disk", "size", "MiB"},
	{"interface", "speed", "kbit/s"},
};

const char *kind_word(const char *kind, long long n)
{
	size_t i;

	for (i = 0; kind && i < SB_ARRAY_LEN(words); i++) {
		if (sb_streq(words[i].kind, kind))
			return n == 1 ? words[i].one : words[i].many;
	}
	return kind ? kind : "object";
}

const char *field_unit(const char *kind, const char *field)
{
	size_t i;

	for (i = 0; kind && i < SB_ARRAY_LEN(units); i++) {
		if (sb_streq(units[i].kind, kind) && sb_streq(units[i].field, field))
			return units[i].unit;
	}
	return NULL;
}
