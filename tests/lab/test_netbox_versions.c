/* SPDX-License-Identifier: Apache-2.0 */
/* Differences between the versions of NetBox. */
#include "client.h"

#include <stdio.h>
#include <string.h>

#define VMS   "virtualization/virtual-machines/"
#define PORTS "virtualization/interfaces/"
#define MACS  "dcim/mac-addresses/"

/* Two machines, a and b, each with an interface. */
static void two_machines(struct client *c)
{
	make(c, "virtualization/cluster-types/", "{'name':'t','slug':'t'}");
	make(c, "virtualization/clusters/", "{'name':'c','type':1}");
	call(c, 201, "POST", VMS, "[{'name':'a','cluster':1},{'name':'b','cluster':1}]");
	call(c, 201, "POST", PORTS,
	     "[{'name':'e0','virtual_machine':1,'mac_address':'02:00:00:00:00:01'},"
	     "{'name':'e0','virtual_machine':2}]");
}

static void expect_versions(struct client *c, const char *version, const char *django)
{
	call(c, 200, "GET", "status/", NULL);
	expect_text(c, "netbox-version", version);
	expect_text(c, "django-version", django);
	assert_int_equal(!sb_starts_with(version, c->api_version), 0);
}

static void a_45_names_its_version_and_has_no_later_features(void **state)
{
	struct client *c = *state;

	expect_versions(c, "4.5.10", "5.2.13");
	two_machines(c);
	call(c, 404, "GET", "virtualization/virtual-machine-types/", NULL);
	call(c, 200, "GET", VMS "1/", NULL);
	assert_null(at(c, "virtual_machine_type"));
	assert_string_equal(c->etag, "");
	/* 4.5 ignores the unknown filter start= and returns the first page, by offset. */
	call(c, 200, "GET", VMS "?start=2&limit=1", NULL);
	expect_int(c, "count", 2);
	expect_int(c, "results.0.id", 1);
	make(c, "extras/tags/", "{'name':'t','slug':'t'}");
	call(c, 200, "PATCH", VMS "1/", "{'add_tags':[1]}");
	expect_size(c, "tags", 0);
	call(c, 200, "GET", VMS "?tag__any=t", NULL);
	expect_int(c, "count", 2);
	call(c, 400, "POST", VMS, "{'name':'c'}");
	expect_text(c, "cluster.0", "A virtual machine must be assigned to a site and/or cluster.");
}

static void a_46_has_types_cursors_and_etags(void **state)
{
	struct client *c = *state;

	expect_versions(c, "4.6.8", "6.0.8");
	two_machines(c);
	call(c, 200, "GET", "virtualization/virtual-machine-types/", NULL);
	call(c, 200, "GET", VMS "1/", NULL);
	assert_int_equal(!sb_starts_with(c->etag, "W/"), 0);
	call(c, 200, "GET", VMS "?start=2&limit=1", NULL);
	expect_null(c, "count");
	expect_int(c, "results.0.id", 2);
	call(c, 400, "GET", VMS "?start=2&ordering=id", NULL);
	make(c, "extras/tags/", "{'name':'t','slug':'t'}");
	call(c, 200, "PATCH", VMS "1/", "{'add_tags':[1]}");
	expect_size(c, "tags", 1);
	call(c, 400, "POST", VMS, "{'name':'c'}");
	expect_text(c, "__all__.0",
		    "A virtual machine must be assigned to a site, cluster, or device.");
}

/* The field of an interface is read-only: a client creates a MAC address, assigns it and makes it
 * the primary one. */
static void a_mac_address_is_an_object_of_its_own(void **state)
{
	struct client *c = *state;

	two_machines(c);
	call(c, 200, "GET", PORTS "1/", NULL);
	expect_null(c, "mac_address");
	make(c, MACS,
	     "{'mac_address':'02-00-00-00-00-0a','assigned_object_id':1,"
	     "'assigned_object_type':'virtualization.vminterface'}");
	expect_text(c, "mac_address", "02:00:00:00:00:0A");
	assert_null(at(c, "is_primary"));
	call(c, 200, "PATCH", PORTS "1/", "{'primary_mac_address':1}");
	expect_text(c, "mac_address", "02:00:00:00:00:0A");
	call(c, 400, "PATCH", PORTS "2/", "{'primary_mac_address':1}");
	expect_text(c, "primary_mac_address.0",
		    "MAC address 02:00:00:00:00:0A is assigned to a different interface (e0).");
	call(c, 400, "PATCH", MACS "1/", "{'assigned_object_id':2}");
	expect_text(c, "__all__.0",
		    "Cannot reassign MAC Address while it is designated as the primary MAC for an "
		    "object");
	/* A new value keeps the object, and a deleted address is not primary any more. */
	call(c, 200, "PATCH", MACS "1/", "{'mac_address':'02:00:00:00:00:0B'}");
	call(c, 200, "GET", PORTS "1/", NULL);
	expect_text(c, "mac_address", "02:00:00:00:00:0B");
	call(c, 204, "DELETE", MACS "1/", NULL);
	call(c, 200, "GET", PORTS "1/", NULL);
	expect_null(c, "primary_mac_address");
}

