/* SPDX-License-Identifier: Apache-2.0 */
/* New credentials for each start. */
#include <stdio.h>
#include <sys/random.h>

#include "front/plan.h"

enum { NETBOX_KEY = 12, NETBOX_SECRET = 40 };

static int random_bytes(void *data, size_t len)
{
	return getrandom(data, len, 0) == (ssize_t)len ? 0 : -1;
}

/* Write len random characters of the alphabet of NetBox, and a terminating zero. */
static int random_word(char *text, size_t len)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	unsigned char bytes[NETBOX_SECRET];
	size_t i;

	if (random_bytes(bytes, len) < 0)
		return -1;
	for (i = 0; i < len; i++)
		text[i] = alphabet[bytes[i] % (sizeof(alphabet) - 1)];
	text[len] = '\0';
	return 0;
}

static int random_uuid(char text[37])
{
	unsigned char b[16];

	if (random_bytes(b, sizeof(b)) < 0)
		return -1;
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(text, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		 b[13], b[14], b[15]);
	return 0;
}

static int fill_netbox(char token[96])
{
	char key[NETBOX_KEY + 1], secret[NETBOX_SECRET + 1];

	if (random_word(key, NETBOX_KEY) < 0 || random_word(secret, NETBOX_SECRET) < 0)
		return -1;
	snprintf(token, 96, "nbt_%s.%s", key, secret);
	return 0;
}

int lab_tokens_fill(struct lab_plan *plan)
{
	char uuid[37];
	size_t i;

	if (fill_netbox(plan->netbox_token) < 0 || fill_netbox(plan->person_token) < 0)
		return -1;
	for (i = 0; i < plan->n_sites; i++) {
		if (random_uuid(uuid) < 0)
			return -1;
		snprintf(plan->sites[i].token, sizeof(plan->sites[i].token), "sync@pve!stagebox=%s",
			 uuid);
		if (random_uuid(uuid) < 0)
			return -1;
		snprintf(plan->sites[i].write_token, sizeof(plan->sites[i].write_token),
			 "operate@pve!stagebox=%s", uuid);
	}
	return 0;
}
