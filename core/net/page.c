/* SPDX-License-Identifier: Apache-2.0 */
/* Describes a web page that arrived instead of JSON. */
#include "net/page.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

enum { MAX_TITLE = 60, LOOK_BYTES = 65536 };

bool sb_page_is(const struct sb_io_answer *answer)
{
	const char *c = answer->body;

	while (isspace((unsigned char)*c))
		c++;
	return *c == '<' || !strncasecmp(answer->content_type, "text/html", 9);
}

/* Ignores case. */
static const char *find_text(const char *page, const char *words)
{
	size_t n = strlen(words), left = strnlen(page, LOOK_BYTES);

	for (; left >= n; page++, left--)
		if (!strncasecmp(page, words, n))
			return page;
	return NULL;
}

/* The title of the page, reduced to visible ASCII and single blanks. */
static void title_of(const char *page, char *to, size_t room)
{
	const char *c = find_text(page, "<title");
	size_t len = 0;

	c = c ? strchr(c, '>') : NULL;
	for (c = c ? c + 1 : ""; *c && *c != '<' && len + 1 < room; c++) {
		if (*c > ' ' && *c < 0x7f)
			to[len++] = *c == '"' ? '\'' : *c;
		else if (len && to[len - 1] != ' ')
			to[len++] = ' ';
	}
	while (len && to[len - 1] == ' ')
		len--;
	to[len] = '\0';
}

const char *sb_page_describe(const struct sb_io_answer *answer, char *to, size_t room)
{
	sb_autobuf clean = SB_BUF_INIT(1024);
	char title[MAX_TITLE];
	const char *what = "a web page";

	if (find_text(answer->body, "plain http request was sent to https port") ||
	    find_text(answer->body, "speaking plain http to an ssl-enabled server port")) {
		snprintf(to, room,
			 "the port speaks TLS, but the request was plain HTTP: set use_https = "
			 "true and an https URL");
		return to;
	}
	if (find_text(answer->body, "type=\"password\"") ||
	    find_text(answer->body, "type='password'"))
		what = "a login page";
	title_of(answer->body, title, sizeof(title));
	sb_text_add_masked(&clean, title);
	if (clean.len)
		snprintf(to, room, "%s (\"%s\") instead of JSON", what, sb_buf_str(&clean));
	else
		snprintf(to, room, "%s instead of JSON", what);
	return to;
}
