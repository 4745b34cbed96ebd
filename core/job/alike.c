/* SPDX-License-Identifier: Apache-2.0 */
/* One Proxmox VE under two slugs. */
#include "job/alike.h"

#include <string.h>

#include "stagebox/json.h"

void sb_alike_note(struct sb_run *run, const char *identity, const json_t *clusters)
{
	const json_t *other;
	const char *slug;

	run->snap->alike = NULL;
	json_object_foreach ((json_t *)(uintptr_t)clusters, slug, other) {
		if (*identity && sb_streq(identity, json_string_value(other)))
			run->snap->alike = slug;
	}
}

int sb_alike_check(const struct sb_run *run, const char *identity, struct sb_error *err)
{
	const char *other = run->snap->alike, *nodes = strrchr(identity, ':');

	if (!other || !run->diff || run->diff->n_alike <= run->diff->n_unlike)
		return 0;
	return sb_fail(err, SB_E_CONFIG,
		       "%s answers as the cluster of %s (nodes %.150s), and has its guests: put "
		       "this URL into the urls of %s, and remove the endpoint %s; nothing was "
		       "written",
		       run->slug, other, nodes ? nodes + 1 : identity, other, run->slug);
}
