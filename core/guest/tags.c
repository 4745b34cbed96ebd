/* SPDX-License-Identifier: Apache-2.0 */
/* Tags of guests and their colours. */
#include "guest/guest_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define SEPARATORS ";, \t\r\n"
#define TAG_CHARS  100 /* of NetBox */

/* Insert a tag in order, unless the list contains it. */
static int insert_tag(json_t *tags, const char *tag)
{
	size_t at, n = json_array_size(tags);
	int order = -1;

	for (at = 0; at < n; at++) {
		order = strcmp(tag, json_string_value(json_array_get(tags, at)));
		if (order <= 0)
			break;
	}
	if (at < n && order == 0)
		return 0;
	return json_array_insert_new(tags, at, json_string(tag));
}

json_t *sb_guest_tags(const char *text, size_t max)
{
	sb_autojson *tags = json_array();
	size_t len;

	while (tags && *text && json_array_size(tags) < max) {
		sb_autofree char *tag = NULL;

		text += strspn(text, SEPARATORS);
		len = strcspn(text, SEPARATORS);
		if (!len)
			break;
		tag = strndup(text, len);
		if (!tag)
			return NULL;
		tag[sb_guest_cut(tag, TAG_CHARS)] = '\0';
		if (insert_tag(tags, tag) < 0)
			return NULL;
		text += len;
	}
	return sb_steal(tags);
}

bool sb_guest_tags_have_case(const json_t *tags)
{
	const json_t *tag; /* borrowed */
	const char *c;
	size_t i;

	json_array_foreach (tags, i, tag)
		for (c = json_string_value(tag); c && *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				return true;
	return false;
}

json_t *sb_guest_tags_folded(const json_t *tags)
{
	sb_autojson *folded = json_array();
	const json_t *tag; /* borrowed */
	size_t i;

	json_array_foreach (tags, i, tag) {
		sb_autofree char *text = strdup(json_string_value(tag));
		char *c;

		for (c = text; c && *c; c++)
			*c = (char)tolower((unsigned char)*c);
		if (!folded || !text || insert_tag(folded, text) < 0)
			return NULL;
	}
	return sb_steal(folded);
}

static bool is_color(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isxdigit((unsigned char)text[i]))
			return false;
	return len == 6;
}

/* Use the background of "ff0000:ffffff": tags in NetBox have one colour. */
static int set_color(json_t *colors, const char *tag, size_t tag_len, const char *color,
		     bool is_cased)
{
	size_t len = strcspn(color, ":;,"), i;
	char name[TAG_CHARS + 1], hex[7];

	if (!tag_len || tag_len > TAG_CHARS || !is_color(color, len))
		return 0;
	for (i = 0; i < tag_len; i++)
		name[i] = is_cased ? tag[i] : (char)tolower((unsigned char)tag[i]);
	name[tag_len] = '\0';
	for (i = 0; i < 6; i++)
		hex[i] = (char)tolower((unsigned char)color[i]);
	hex[6] = '\0';
	return json_object_set_new(colors, name, json_string(hex));
}

/* "prod:ff0000:ffffff;web:00ff00" */
static int parse_color_map(json_t *colors, const char *map, bool is_cased)
{
	const char *colon;
	size_t len;

	for (; *map; map += len + (map[len] != '\0')) {
		len = strcspn(map, ";");
		colon = memchr(map, ':', len);
		if (colon && set_color(colors, map, (size_t)(colon - map), colon + 1, is_cased) < 0)
			return -1;
	}
	return 0;
}

bool sb_guest_tags_are_cased(const json_t *tag_style)
{
	sb_autojson *props = NULL;

	if (json_is_string(tag_style)) {
		props = sb_guest_props(json_string_value(tag_style), NULL);
		tag_style = props;
	}
	return sb_json_bool(tag_style, "case-sensitive", false);
}

json_t *sb_guest_tag_colors(const json_t *tag_style)
{
	sb_autojson *colors = json_object(), *props = NULL;
	bool is_cased = sb_guest_tags_are_cased(tag_style);
	const json_t *map; /* borrowed */
	const char *tag;
	json_t *value; /* borrowed */

	if (json_is_string(tag_style)) { /* a property string, as in datacenter.cfg */
		props = sb_guest_props(json_string_value(tag_style), NULL);
		tag_style = props;
	}
	map = json_object_get(tag_style, "color-map");
	if (!colors)
		return NULL;
	if (json_is_string(map) && parse_color_map(colors, json_string_value(map), is_cased) < 0)
		return NULL;
	json_object_foreach ((json_t *)map, tag, value)
		if (json_is_string(value) &&
		    set_color(colors, tag, strlen(tag), json_string_value(value), is_cased) < 0)
			return NULL;
	return sb_steal(colors);
}

/*
 * Does the same as stringToRGB() in src/Utils.js of proxmox-widget-toolkit: it hashes the tag and
 * "prox" (so that short texts vary more) and mixes each of the three low bytes at 70 % with white.
 * Tags are ASCII, so a byte is a character.
 */
void sb_guest_tag_color(const char *tag, char ret_hex[7])
{
	const double alpha = 0.7, background = 255;
	const char *part, *parts[] = {tag, "prox"};
	unsigned rgb[3], i;
	uint32_t hash = 0;
	size_t n;

	for (n = 0; n < SB_ARRAY_LEN(parts); n++)
		for (part = parts[n]; *part; part++)
			hash = (unsigned char)*part + (hash << 5) - hash;
	for (i = 0; i < 3; i++) {
		double level = (double)((hash >> (8 * i)) & 255u) * alpha;

		rgb[i] = (unsigned)(level + background * (1 - alpha) + 0.5) & 255u;
	}
	snprintf(ret_hex, 7, "%02x%02x%02x", rgb[0], rgb[1], rgb[2]);
}
