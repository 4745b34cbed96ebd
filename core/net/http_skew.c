/* SPDX-License-Identifier: Apache-2.0 */
/* How far the clock of a server is from ours, by the Date of its first answer. */
#include <string.h>

#include <curl/curl.h>

#include "net/http_priv.h"

void sb_http_note_date(struct http_server *server, struct sb_io *io, const char *date)
{
	time_t when = curl_getdate(date, NULL);

	/* Only the first answer counts, even when its date cannot be read. */
	server->knows_date = true;
	server->has_skew = when > 0;
	server->skew_s = (int64_t)when - io->ops->wall_s(io);
}

bool sb_http_skew(const struct sb_http *http, const char *id, int64_t *ret_s)
{
	const struct http_server *server;

	for (server = http->servers; server; server = server->next) {
		if (!sb_streq(server->id, id) || !server->has_skew)
			continue;
		*ret_s = server->skew_s;
		return true;
	}
	return false;
}
