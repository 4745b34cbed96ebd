/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/objects.h"

#include <string.h>

#include "base/buf.h"
#include "netbox/types.h"
#include "run/home_types.h"
#include "run/objects_home.h"
#include "run/objects_rights.h"
#include "stagebox/json.h"

#define WHERE "netbox"
#define CHECK "objects"

static const json_t *find_type(const json_t *rows, const char *slug)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (sb_streq(sb_json_str(row, "slug"), slug))
			return row;
	return NULL;
}

/* False: the type cannot be used. */
static bool check_type(struct sb_report *report, const json_t *want, const json_t *row,
		       const char *instance)
{
	char text[400];

	if (!sb_home_type_fault(want, row, instance, text, sizeof(text)))
		return true;
	sb_report_warn(report, WHERE, CHECK, "see above, then run `stagebox doctor` again",
		       "%s; a sync skips its stages", text);
	return false;
}

static void report_missing(struct sb_report *report, json_t *missing)
{
	sb_autobuf text = SB_BUF_INIT(4000);
	const json_t *name;
	json_t *entry;
	size_t i;

	json_array_foreach (missing, i, name)
		sb_buf_add_item(&text, json_string_value(name));
	entry = sb_report_missing_right(report, WHERE, CHECK,
					"grant the user of the token view, add, change and delete "
					"on these object types (Admin > Permissions)",
					"the token lacks %s", sb_buf_str(&text));
	sb_report_data(entry, "missing", json_incref(missing));
}

static void check_homes(struct sb_report *report, struct sb_http *http, struct sb_netbox *netbox,
			const json_t *homes, const json_t *rows, const char *instance)
{
	sb_autojson *missing = json_array();
	struct sb_error why = SB_ERROR_INIT;
	bool is_good = true;
	const json_t *home;
	char type[64];
	size_t i;

	json_array_foreach (homes, i, home) {
		const json_t *want = json_object_get(home, "type");
		const json_t *row = find_type(rows, sb_json_str(want, "slug"));

		if (!check_type(report, want, row, instance)) {
			is_good = false;
			continue;
		}
		sb_objects_type(json_integer_value(json_object_get(row, "id")), type);
		if (sb_objects_rights(http, netbox, sb_json_str(home, "path"), type, missing,
				      &why) < 0) {
			sb_report_fail(report, WHERE, CHECK, &why);
			is_good = false;
		}
	}
	if (json_array_size(missing))
		report_missing(report, missing);
	else if (is_good)
		sb_report_ok(report, WHERE, CHECK,
			     "%zu types of custom objects, with plugin netbox-custom-objects %s",
			     json_array_size(homes), sb_netbox_caps(netbox)->objects_version);
}

void sb_doctor_objects(struct sb_report *report, struct sb_http *http, struct sb_netbox *netbox,
		       const json_t *homes, const char *instance)
{
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *rows = NULL;

	if (sb_objects_version(netbox, &why) < 0)
		sb_report_warn(
			report, WHERE, CHECK,
			"see above: what NetBox keeps in the tables of the plugin is not lost",
			"%s; a sync skips the stages whose objects are custom objects", why.text);
	else if (sb_netbox_list_wait(netbox, SB_TYPES_PATH, "", "", &rows, &why) < 0)
		sb_report_fail(report, WHERE, CHECK, &why);
	else
		check_homes(report, http, netbox, homes, rows, instance);
}
