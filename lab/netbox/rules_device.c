/* SPDX-License-Identifier: Apache-2.0 */
/* Device types and devices. */
#include "rules_shared.h"

#include <math.h>
#include <string.h>

static void type_display(const struct lab_netbox *nb, const struct nb_object *type,
			 struct sb_buf *out)
{
	(void)nb;
	sb_buf_add(out, nb_text(type, "model"));
}

static void type_clean(struct nb_write *write)
{
	double height = json_number_value(nb_get(write->object, "u_height"));

	if (fabs(height * 2 - round(height * 2)) > 1e-9)
		nb_error(write->call, "u_height",
			 "U height must be in increments of 0.5 rack units.");
	else if (sb_streq(nb_text(write->object, "subdevice_role"), "child") && height != 0)
		nb_error(write->call, "u_height", "Child device types must be 0U.");
}

const struct nb_rules nb_rules_devicetype = {.display = type_display, .clean = type_clean};

static void device_display(const struct lab_netbox *nb, const struct nb_object *device,
			   struct sb_buf *out)
{
	const struct nb_object *type = nb_ref(nb, device, "device_type");

	const char *tag = nb_text(device, "asset_tag");

	if (!json_is_null(nb_get(device, "name")))
		sb_buf_addf(out, *tag ? "%s (%s)" : "%s", nb_text(device, "name"), tag);
	else
		sb_buf_addf(out, "%s (%u)", type ? nb_text(type, "model") : "", device->id);
}

static void device_prepare(struct nb_write *write)
{
	const struct nb_object *type = nb_ref(write->nb, write->object, "device_type");

	if (!write->old && type && json_is_null(nb_get(write->object, "platform")))
		nb_put_take(write->nb, write->object, "platform",
			    json_incref(nb_get(type, "default_platform")));
}

static bool platform_clean(struct nb_write *write)
{
	const struct nb_object *platform = nb_ref(write->nb, write->object, "platform");
	const struct nb_object *type = nb_ref(write->nb, write->object, "device_type");
	const struct nb_object *limit =
		platform ? nb_ref(write->nb, platform, "manufacturer") : NULL;
	const struct nb_object *maker = type ? nb_ref(write->nb, type, "manufacturer") : NULL;

	if (!limit || limit == maker)
		return true;
	nb_error(write->call, "platform",
		 "The assigned platform is limited to %s device types, but this device's type "
		 "belongs to %s.",
		 nb_text(limit, "name"), maker ? nb_text(maker, "name") : "");
	return false;
}

static void device_clean(struct nb_write *write)
{
	const struct nb_object *cluster = nb_ref(write->nb, write->object, "cluster");
	const struct nb_object *place = cluster ? nb_ref(write->nb, cluster, "_site") : NULL;

	if (!nb_primary_clean(write, "device") || !platform_clean(write))
		return;
	if (place && place != nb_ref(write->nb, write->object, "site"))
		nb_error(write->call, "cluster",
			 "The assigned cluster belongs to a different site (%s)",
			 nb_text(place, "name"));
}

static json_t *device_computed(struct lab_netbox *nb, const struct nb_object *device,
			       const struct nb_field *field)
{
	if (sb_streq(field->name, "config_context"))
		return nb_config_context(device);
	return nb_primary_output(nb, device);
}

const struct nb_rules nb_rules_device = {.display = device_display,
					 .computed = device_computed,
					 .prepare = device_prepare,
					 .clean = device_clean};