static void an_unassigned_mac_address_may_be_primary_once(void **state)
{
	struct client *c = *state;

	two_machines(c);
	make(c, MACS, "{'mac_address':'02:00:00:00:00:0a'}");
	call(c, 200, "PATCH", PORTS "1/", "{'primary_mac_address':1}");
	call(c, 500, "PATCH", PORTS "2/", "{'primary_mac_address':1}");
	expect_text(c, "exception", "IntegrityError");
}

static void old_versions_have_other_error_texts(void **state)
{
	struct client *c = *state;

	two_machines(c);
	call(c, 400, "POST", VMS, "{'name':'A','cluster':1}");
	expect_text(c, "__all__.0", "Virtual machine name must be unique per cluster.");
	call(c, 400, "PATCH", VMS, "[{'id':1,'name':'b'},{'id':2,'vcpus':3}]");
	expect_text(c, "__all__.0", "Virtual machine name must be unique per cluster.");
	call(c, 400, "POST", VMS, "[5,{'name':'x','cluster':1}]");
	expect_text(c, "0.non_field_errors.0", "Invalid data. Expected a dictionary, but got int.");
	call(c, 500, "POST", VMS, "[{'name':'x','cluster':1},{'name':'X','cluster':1}]");
	expect_text(c, "exception", "IntegrityError");
	call(c, 200, "GET", VMS, NULL);
	expect_int(c, "count", 2);
	/* Unknown ids are ignored without an error message. */
	call(c, 200, "PATCH", VMS, "[{'id':99,'vcpus':3},{'id':2,'vcpus':3}]");
	assert_int_equal(json_array_size(c->json), 1);
	call(c, 204, "DELETE", VMS, "[{'id':99}]");
}

/* NetBox ignores unknown filters and returns all rows, which a client must not take for matches. */
static void unknown_filters_are_ignored(void **state)
{
	static const char *const queries[] = {"cf_stagebox_key__isw=lab%2F", "id__in=1",
					      "nonsense=1", "cluster__contains=x"};
	struct client *c = *state;
	char path[96];
	size_t i;

	two_machines(c);
	for (i = 0; i < SB_ARRAY_LEN(queries); i++) {
		snprintf(path, sizeof(path), VMS "?%s", queries[i]);
		call(c, 200, "GET", path, NULL);
		expect_int(c, "count", 2);
	}
	make(c, "extras/custom-fields/",
	     "{'name':'stagebox_key','type':'text','filter_logic':'exact',"
	     "'object_types':['virtualization.virtualmachine']}");
	call(c, 200, "GET", VMS "?cf_stagebox_key__isw=lab%%2F", NULL);
	expect_int(c, "count", 0);
	/* The custom field does not exist for interfaces, so the filter stays unknown there. */
	call(c, 200, "GET", PORTS "?cf_stagebox_key__isw=lab%%2F", NULL);
	expect_int(c, "count", 2);
	call(c, 200, "PATCH", "extras/custom-fields/1/", "{'filter_logic':'disabled'}");
	call(c, 200, "GET", VMS "?cf_stagebox_key__isw=lab%%2F", NULL);
	expect_int(c, "count", 2);
}

static void unknown_fields_are_ignored(void **state)
{
	struct client *c = *state;

	two_machines(c);
	call(c, 200, "PATCH", VMS "1/", "{'virtual_machine_type':5,'nonsense':1,'vcpus':2}");
	assert_null(at(c, "nonsense"));
	call(c, 200, "GET", VMS "1/?fields=id,virtual_machine_type,nonsense", NULL);
	assert_int_equal(json_object_size(c->json), 1);
}

#define T(name, version)                                                                           \
	cmocka_unit_test_setup_teardown(name, client_setup##version, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_45_names_its_version_and_has_no_later_features, _45),
		T(a_46_has_types_cursors_and_etags, _46),
		T(a_mac_address_is_an_object_of_its_own, _45),
		T(a_mac_address_is_an_object_of_its_own, _46),
		T(an_unassigned_mac_address_may_be_primary_once, _45),
		T(an_unassigned_mac_address_may_be_primary_once, _46),
		T(old_versions_have_other_error_texts, _45),
		T(old_versions_have_other_error_texts, _46),
		T(unknown_filters_are_ignored, _45),
		T(unknown_filters_are_ignored, _46),
		T(unknown_filters_are_ignored, ),
		T(unknown_fields_are_ignored, _45),
	};

	return cmocka_run_group_tests_name("netbox_versions", tests, NULL, NULL);
}
