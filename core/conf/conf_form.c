/* SPDX-License-Identifier: Apache-2.0 */
/* The forms that a text can have to have: slug, name, URL, path, reference to a secret. */
#include "conf/conf_priv.h"

#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

#define SLUG_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_"
#define HOST_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"
#define ENV_CHARS  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

static int copy(const char *text, size_t len, char **ret_text, struct sb_error *err)
{
	char *out = malloc(len + 1);

	if (!out)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	memcpy(out, text, len);
	out[len] = '\0';
	*ret_text = out;
	return 0;
}

static int check_chars(const struct sb_conf_origin *origin, const char *text, const char *chars,
		       size_t max_chars, const char *rule, struct sb_error *err)
{
	size_t len = strlen(text);

	if (len && len <= max_chars && strspn(text, chars) == len)
		return 0;
	return sb_fail(err, SB_E_CONFIG, "%s: \"%.60s\": %s", origin->where, text, rule);
}

/* A URL with '@' or '?' may hold a password, so it is not repeated. */
static int bad_url(const struct sb_conf_origin *origin, const char *url, const char *why,
		   struct sb_error *err)
{
	if (strpbrk(url, "@?#"))
		return sb_fail(err, SB_E_CONFIG, "%s: the URL %s", origin->where, why);
	return sb_fail(err, SB_E_CONFIG, "%s: \"%.120s\" %s", origin->where, url, why);
}

static bool port_ok(const char *digits, size_t len)
{
	unsigned long port = 0;
	size_t i;

	if (len < 1 || len > 5)
		return false;
	for (i = 0; i < len; i++) {
		if (!isdigit((unsigned char)digits[i]))
			return false;
		port = port * 10 + (unsigned long)(digits[i] - '0');
	}
	return port >= 1 && port <= 65535;
}

/* Length of the host at the start of text, 0 when there is none. */
static size_t host_len(const char *text)
{
	size_t len;

	if (text[0] != '[')
		return strspn(text, HOST_CHARS);
	len = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.%");
	return text[len] == ']' && len > 2 ? len + 1 : 0;
}

static int check_url(const struct sb_conf_origin *origin, const char *url, bool with_base,
		     char **ret_text, struct sb_error *err)
{
	size_t len = strlen(url), host, port;
	const char *rest;

	if (strncmp(url, "https://", 8) == 0)
		rest = url + 8;
	else if (strncmp(url, "http://", 7) == 0)
		rest = url + 7;
	else
		return bad_url(origin, url, "must begin with https:// or http://", err);
	if (strpbrk(url, "@?#"))
		return bad_url(origin, url, "must have no user, query or fragment", err);
	host = host_len(rest);
	if (!host)
		return bad_url(origin, url, "has no host", err);
	rest += host;
	if (*rest == ':') {
		port = strcspn(rest + 1, "/");
		if (!port_ok(rest + 1, port))
			return bad_url(origin, url, "has a port that is none of 1 to 65535", err);
		rest += 1 + port;
	}
	if (*rest && *rest != '/')
		return bad_url(origin, url, "has a character that no host name has", err);
	while (len && url[len - 1] == '/')
		len--;
	if (!with_base && rest < url + len)
		return bad_url(origin, url, "must end after host and port", err);
	for (; *rest; rest++) {
		if ((unsigned char)*rest <= ' ' || *rest == 0x7f)
			return bad_url(origin, url, "has a space or control character", err);
	}
	return copy(url, len, ret_text, err);
}

static int absolute(const struct sb_conf_origin *origin, const char *prefix, const char *path,
		    char **ret_text, struct sb_error *err)
{
	sb_autobuf out = SB_BUF_INIT(8192);

	sb_buf_add(&out, prefix);
	if (path[0] != '/' && origin->folder)
		sb_buf_addf(&out, "%s/", strcmp(origin->folder, "/") ? origin->folder : "");
	sb_buf_add(&out, path);
	if (sb_buf_check(&out, NULL) < 0)
		return sb_fail(err, SB_E_CONFIG, "%s: the path is too long", origin->where);
	*ret_text = sb_buf_take(&out);
	return *ret_text ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int check_path(const struct sb_conf_origin *origin, const char *text, bool must_exist,
		      char **ret_text, struct sb_error *err)
{
	sb_autofree char *path = NULL;
	struct stat st;
	int rc;

	if (!text[0])
		return copy("", 0, ret_text, err);
	rc = absolute(origin, "", text, &path, err);
	if (rc < 0)
		return rc;
	if (must_exist) {
		if (stat(path, &st) < 0 || access(path, R_OK) < 0)
			return sb_fail(err, SB_E_CONFIG, "%s: cannot read file %.200s: %s",
				       origin->where, path, strerror(errno));
		if (S_ISDIR(st.st_mode))
			return sb_fail(err, SB_E_CONFIG, "%s: %.200s is a folder, not a file",
				       origin->where, path);
	}
	*ret_text = sb_steal(path);
	return 0;
}

int sb_conf_form_check(enum sb_conf_form form, const struct sb_conf_origin *origin,
		       const char *text, char **ret_text, struct sb_error *err)
{
	int rc = 0;

	switch (form) {
	case SB_FORM_ANY: break;
	case SB_FORM_SLUG:
		rc = check_chars(origin, text, SLUG_CHARS, 32,
				 "a slug is 1 to 32 characters of a-z 0-9 -", err);
		break;
	case SB_FORM_NAME:
		rc = check_chars(origin, text, NAME_CHARS, 64,
				 "a name is 1 to 64 characters of a-z 0-9 _", err);
		break;
	case SB_FORM_URL: return check_url(origin, text, false, ret_text, err);
	case SB_FORM_URL_BASE: return check_url(origin, text, true, ret_text, err);
	case SB_FORM_PATH: return check_path(origin, text, false, ret_text, err);
	case SB_FORM_FILE: return check_path(origin, text, true, ret_text, err);
	}
	return rc < 0 ? rc : copy(text, strlen(text), ret_text, err);
}

bool sb_conf_is_reference(const char *text)
{
	return (strncmp(text, "file:", 5) == 0 && text[5]) ||
	       (strncmp(text, "env:", 4) == 0 && text[4]) ||
	       (strncmp(text, "cred:", 5) == 0 && text[5]);
}

int sb_conf_reference_check(const struct sb_conf_origin *origin, const char *text, char **ret_text,
			    struct sb_error *err)
{
	if (!sb_conf_is_reference(text))
		return sb_fail(err, SB_E_CONFIG,
			       "%s: a secret must not stand in the configuration itself: give "
			       "file:PATH, env:NAME or cred:NAME",
			       origin->where);
	if (strncmp(text, "file:", 5) == 0)
		return absolute(origin, "file:", text + 5, ret_text, err);
	if (strncmp(text, "env:", 4) == 0 &&
	    (text[4 + strspn(text + 4, ENV_CHARS)] || isdigit((unsigned char)text[4])))
		return sb_fail(err, SB_E_CONFIG, "%s: env: needs the name of a variable",
			       origin->where);
	if (strncmp(text, "cred:", 5) == 0 && (strchr(text, '/') || text[5] == '.'))
		return sb_fail(err, SB_E_CONFIG, "%s: cred: needs the name of a credential",
			       origin->where);
	return copy(text, strlen(text), ret_text, err);
}
