/* SPDX-License-Identifier: Apache-2.0 */
/* IP and MAC addresses. */
#include "call.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* inet_pton() accepts the same texts as NetBox: no leading zeros, no zone. */
bool nb_net_parse(const char *text, struct nb_net *ret_net, bool *ret_had_mask)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char host[64];
	long bits = -1;
	struct nb_net net = {.family = memchr(text, ':', len) ? 6 : 4};
	int max = net.family == 6 ? 128 : 32;

	if (!len || len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	if (slash) {
		char *end;

		if (!isdigit((unsigned char)slash[1]))
			return false;
		bits = strtol(slash + 1, &end, 10);
		if (*end || bits > max)
			return false;
	}
	if (inet_pton(net.family == 6 ? AF_INET6 : AF_INET, host, net.bytes) != 1)
		return false;
	net.bits = bits < 0 ? max : (int)bits;
	*ret_net = net;
	if (ret_had_mask)
		*ret_had_mask = slash != NULL;
	return true;
}

void nb_net_host(const struct nb_net *net, char out[64])
{
	if (!inet_ntop(net->family == 6 ? AF_INET6 : AF_INET, net->bytes, out, 64))
		out[0] = '\0';
}

void nb_net_text(const struct nb_net *net, char out[72])
{
	char host[64];

	nb_net_host(net, host);
	snprintf(out, 72, "%s/%d", host, net->bits);
}

void nb_net_mask(struct nb_net *net)
{
	int bytes = net->family == 6 ? 16 : 4, i;

	for (i = 0; i < bytes; i++) {
		int keep = net->bits - i * 8;

		if (keep <= 0)
			net->bytes[i] = 0;
		else if (keep < 8)
			net->bytes[i] &= (unsigned char)(0xff << (8 - keep));
	}
}

bool nb_net_contains(const struct nb_net *outer, const struct nb_net *inner)
{
	struct nb_net a = *outer, b = *inner;

	if (a.family != b.family || a.bits > b.bits)
		return false;
	b.bits = a.bits;
	nb_net_mask(&a);
	nb_net_mask(&b);
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

int nb_net_cmp(const struct nb_net *a, const struct nb_net *b)
{
	int order = a->family - b->family;

	if (!order)
		order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
	return order ? order : a->bits - b->bits;
}

bool nb_mac_parse(const char *text, char out[18])
{
	unsigned char digits[12];
	size_t n = 0, i;

	for (; *text; text++) {
		if (isxdigit((unsigned char)*text)) {
			if (n == 12)
				return false;
			digits[n++] = (unsigned char)toupper((unsigned char)*text);
		} else if (!strchr(":-. ", *text)) {
			return false;
		}
	}
	if (n != 12)
		return false;
	for (i = 0; i < 6; i++) {
		out[i * 3] = (char)digits[i * 2];
		out[i * 3 + 1] = (char)digits[i * 2 + 1];
		out[i * 3 + 2] = i < 5 ? ':' : '\0';
	}
	return true;
}
