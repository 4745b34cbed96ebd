/* SPDX-License-Identifier: Apache-2.0 */
/* VLANs and their groups. */
#include "rules_shared.h"

#include <string.h>

static void vlan_display(const struct lab_netbox *nb, const struct nb_object *vlan,
			 struct sb_buf *out)
{
	(void)nb;
	sb_buf_addf(out, "%s (%" JSON_INTEGER_FORMAT ")", nb_text(vlan, "name"),
		    (json_int_t)nb_int(vlan, "vid"));
}

static bool in_ranges(const json_t *ranges, json_int_t vid)
{
	json_t *range;
	size_t i;

	json_array_foreach (ranges, i, range) {
		if (vid >= json_integer_value(json_array_get(range, 0)) &&
		    vid <= json_integer_value(json_array_get(range, 1)))
			return true;
	}
	return false;
}

static void ranges_text(const json_t *ranges, struct sb_buf *out)
{
	json_t *range;
	size_t i;

	json_array_foreach (ranges, i, range) {
		sb_buf_addf(out, "%s%" JSON_INTEGER_FORMAT "-%" JSON_INTEGER_FORMAT, i ? ", " : "",
			    json_integer_value(json_array_get(range, 0)),
			    json_integer_value(json_array_get(range, 1)));
	}
}

static void vlan_clean(struct nb_write *write)
{
	const struct nb_object *vlan = write->object;
	const struct nb_object *group = nb_ref(write->nb, vlan, "group");
	const struct nb_object *site = nb_ref(write->nb, vlan, "site");
	const struct nb_object *scope = group ? nb_ref(write->nb, group, "scope_id") : NULL;
	const char *role = nb_text(vlan, "qinq_role");
	sb_autobuf ranges = SB_BUF_INIT(4096);

	if (site && scope && nb_is(scope, "dcim.site") && scope != site) {
		nb_error(write->call, "__all__",
			 "VLAN is assigned to group %s (scope: %s); cannot also assign to site %s.",
			 nb_text(group, "name"), nb_text(scope, "name"), nb_text(site, "name"));
		return;
	}
	if (group && !in_ranges(nb_get(group, "vid_ranges"), nb_int(vlan, "vid"))) {
		ranges_text(nb_get(group, "vid_ranges"), &ranges);
		nb_error(write->call, "vid", "VID must be in ranges %s for VLANs in group %s",
			 sb_buf_str(&ranges), nb_text(group, "name"));
		return;
	}
	if (nb_ref(write->nb, vlan, "qinq_svlan") && !sb_streq(role, "cvlan"))
		nb_error(write->call, "qinq_svlan",
			 "Only Q-in-Q customer VLANs maybe assigned to a service VLAN.");
	else if (!nb_ref(write->nb, vlan, "qinq_svlan") && sb_streq(role, "cvlan"))
		nb_error(write->call, "qinq_role",
			 "A Q-in-Q customer VLAN must be assigned to a service VLAN.");
}

const struct nb_rules nb_rules_vlan = {.display = vlan_display, .clean = vlan_clean};

static void group_clean(struct nb_write *write)
{
	json_t *range;
	size_t i;

	if (!nb_scope_clean(write))
		return;
	json_array_foreach (nb_get(write->object, "vid_ranges"), i, range) {
		json_int_t low = json_integer_value(json_array_get(range, 0));
		json_int_t high = json_integer_value(json_array_get(range, 1));

		if (json_array_size(range) == 2 && low >= 1 && high <= 4094 && low <= high)
			continue;
		nb_error(write->call, "vid_ranges",
			 "Ranges must be specified in the form (lower, upper).");
		return;
	}
}

static json_t *group_computed(struct lab_netbox *nb, const struct nb_object *group,
			      const struct nb_field *field)
{
	json_int_t total = 0;
	size_t used = 0, i;
	json_t *range;
	char text[64];

	json_array_foreach (nb_get(group, "vid_ranges"), i, range) {
		total += json_integer_value(json_array_get(range, 1)) -
			 json_integer_value(json_array_get(range, 0)) + 1;
	}
	if (sb_streq(field->name, "total_vlan_ids"))
		return json_integer(total);
	nb_referrers(nb, group, "ipam.vlan", "group", &used);
	snprintf(text, sizeof(text), "%.2f", total ? (double)used * 100 / (double)total : 0.0);
	if (text[strlen(text) - 1] == '0') /* Python rounds and prints at most one zero */
		text[strlen(text) - 1] = '\0';
	return json_string(text);
}

const struct nb_rules nb_rules_vlangroup = {.clean = group_clean, .computed = group_computed};
