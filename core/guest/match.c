/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the NIC of a guest that a reported interface or address belongs to. */
#include "guest/guest_priv.h"

#include <string.h>

/* Above this number their order is not trusted: comparing each with each would take too long. */
#define MAX_INTERFACES 256

/* Read the MAC address of a reported interface; false = it has none. */
static bool read_mac(const json_t *interface, char ret_mac[18])
{
	const char *text = sb_json_str(interface, "hardware-address");

	if (!text)
		text = sb_json_str(interface, "hwaddr");
	return text && sb_guest_mac(text, ret_mac);
}

static bool has_mac(const json_t *nic, const char *mac)
{
	const char *text = sb_json_str(nic, "mac");

	return text && sb_streq(text, mac);
}

/* The name that a NIC of the config has inside the guest. */
static bool has_name(const json_t *nic, const char *name)
{
	const char *text = sb_json_str(nic, json_object_get(nic, "inside") ? "inside" : "name");

	return name && text && sb_streq(text, name);
}

/* The numbers of the NICs with a MAC address, in order. */
static unsigned find_nics(const json_t *nics, const char *mac, unsigned ret_list[SB_GUEST_MAX_NICS])
{
	unsigned index, n = 0;
	char id[8];

	for (index = 0; index < SB_GUEST_MAX_NICS; index++) {
		sb_guest_nic_id(index, id);
		if (has_mac(json_object_get(nics, id), mac))
			ret_list[n++] = index;
	}
	return n;
}

static unsigned find_by_name(const json_t *nics, const char *name, const char *mac)
{
	unsigned index;
	char id[8];

	for (index = 0; index < SB_GUEST_MAX_NICS; index++) {
		const json_t *nic; /* borrowed */

		sb_guest_nic_id(index, id);
		nic = json_object_get(nics, id);
		if (nic && has_name(nic, name) && (!mac || has_mac(nic, mac)))
			return index;
	}
	return SB_GUEST_MAX_NICS;
}

/* Is the interface made on top of another one, like "eth0.5", "eth0:1" or "eth0@if7"? */
static bool is_on_top(const char *name, const char *of)
{
	size_t len = of ? strlen(of) : 0;

	return len && name && strncmp(name, of, len) == 0 && strchr(".:@", name[len]) && name[len];
}

/* The position among the interfaces with this MAC address, not counting those on top of others;
 * *ret_n is their number. An interface on top has the position of the one below. */
static unsigned find_position(const json_t *interfaces, const char *mac, const json_t *wanted,
			      unsigned *ret_n)
{
	const char *name = sb_json_str(wanted, "name"), *other_name;
	const json_t *item, *other; /* borrowed */
	unsigned position = SB_GUEST_MAX_NICS;
	char text[18];
	size_t i, j;

	*ret_n = 0;
	if (json_array_size(interfaces) > MAX_INTERFACES)
		return position;
	json_array_foreach (interfaces, i, item) {
		bool is_top = false;

		if (!read_mac(item, text) || !sb_streq(text, mac))
			continue;
		other_name = sb_json_str(item, "name");
		json_array_foreach (interfaces, j, other)
			is_top = is_top || (read_mac(other, text) && sb_streq(text, mac) &&
					    is_on_top(other_name, sb_json_str(other, "name")));
		if (is_top)
			continue;
		if (item == wanted || is_on_top(name, other_name))
			position = *ret_n;
		++*ret_n;
	}
	return position;
}

unsigned sb_guest_match_nic(const struct sb_guest_family *family, const json_t *nics,
			    const json_t *interfaces, const json_t *interface)
{
	const char *name = sb_json_str(interface, "name");
	unsigned list[SB_GUEST_MAX_NICS], n = 0, n_reported, position, by_name;
	char mac[18];

	if (read_mac(interface, mac))
		n = find_nics(nics, mac, list);
	if (n == 1)
		return list[0];
	by_name =
		family->match_names ? find_by_name(nics, name, n ? mac : NULL) : SB_GUEST_MAX_NICS;
	if (!n || by_name < SB_GUEST_MAX_NICS)
		return by_name;
	/* Several NICs have this MAC address: guests number their interfaces in the order of the
	 * NICs, so the order decides if there is one for each of them. */
	position = find_position(interfaces, mac, interface, &n_reported);
	return n_reported == n && position < n ? list[position] : SB_GUEST_NIC_SHARED;
}

/* Is the address in the network of a configured one? */
static bool is_in_network(const struct sb_guest_ip *ip, const char *configured)
{
	struct sb_guest_ip own;

	return configured && sb_guest_ip_parse(configured, -1, &own) &&
	       sb_guest_same_network(ip, &own);
}

unsigned sb_guest_match_subnet(const json_t *nics, const json_t *interface,
			       const struct sb_guest_ip *ip)
{
	unsigned list[SB_GUEST_MAX_NICS], n, i, found = SB_GUEST_NIC_SHARED;
	char mac[18], id[8];

	n = read_mac(interface, mac) ? find_nics(nics, mac, list) : 0;
	for (i = 0; i < n; i++) {
		const json_t *nic; /* borrowed */

		sb_guest_nic_id(list[i], id);
		nic = json_object_get(nics, id);
		if (!is_in_network(ip, sb_json_str(nic, ip->version == 4 ? "ip4" : "ip6")))
			continue;
		if (found != SB_GUEST_NIC_SHARED)
			return SB_GUEST_NIC_SHARED;
		found = list[i];
	}
	return found;
}

bool sb_guest_shares_mac(const json_t *nics, const json_t *interface, const char *id)
{
	char mac[18];

	return read_mac(interface, mac) && has_mac(json_object_get(nics, id), mac);
}
