/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of a text: slug, name, URL, path, reference to a secret. */
#include "conf/conf_priv.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

#define SLUG_CHARS   "abcdefghijklmnopqrstuvwxyz0123456789-"
#define NAME_CHARS   "abcdefghijklmnopqrstuvwxyz0123456789_"
#define PREFIX_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define HOST_CHARS   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"
#define ENV_CHARS    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

enum { FINGERPRINT_DIGITS = 64 };

static int copy_text(const char *text, size_t len, char **ret_text, struct sb_error *err)
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
static int fail_url(const struct sb_conf_origin *origin, const char *url, const char *why,
		    struct sb_error *err)
{
	if (strpbrk(url, "@?#"))
		return sb_fail(err, SB_E_CONFIG, "%s: the URL %s", origin->where, why);
	return sb_fail(err, SB_E_CONFIG, "%s: \"%.120s\" %s", origin->where, url, why);
}

static bool is_valid_port(const char *digits, size_t len)
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

	if (sb_starts_with(url, "https://"))
		rest = url + 8;
	else if (sb_starts_with(url, "http://"))
		rest = url + 7;
	else
		return fail_url(origin, url, "must begin with https:// or http://", err);
	if (strpbrk(url, "@?#"))
		return fail_url(origin, url, "must have no user, query or fragment", err);
	host = host_len(rest);
	if (!host)
		return fail_url(origin, url, "has no host", err);
	rest += host;
	if (*rest == ':') {
		port = strcspn(rest + 1, "/");
		if (!is_valid_port(rest + 1, port))
			return fail_url(origin, url, "has a port outside 1 to 65535", err);
		rest += 1 + port;
	}
	if (*rest && *rest != '/')
		return fail_url(origin, url, "has a character that is not allowed in a host name",
				err);
	while (len && url[len - 1] == '/')
		len--;
	if (!with_base && rest < url + len)
		return fail_url(origin, url, "must end after host and port", err);
	for (; *rest; rest++) {
		if ((unsigned char)*rest <= ' ' || *rest == 0x7f)
			return fail_url(origin, url, "has a space or control character", err);
	}
	return copy_text(url, len, ret_text, err);
}

