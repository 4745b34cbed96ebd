/* SPDX-License-Identifier: Apache-2.0 */
/* Print the status of a lab as text or JSON. */
#include "front/front.h"

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static long long number_of(json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

void lab_print_status(json_t *status, bool as_json)
{
	json_t *netbox = json_object_get(status, "netbox"), *site;
	size_t i;

	if (as_json) {
		json_dumpf(status, stdout, JSON_INDENT(2));
		printf("\n");
		return;
	}
	printf("NetBox %-8s %s\n", text_of(netbox, "version"), text_of(netbox, "url"));
	json_array_foreach (json_object_get(status, "endpoints"), i, site) {
		long long nodes = number_of(site, "nodes"), guests = number_of(site, "guests");

		printf("Proxmox VE %-4lld %s  %s, %lld node%s, %lld guest%s\n",
		       number_of(status, "pve"), text_of(site, "url"), text_of(site, "slug"), nodes,
		       nodes == 1 ? "" : "s", guests, guests == 1 ? "" : "s");
	}
	printf("Configuration   %s\nRequest log     %s\n", text_of(status, "config"),
	       text_of(status, "log"));
}
