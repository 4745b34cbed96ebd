/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the operating system of a guest from its agent. */
#include "qemu.h"

#include <stdio.h>
#include <string.h>

/* Name and version, "Debian GNU/Linux 13": the pretty name has code names and editions, so each
 * update would make a new platform. For Windows the version includes the name. Caller frees; NULL =
 * no name in the answer, or out of memory. */
static char *make_os_name(const json_t *result)
{
	const char *id = sb_json_str(result, "id"), *name = sb_json_str(result, "name");
	const char *whole = sb_json_str(result, "version");
	const char *version = sb_json_str(result, "version-id");
	size_t room;
	char *text;

	if (!name || !*name)
		return NULL;
	if (id && sb_streq(id, "mswindows") && whole && sb_starts_with(whole, name))
		return strdup(whole);
	if (!version)
		version = "";
	room = strlen(name) + strlen(version) + 2;
	text = malloc(room);
	if (text)
		snprintf(text, room, "%s%s%s", name, *version ? " " : "", version);
	return text;
}

/* An agent that gives no name is not a failure: the platform in NetBox is kept. */
int qemu_on_osinfo(struct sb_stage_run *stage, const char *key, const json_t *data,
		   const struct sb_error *why, void *arg, struct sb_error *err)
{
	sb_autofree char *name = make_os_name(json_object_get(data, "result"));

	(void)arg;
	(void)why;
	return name ? sb_guest_os_put(stage, &qemu_family, key, name, err) : 0;
}