static int make_absolute(const struct sb_conf_origin *origin, const char *prefix, const char *path,
			 char **ret_text, struct sb_error *err)
{
	sb_autobuf out = SB_BUF_INIT(8192);

	sb_buf_add(&out, prefix);
	if (path[0] != '/' && origin->folder)
		sb_buf_addf(&out, "%s/", !sb_streq(origin->folder, "/") ? origin->folder : "");
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
		return copy_text("", 0, ret_text, err);
	rc = make_absolute(origin, "", text, &path, err);
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

/* "aa:bb..." or "aabb..." -> "AA:BB:..."; several, separated by blanks or commas. */
static int check_fingerprint(const struct sb_conf_origin *origin, const char *text, char **ret_text,
			     struct sb_error *err)
{
	sb_autobuf out = SB_BUF_INIT(8192);
	unsigned digits = 0;
	const char *c;

	for (c = text; *c; c++) {
		char upper = (char)toupper((unsigned char)*c);

		if (*c == ':' && digits && digits % 2 == 0)
			continue;
		if (*c == ' ' || *c == ',') {
			if (digits && digits != FINGERPRINT_DIGITS)
				break;
			digits = 0;
			continue;
		}
		if (!isxdigit((unsigned char)*c) || digits == FINGERPRINT_DIGITS)
			break;
		if (digits % 2 == 0 && out.len)
			sb_buf_add(&out, digits ? ":" : " ");
		sb_buf_add_mem(&out, &upper, 1);
		digits++;
	}
	if (*c || (digits && digits != FINGERPRINT_DIGITS))
		return sb_fail(err, SB_E_CONFIG,
			       "%s: \"%.100s\": a fingerprint is the SHA-256 of a certificate: 32 "
			       "bytes in hex with colons, as Proxmox VE shows it (not SHA-1, which "
			       "has 20)",
			       origin->where, text);
	*ret_text = sb_buf_take(&out);
	return *ret_text ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int check_proxy(const struct sb_conf_origin *origin, const char *text, char **ret_text,
		       struct sb_error *err)
{
	static const char *const schemes[] = {"http://", "https://", "socks5://", "socks5h://"};
	const char *host = NULL;
	size_t i;

	if (!text[0] || sb_streq(text, "none"))
		return copy_text(text, strlen(text), ret_text, err);
	for (i = 0; i < SB_ARRAY_LEN(schemes); i++)
		if (sb_starts_with(text, schemes[i]))
			host = text + strlen(schemes[i]);
	if (!host || strpbrk(text, "@?#") || !host_len(host))
		return sb_fail(err, SB_E_CONFIG,
			       "%s: a proxy is written http://HOST:PORT (or https, socks5, "
			       "socks5h), without user and password (set proxy_auth), or \"none\"",
			       origin->where);
	host += host_len(host);
	if (*host != ':' || !is_valid_port(host + 1, strcspn(host + 1, "/")))
		return sb_fail(err, SB_E_CONFIG, "%s: \"%.120s\" has no port", origin->where, text);
	return copy_text(text, strlen(text), ret_text, err);
}

static int check_user(const struct sb_conf_origin *origin, const char *text, char **ret_text,
		      struct sb_error *err)
{
	const char *at = strrchr(text, '@');
	size_t len = strlen(text);

	if (len && (!at || at == text || !at[1] || strpbrk(text, "!=:/ ")))
		return sb_fail(err, SB_E_CONFIG,
			       "%s: \"%.100s\": a user is written with its realm: sync@pve, "
			       "root@pam%s",
			       origin->where, text,
			       strchr(text, '!')
				       ? " (a name with \"!\" is an API token: set token instead)"
				       : "");
	return copy_text(text, len, ret_text, err);
}

/* The placeholders of a template are among words, which ends with NULL. */
static int check_template(const struct sb_conf_origin *origin, const char *text,
			  const char *const *words, const char *listed, struct sb_error *err)
{
	const char *at;
	size_t i;

	for (at = text + strcspn(text, "{}"); *at; at += strcspn(at, "{}")) {
		for (i = 0; words[i]; i++)
			if (sb_starts_with(at, words[i]))
				break;
		if (!words[i])
			return sb_fail(err, SB_E_CONFIG, "%s: \"%.100s\": only %s are replaced",
				       origin->where, at, listed);
		at += strlen(words[i]);
	}
	return 0;
}

/* Without {node} all nodes of a cluster would have the same name. */
static int check_device_name(const struct sb_conf_origin *origin, const char *text,
			     struct sb_error *err)
{
	static const char *const words[] = {"{node}", "{cluster}", "{cluster_slug}", "{endpoint}",
					    NULL};

	if (text[0] && !strstr(text, words[0]))
		return sb_fail(err, SB_E_CONFIG,
			       "%s: \"%.100s\" has no {node}: all nodes would have the same name",
			       origin->where, text);
	return check_template(origin, text, words,
			      "{node}, {cluster}, {cluster_slug} and {endpoint}", err);
}

static int check_cluster_name(const struct sb_conf_origin *origin, const char *text,
			      struct sb_error *err)
{
	static const char *const words[] = {"{cluster}", "{cluster_slug}", "{endpoint}", NULL};

	return check_template(origin, text, words, "{cluster}, {cluster_slug} and {endpoint}", err);
}

static int check_group(const struct sb_conf_origin *origin, const char *text, struct sb_error *err)
{
	if (!text[0] || getgrnam(text))
		return 0;
	return sb_fail(err, SB_E_CONFIG,
		       "%s: this host has no group \"%.60s\": create it, or name another one",
		       origin->where, text);
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
	case SB_FORM_PREFIX:
		rc = check_chars(origin, text, PREFIX_CHARS, 64,
				 "a prefix is 1 to 64 characters of A-Z a-z 0-9 - _", err);
		break;
	case SB_FORM_DEVICE_NAME: rc = check_device_name(origin, text, err); break;
	case SB_FORM_CLUSTER_NAME: rc = check_cluster_name(origin, text, err); break;
	case SB_FORM_GROUP: rc = check_group(origin, text, err); break;
	case SB_FORM_URL: return check_url(origin, text, false, ret_text, err);
	case SB_FORM_URL_BASE: return check_url(origin, text, true, ret_text, err);
	case SB_FORM_PATH: return check_path(origin, text, false, ret_text, err);
	case SB_FORM_FILE: return check_path(origin, text, true, ret_text, err);
	case SB_FORM_FINGERPRINT: return check_fingerprint(origin, text, ret_text, err);
	case SB_FORM_PROXY: return check_proxy(origin, text, ret_text, err);
	case SB_FORM_USER: return check_user(origin, text, ret_text, err);
	}
	return rc < 0 ? rc : copy_text(text, strlen(text), ret_text, err);
}

bool sb_conf_is_reference(const char *text)
{
	return (sb_starts_with(text, "file:") && text[5]) ||
	       (sb_starts_with(text, "env:") && text[4]) ||
	       (sb_starts_with(text, "cred:") && text[5]);
}

int sb_conf_reference_check(const struct sb_conf_origin *origin, const char *text, char **ret_text,
			    struct sb_error *err)
{
	if (!sb_conf_is_reference(text))
		return sb_fail(err, SB_E_CONFIG,
			       "%s: a secret must not be in the configuration itself: use "
			       "file:PATH, env:NAME or cred:NAME",
			       origin->where);
	if (sb_starts_with(text, "file:"))
		return make_absolute(origin, "file:", text + 5, ret_text, err);
	if (sb_starts_with(text, "env:") &&
	    (text[4 + strspn(text + 4, ENV_CHARS)] || isdigit((unsigned char)text[4])))
		return sb_fail(err, SB_E_CONFIG, "%s: env: needs the name of a variable",
			       origin->where);
	if (sb_starts_with(text, "cred:") && (strchr(text, '/') || text[5] == '.'))
		return sb_fail(err, SB_E_CONFIG, "%s: cred: needs the name of a credential",
			       origin->where);
	return copy_text(text, strlen(text), ret_text, err);
}
