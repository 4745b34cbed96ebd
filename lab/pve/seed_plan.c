/* SPDX-License-Identifier: Apache-2.0 */
/* The address plan of an endpoint: VLANs, IP addresses, MAC addresses, identifiers. */
#include "pve/seed.h"

#include <ctype.h>
#include <inttypes.h>

#define FIRST_GUEST_HOST 50
#define FULL_SLOT        2000

static const unsigned vlans[] = {10,  20,  30,  40,  50,  60,  70,  80,  90,  100, 110,
				 120, 130, 140, 150, 160, 170, 180, 200, 210, 300, 400};

unsigned pve_vlan(uint64_t n)
{
	return vlans[n % SB_ARRAY_LEN(vlans)];
}

unsigned pve_vlan_slot(unsigned vlan)
{
	for (unsigned i = 0; i < SB_ARRAY_LEN(vlans); i++)
		if (vlans[i] == vlan)
			return i + 1;
	return 0;
}

unsigned pve_slug_octet(const char *slug)
{
	size_t len = strlen(slug), digits = 0;
	unsigned hash = 2166136261u;

	if (sb_streq(slug, "lab"))
		return 20;
	if (sb_streq(slug, "edge"))
		return 30;
	while (digits < len && digits < 4 && isdigit((unsigned char)slug[len - 1 - digits]))
		digits++;
	/* "site7" and "site8" must have different addresses, which a hash does not guarantee. */
	if (digits)
		return 96 + (unsigned)(strtoul(slug + len - digits, NULL, 10) % 160);
	for (const char *c = slug; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	return 31 + hash % 65;
}

struct pve_place pve_place_take(struct lab_pve *pve, unsigned slot)
{
	if (pve->n_hosts[slot] >= FULL_SLOT)
		for (unsigned i = 0; i < PVE_VLANS; i++)
			if (pve->n_hosts[i] < pve->n_hosts[slot])
				slot = i;

	unsigned host = FIRST_GUEST_HOST + pve->n_hosts[slot]++;

	/* .0 and .255 are skipped with every prefix, because people take them for network
	 * addresses. */
	while (host % 256 == 0 || host % 256 == 255)
		host = FIRST_GUEST_HOST + pve->n_hosts[slot]++;
	return (struct pve_place){slot, host};
}

static unsigned prefix_bits(const struct lab_pve *pve)
{
	return 32 - pve->host_bits;
}

json_t *pve_place_v4(const struct lab_pve *pve, struct pve_place place)
{
	return json_sprintf("10.%u.%u.%u/%u", pve->octet, (place.slot * 8 + place.host / 256) % 256,
			    place.host % 256, prefix_bits(pve));
}

json_t *pve_place_v6(const struct lab_pve *pve, struct pve_place place)
{
	/* No group is zero, so this is the canonical text. */
	return json_sprintf("2001:db8:%x:%x::%x/64", pve->octet, 0x100 + place.slot, place.host);
}

json_t *pve_gateway_v4(const struct lab_pve *pve, unsigned slot)
{
	return json_sprintf("10.%u.%u.1", pve->octet, slot * 8);
}

json_t *pve_mac_take(struct lab_pve *pve)
{
	uint32_t n = ++pve->n_macs;

	return json_sprintf("BC:24:%02X:%02X:%02X:%02X", 0x11 + n / 65536, pve->octet,
			    n / 256 % 256, n % 256);
}

json_t *pve_uuid(struct lab_random *random)
{
	uint64_t a = lab_random_next(random), b = lab_random_next(random);

	return json_sprintf("%08" PRIx32 "-%04x-4%03x-%04x-%012" PRIx64, (uint32_t)(a >> 32),
			    (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
			    0x8000 | ((unsigned)(b >> 48) & 0x3fff), b & 0xffffffffffffu);
}
