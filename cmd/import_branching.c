/* SPDX-License-Identifier: Apache-2.0 */
/* The branching of netbox-proxbox and netbox-ceph as the group branching. */
#include "import_proxbox.h"

#include <string.h>

#include "conf/conf.h"
#include "stagebox/json.h"

bool import_has_branching(const json_t *settings)
{
	return json_is_true(json_object_get(settings, "branching_enabled"));
}

/* One option from a setting; a value that the option does not take becomes a comment. */
static void add_option(struct sb_buf *to, const char *indent, const char *name,
		       const json_t *settings, const char *setting)
{
	const char *text = sb_json_str(settings, setting);
	struct sb_error why = SB_ERROR_INIT;
	sb_autofree char *final = NULL;

	if (!text)
		return;
	if (sb_conf_check("branching", name, text, &final, &why) < 0) {
		sb_buf_addf(to, "%s# TODO: %s is not converted: ", indent, setting);
		import_add_comment(to, why.text);
		sb_buf_add(to, "\n");
		return;
	}
	sb_buf_addf(to, "%s%s = \"%s\"; # %s\n", indent, name, final, setting);
}

/* Who enabled branching wanted that nothing reaches main unmerged: netbox-proxbox refuses a run
 * without a branch. Older versions wrote to main where NetBox had no netbox-branching. */
static void add_options(struct sb_buf *to, const char *indent, const json_t *settings)
{
	sb_buf_addf(to, "%smode = \"required\"; # branching_enabled = true\n", indent);
	add_option(to, indent, "prefix", settings, "branch_name_prefix");
	add_option(to, indent, "on_conflict", settings, "branch_on_conflict");
}

void import_branching(struct sb_buf *to, const json_t *settings, const json_t *ceph_settings)
{
	bool all = import_has_branching(settings), ceph = import_has_branching(ceph_settings);

	if (!all && !ceph)
		return;
	sb_buf_add(
		to,
		"# Runs write into a branch of NetBox, which is merged at their end. Without one a "
		"run is refused;\n# with the mode \"if-available\" it writes to main, as older "
		"versions of netbox-proxbox did.\nbranching: {\n");
	if (all)
		add_options(to, "\t", settings);
	if (json_is_object(ceph_settings)) {
		sb_buf_add(to, "\t# The settings of netbox-ceph.\n\tmodules: {\n\t\tceph: {\n");
		if (ceph)
			add_options(to, "\t\t\t", ceph_settings);
		else
			sb_buf_add(to, "\t\t\tmode = \"off\"; # branching_enabled = false\n");
		sb_buf_add(to, "\t\t};\n\t};\n");
	}
	sb_buf_add(to, "};\n\n");
}
