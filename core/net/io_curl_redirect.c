/* SPDX-License-Identifier: Apache-2.0 */
/* A redirect is never followed; the error names its target. */
#include <string.h>

#include "net/io_curl_priv.h"
#include "net/url.h"

/* The target of a Location: origin and path; the rest may hold secrets and is not shown. */
struct place {
	char origin[256], path[512];
};

static void place_of(const struct transfer *transfer, struct place *to)
{
	const char *location = transfer->location, *path = location, *host;

	host = strstr(location, "://");
	if (location[0] == '/' && location[1] == '/') {
		sb_url_origin(location + 2, to->origin, sizeof(to->origin));
		path = location + 2 + strcspn(location + 2, "/?#");
	} else if (host && (size_t)(host - location) < strcspn(location, "/?#")) {
		sb_url_origin(location, to->origin, sizeof(to->origin));
		path = host + 3 + strcspn(host + 3, "/?#");
	} else {
		sb_url_origin(transfer->base, to->origin, sizeof(to->origin));
	}
	snprintf(to->path, sizeof(to->path), "%.*s", (int)strcspn(path, "?#"), path);
}

/* The new base URL, when the redirect leads to the same path below another base:
 * "https://host/netbox". */
static bool base_of(const struct transfer *transfer, const struct place *place, char *to,
		    size_t room)
{
	size_t path = strcspn(transfer->path, "?"), len = strlen(place->path), keep;

	if (len < path || memcmp(place->path + len - path, transfer->path, path) != 0)
		return false;
	keep = len - path;
	snprintf(to, room, "%s%.*s", place->origin, (int)(keep < 200 ? keep : 200), place->path);
	return !sb_streq(to, transfer->base);
}

void sb_transfer_fail_redirect(const struct transfer *transfer, int status, struct sb_error *err)
{
	struct place place;
	char own[256], base[512];

	place_of(transfer, &place);
	sb_url_origin(transfer->base, own, sizeof(own));
	if (sb_starts_with(own, "http:") && sb_starts_with(place.origin, "https:"))
		sb_fail(err, SB_E_HTTP,
			"%s redirects to %s (HTTP %d): it requires TLS: set use_https = true and "
			"an https URL",
			transfer->base, place.origin, status);
	else if (base_of(transfer, &place, base, sizeof(base)))
		sb_fail(err, SB_E_HTTP,
			"%s redirects to %s (HTTP %d), which is not followed: set the URL to %s",
			transfer->base, base, status, base);
	else if (strstr(place.path, "login") || strstr(place.path, "auth"))
		sb_fail(err, SB_E_HTTP,
			"%s redirects to a login page (HTTP %d): a single sign-on in front of the "
			"API does not accept tokens: exempt /api/ from it, or use the URL behind "
			"it",
			transfer->base, status);
	else if (sb_streq(own, place.origin))
		sb_fail(err, SB_E_HTTP,
			"%s redirects to another path (HTTP %d), which is not followed: check the "
			"base path of the URL, and any proxy in front of the API",
			transfer->base, status);
	else
		sb_fail(err, SB_E_HTTP,
			"%s redirects to %s (HTTP %d), which is not followed: set the URL to that "
			"one if it is right",
			transfer->base, place.origin, status);
}
