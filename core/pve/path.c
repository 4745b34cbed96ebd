/* SPDX-License-Identifier: Apache-2.0 */
/* API paths from templates: text from a server is always encoded. */
#include <stdint.h>
#include <string.h>

#include "pve/client_priv.h"

enum { MAX_PATH_BYTES = 8000 };

/* Adds one argument; c is behind the percent sign. Returns the end of it, NULL = unknown. */
static const char *add_argument(struct sb_buf *path, const char *c, va_list *ap)
{
	if (*c == '%') {
		sb_buf_add(path, "%");
		return c + 1;
	}
	if (*c == 's') {
		const char *text = va_arg(*ap, const char *);

		if (!text)
			return NULL;
		sb_buf_add_url(path, text);
		return c + 1;
	}
	if (*c == 'u')
		sb_buf_addf(path, "%u", va_arg(*ap, unsigned));
	else if (*c == 'd' || *c == 'i')
		sb_buf_addf(path, "%d", va_arg(*ap, int));
	else if (sb_starts_with(c, "zu"))
		sb_buf_addf(path, "%zu", va_arg(*ap, size_t));
	else if (sb_starts_with(c, "lu"))
		sb_buf_addf(path, "%lu", va_arg(*ap, unsigned long));
	else if (sb_starts_with(c, "ld"))
		sb_buf_addf(path, "%ld", va_arg(*ap, long));
	else if (sb_starts_with(c, "llu"))
		sb_buf_addf(path, "%llu", va_arg(*ap, unsigned long long));
	else if (sb_starts_with(c, "lld"))
		sb_buf_addf(path, "%lld", va_arg(*ap, long long));
	else
		return NULL;
	return c + strspn(c, "zl") + 1;
}

char *sb_pve_path(struct sb_error *err, const char *fmt, va_list ap)
{
	sb_autobuf path = SB_BUF_INIT(MAX_PATH_BYTES);
	const char *c = fmt;
	va_list args;

	if (*fmt != '/') {
		sb_fail(err, SB_E_ARG, "path template \"%.100s\" does not start with /", fmt);
		return NULL;
	}
	va_copy(args, ap);
	while (c && *c) {
		size_t plain = strcspn(c, "%");

		sb_buf_add_mem(&path, c, plain);
		c += plain;
		if (*c)
			c = add_argument(&path, c + 1, &args);
	}
	va_end(args);
	if (!c) {
		sb_fail(err, SB_E_ARG,
			"path template \"%.100s\": unknown conversion: use %%s or a number", fmt);
		return NULL;
	}
	if (sb_buf_check(&path, err) < 0)
		return NULL;
	return sb_buf_take(&path);
}
