/* SPDX-License-Identifier: Apache-2.0 */
/* Converts MAC addresses, IP addresses and DNS names to their canonical form. */
#include "guest/guest_priv.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

bool sb_guest_mac(const char *text, char ret_mac[18])
{
	char mac[18];
	size_t n_digits = 0, at = 0;
	bool is_zero = true;

	for (; *text; text++) {
		if (n_digits && n_digits % 2 == 0 && (*text == ':' || *text == '-') &&
		    isxdigit((unsigned char)text[1]) && text[-1] != *text)
			continue;
		if (!isxdigit((unsigned char)*text) || n_digits == 12)
			return false;
		if (n_digits && n_digits % 2 == 0)
			mac[at++] = ':';
		mac[at++] = (char)toupper((unsigned char)*text);
		is_zero = is_zero && *text == '0';
		n_digits++;
	}
	if (n_digits != 12 || is_zero)
		return false;
	mac[at] = '\0';
	memcpy(ret_mac, mac, sizeof(mac));
	return true;
}

/* The prefix length after the slash; negative = not a valid one. slash may be NULL. */
static int64_t parse_prefix(const char *slash)
{
	int64_t prefix = 0;

	if (!slash || !isdigit((unsigned char)slash[1]))
		return -1;
	for (slash++; isdigit((unsigned char)*slash) && prefix <= 128; slash++)
		prefix = prefix * 10 + (*slash - '0');
	return *slash ? -1 : prefix;
}

/* "::ffff:10.0.0.1" is 10.0.0.1, also with a prefix that counts the bits before it. */
static void unmap_v4(struct sb_guest_ip *ip, int64_t *prefix)
{
	static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	if (ip->version != 6 || memcmp(ip->bytes, mapped, sizeof(mapped)) != 0)
		return;
	ip->version = 4;
	memmove(ip->bytes, ip->bytes + sizeof(mapped), 4);
	memset(ip->bytes + 4, 0, 12);
	if (*prefix >= 96)
		*prefix -= 96;
}

bool sb_guest_same_network(const struct sb_guest_ip *ip, const struct sb_guest_ip *of)
{
	unsigned bits = of->version == 4 ? 32 : 128, i;

	if (ip->version != of->version || of->prefix >= bits)
		return false;
	for (i = 0; i < of->prefix; i++)
		if (((ip->bytes[i / 8] ^ of->bytes[i / 8]) >> (7 - i % 8)) & 1u)
			return false;
	return true;
}

void sb_guest_network_of(const struct sb_guest_ip *ip, char ret_text[48])
{
	unsigned char bytes[16] = {0};
	unsigned i;

	for (i = 0; i < ip->prefix; i++)
		bytes[i / 8] |= (unsigned char)(ip->bytes[i / 8] & (0x80u >> i % 8));
	ret_text[0] = '\0';
	inet_ntop(ip->version == 4 ? AF_INET : AF_INET6, bytes, ret_text, 48);
}

bool sb_guest_ip_parse(const char *text, int64_t prefix, struct sb_guest_ip *ret_ip)
{
	struct sb_guest_ip ip = {0};
	size_t len = strcspn(text, "%/"); /* a zone is meaningless outside the guest */
	int64_t max;

	if (!len || len >= sizeof(ip.text))
		return false;
	if (prefix < 0)
		prefix = parse_prefix(strchr(text, '/'));
	memcpy(ip.text, text, len);
	if (inet_pton(AF_INET, ip.text, ip.bytes) == 1)
		ip.version = 4;
	else if (inet_pton(AF_INET6, ip.text, ip.bytes) == 1)
		ip.version = 6;
	else
		return false;
	unmap_v4(&ip, &prefix);
	max = ip.version == 4 ? 32 : 128;
	ip.prefix = (unsigned)(prefix > 0 && prefix <= max ? prefix : max);
	if (!inet_ntop(ip.version == 4 ? AF_INET : AF_INET6, ip.bytes, ip.text, sizeof(ip.text)))
		return false;
	*ret_ip = ip;
	return true;
}

static bool all_are(const unsigned char *bytes, size_t len, unsigned char value)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

bool sb_guest_ip_is_local(const struct sb_guest_ip *ip)
{
	const unsigned char *b = ip->bytes;

	if (ip->version == 4)
		return b[0] == 0 || b[0] == 127 || (b[0] == 169 && b[1] == 254) ||
		       (b[0] & 0xf0) == 224 || all_are(b, 4, 255);
	if (all_are(b, 15, 0) && b[15] <= 1) /* unspecified, loopback */
		return true;
	return b[0] == 0xff || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
}

/* Are all bits after the prefix equal to value? */
static bool host_bits_are(const struct sb_guest_ip *ip, unsigned value)
{
	unsigned bits = ip->version == 4 ? 32 : 128, i;

	for (i = ip->prefix; i < bits; i++)
		if (((ip->bytes[i / 8] >> (7 - i % 8)) & 1u) != value)
			return false;
	return true;
}

const char *sb_guest_ip_refused(const struct sb_guest_ip *ip)
{
	unsigned bits = ip->version == 4 ? 32 : 128;

	if (ip->prefix + 1 >= bits)
		return NULL;
	if (host_bits_are(ip, 0))
		return "the network address of its prefix cannot be assigned in NetBox";
	if (ip->version == 4 && host_bits_are(ip, 1))
		return "the broadcast address of its prefix cannot be assigned in NetBox";
	return NULL;
}

/* NetBox accepts ^([0-9A-Za-z_-]+|\*)(\.[0-9A-Za-z_-]+)*\.?$ */
static bool is_dns_name(const char *name)
{
	bool label_empty = true;

	for (; *name; name++) {
		if (*name == '.') {
			if (label_empty)
				return false;
			label_empty = true;
		} else if (isalnum((unsigned char)*name) || *name == '-' || *name == '_') {
			label_empty = false;
		} else {
			return false;
		}
	}
	return !label_empty;
}

char *sb_guest_dns(const char *host, const char *domain)
{
	size_t host_len = strlen(host), domain_len = 0;
	sb_autofree char *name = NULL;
	size_t i;

	while (host_len && host[host_len - 1] == '.')
		host_len--;
	if (!memchr(host, '.', host_len) && domain) {
		domain += strspn(domain, " ,;.");
		domain_len = strcspn(domain, " ,;");
		while (domain_len && domain[domain_len - 1] == '.')
			domain_len--;
	}
	if (!host_len || host_len > 255 || domain_len > 255)
		return NULL;
	name = malloc(host_len + domain_len + 2);
	if (!name)
		return NULL;
	memcpy(name, host, host_len);
	if (domain_len) {
		name[host_len] = '.';
		memcpy(name + host_len + 1, domain, domain_len);
		host_len += domain_len + 1;
	}
	name[host_len] = '\0';
	for (i = 0; i < host_len; i++)
		name[i] = (char)tolower((unsigned char)name[i]);
	if (host_len > 255 || sb_starts_with(name, "localhost") || !is_dns_name(name))
		return NULL;
	return sb_steal(name);
}
