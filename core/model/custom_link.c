/* SPDX-License-Identifier: Apache-2.0 */
/* The custom link by which a page of NetBox leads to the web interface of Proxmox VE. */
#include "model/custom_link.h"

#include <string.h>

#include "base/buf.h"
#include "model/value.h"
#include "stagebox/json.h"

/* Jinja removes comments. */
#define MARK "{# made by `stagebox bootstrap`, which updates it as long as this comment is here #}"

#define KEY "(object.cf.stagebox_key or \"\").split(\"/\")"

/* A JSON text is a text of Jinja, too. */
static void add_text(struct sb_buf *template, const char *text)
{
	sb_autojson *value = json_string(text);
	sb_autofree char *quoted = json_dumps(value, JSON_ENCODE_ANY);

	sb_buf_add(template, quoted ? quoted : "\"\"");
}

/* {"lab": "https://10.0.0.1:8006", ...}: the first URL of each endpoint, without a slash at its
 * end. */
static void add_urls(struct sb_buf *template, const json_t *endpoints)
{
	const json_t *endpoint;
	const char *comma = "";
	size_t i;

	sb_buf_add(template, "{");
	json_array_foreach (endpoints, i, endpoint) {
		const char *slug = sb_json_str(endpoint, "slug");
		const char *url =
			json_string_value(json_array_get(json_object_get(endpoint, "urls"), 0));
		sb_autofree char *base = url ? strdup(url) : NULL;
		size_t len = base ? strlen(base) : 0;

		if (!slug || !base)
			continue;
		while (len && base[len - 1] == '/')
			base[--len] = '\0';
		sb_buf_add(template, comma);
		add_text(template, slug);
		sb_buf_add(template, ": ");
		add_text(template, base);
		comma = ", ";
	}
	sb_buf_add(template, "}");
}

/* NetBox shows no link whose text is empty. */
static json_t *make_text(const json_t *endpoints)
{
	sb_autobuf text = SB_BUF_INIT(1 << 20);

	sb_buf_add(&text, "{% if " KEY "[0] in ");
	add_urls(&text, endpoints);
	sb_buf_add(&text, " %}" SB_CUSTOM_LINK_NAME "{% endif %}");
	return text.failed ? NULL : json_string(sb_buf_str(&text));
}

/* The web interface selects the object that the fragment names: =node%2Fpve1. The key of
 * a cluster has two parts only, and the page of the data centre is the first one. */
static json_t *make_url(const json_t *endpoints)
{
	sb_autobuf url = SB_BUF_INIT(1 << 20);

	sb_buf_add(&url, MARK "{% set key = " KEY " %}{{ ");
	add_urls(&url, endpoints);
	sb_buf_add(&url, "[key[0]] }}/{% if key|length > 2 %}#v1:0:={{ key[1] }}%2F{{ key[2] }}"
			 "{% endif %}");
	return url.failed ? NULL : json_string(sb_buf_str(&url));
}

static void put_if_other(json_t *set, const json_t *row, const char *name, json_t *value)
{
	if (!json_equal(json_object_get(row, name), value))
		json_object_set(set, name, value);
}

json_t *sb_custom_link_missing(const json_t *row, const json_t *endpoints)
{
	sb_autojson *text = make_text(endpoints), *url = make_url(endpoints);
	const char *now = sb_json_str(row, "link_url");
	json_t *set;

	if (!text || !url)
		return NULL;
	if (!row)
		return json_pack("{s:s, s:[s, s, s], s:b, s:O, s:O, s:b}", "name",
				 SB_CUSTOM_LINK_NAME, "object_types",
				 "virtualization.virtualmachine", "dcim.device",
				 "virtualization.cluster", "enabled", 1, "link_text", text,
				 "link_url", url, "new_window", 1);
	set = json_object();
	if (now && sb_starts_with(now, MARK)) {
		put_if_other(set, row, "link_text", text);
		put_if_other(set, row, "link_url", url);
	}
	return set;
}
