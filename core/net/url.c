/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a URL, as text. */
#include "net/url.h"

#include <stdio.h>
#include <string.h>

#include "stagebox/error.h"

/* Scheme, host and port without user and password: "https://host:443". */
void sb_url_origin(const char *url, char *to, size_t room)
{
	const char *host = strstr(url, "://"), *at;
	size_t scheme, len;

	host = host ? host + 3 : url;
	scheme = (size_t)(host - url);
	len = strcspn(host, "/?#");
	at = memchr(host, '@', len);
	if (at) {
		len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	snprintf(to, room, "%.*s%.*s", (int)(scheme < 16 ? scheme : 16), url,
		 (int)(len < 200 ? len : 200), host);
}

bool sb_url_is_loopback(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	return sb_starts_with(host, "127.") || sb_starts_with(host, "[::1]") ||
	       (sb_starts_with(host, "localhost") && strchr(":/", host[9]));
}
