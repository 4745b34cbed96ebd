/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of the simulated NetBox: pages, order, filters, sparse output. */
#include "client.h"

#include <stdio.h>
#include <string.h>

#define SITES "dcim/sites/"
#define VMS   "virtualization/virtual-machines/"
#define IPS   "ipam/ip-addresses/"

static void make_sites(struct client *c, int n)
{
	int i;

	for (i = 1; i <= n; i++)
		make(c, SITES, "{'name':'site %d','slug':'s%d'}", i, i);
}

static void an_offset_page_has_a_count_and_links(void **state)
{
	struct client *c = *state;

	make_sites(c, 12);
	call(c, 200, "GET", SITES "?limit=5&offset=5", NULL);
	expect_int(c, "count", 12);
	expect_size(c, "results", 5);
	assert_non_null(strstr(json_string_value(at(c, "next")), "offset=10"));
	assert_non_null(strstr(json_string_value(at(c, "previous")), "/?limit=5"));
	assert_null(strstr(json_string_value(at(c, "previous")), "offset"));
	call(c, 200, "GET", SITES "?limit=5&offset=10", NULL);
	expect_null(c, "next");
	call(c, 200, "GET", SITES "?limit=5&offset=99", NULL);
	expect_size(c, "results", 0);
}

static void names_are_ordered_with_numbers_by_value(void **state)
{
	struct client *c = *state;

	make_sites(c, 12);
	call(c, 200, "GET", SITES, NULL);
	expect_text(c, "results.1.name", "site 2");
	expect_text(c, "results.9.name", "site 10");
	call(c, 200, "GET", SITES "?ordering=-id&limit=1&fields=id", NULL);
	expect_int(c, "results.0.id", 12);
	expect_size(c, "results.0", 1);
}

static void a_cursor_page_has_no_count_and_a_full_one_has_a_next(void **state)
{
	struct client *c = *state;

	make_sites(c, 4);
	call(c, 204, "DELETE", SITES "2/", NULL);
	call(c, 200, "GET", SITES "?start=0&limit=2", NULL);
	expect_null(c, "count");
	expect_int(c, "results.1.id", 3);
	assert_non_null(strstr(json_string_value(at(c, "next")), "start=4"));
	call(c, 200, "GET", SITES "?start=4&limit=1", NULL);
	assert_non_null(strstr(json_string_value(at(c, "next")), "start=5"));
	call(c, 200, "GET", SITES "?start=5&limit=1", NULL);
	expect_size(c, "results", 0);
	expect_null(c, "next");
	call(c, 400, "GET", SITES "?start=0&offset=1", NULL);
	expect_text(c, "0", "'start' and 'offset' are mutually exclusive.");
}

static void limits_are_clamped_and_invalid_ones_are_the_default(void **state)
{
	struct client *c = *state;
	char body[8192] = "[";
	int i;

	for (i = 0; i < 60; i++)
		snprintf(body + strlen(body), sizeof(body) - strlen(body),
			 "%s{'name':'x%d','slug':'x%d'}", i ? "," : "", i, i);
	call(c, 201, "POST", SITES, "%s]", body);
	call(c, 200, "GET", SITES "?limit=abc", NULL);
	expect_size(c, "results", 50);
	call(c, 200, "GET", SITES "?limit=0", NULL);
	expect_size(c, "results", 60);
}

static void unknown_parameters_are_ignored_and_unknown_ids_are_not(void **state)
{
	struct client *c = *state;

	make_sites(c, 2);
	call(c, 200, "GET", SITES "?nmae=x&id__in=1", NULL);
	expect_int(c, "count", 2);
	call(c, 200, "GET", SITES "?id__gt=1&name__gte=x", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", SITES "?id=1&id=77", NULL);
	expect_int(c, "count", 1);
	call(c, 400, "GET", VMS "?cluster_id=999", NULL);
	expect_text(c, "cluster_id.0",
		    "Select a valid choice. 999 is not one of the available choices.");
	call(c, 400, "GET", SITES "?status=gone", NULL);
	call(c, 400, "GET", SITES "?id=1,2", NULL);
	call(c, 400, "GET", SITES "?tag=none", NULL);
	call(c, 200, "GET", SITES "?tenant_id=null", NULL);
	expect_int(c, "count", 2);
}

static void text_lookups(void **state)
{
	struct client *c = *state;

	call(c, 201, "POST", SITES,
	     "[{'name':'Alpha','slug':'alpha'},{'name':'Beta','slug':'beta','facility':'x'}]");
	call(c, 200, "GET", SITES "?name=alpha", NULL);
	expect_int(c, "count", 0);
	call(c, 200, "GET", SITES "?name__ie=alpha", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", SITES "?name__isw=AL&name__isw=be", NULL);
	expect_int(c, "count", 2);
	call(c, 200, "GET", SITES "?name__n=Alpha&name__n=Beta", NULL);
	expect_int(c, "count", 0);
	call(c, 200, "GET", SITES "?facility__empty=true", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", SITES "?name__regex=^B.t", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", SITES "?slug=beta&status=active", NULL);
	expect_int(c, "count", 1);
}

static void custom_field_filters_follow_their_logic(void **state)
{
	struct client *c = *state;

	call(c, 201, "POST", "extras/custom-fields/",
	     "[{'name':'key','type':'text','filter_logic':'exact','object_types':['dcim.site']},"
	     "{'name':'note','type':'text','object_types':['dcim.site']},"
	     "{'name':'any','type':'json','object_types':['dcim.site']}]");
	call(c, 201, "POST", SITES,
	     "[{'name':'1','slug':'1','custom_fields':{'key':'lab/1','note':'Hello'}},"
	     "{'name':'2','slug':'2','custom_fields':{'key':'lab/12'}},{'name':'3','slug':'3'}]");
	call(c, 200, "GET", SITES "?cf_key=lab/1", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", SITES "?cf_key__isw=lab/", NULL);
	expect_int(c, "count", 2);
	call(c, 200, "GET", SITES "?cf_note=ell", NULL);
	expect_int(c, "count", 1);
	/* several values at once, ignoring case; one of them shorter than what is searched first */
	call(c, 200, "GET", SITES "?cf_note__ic=HELLO&cf_note__ic=never", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", SITES "?cf_note__nic=hell&cf_note__nic=never", NULL);
	expect_int(c, "count", 2);
	call(c, 200, "GET", SITES "?cf_note__ic=hellos&cf_note__ic=jell", NULL);
	expect_int(c, "count", 0);
	call(c, 200, "GET", SITES "?cf_note__ic=LO&cf_note__ic=never", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", SITES "?cf_key__empty=true", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", SITES "?cf_any=5&cf_none=6", NULL);
	expect_int(c, "count", 3);
}

static void address_filters(void **state)
{
	struct client *c = *state;

	call(c, 201, "POST", IPS,
	     "[{'address':'192.0.2.1/24'},{'address':'192.0.3.1/24'},{'address':'2001:db8::1/"
	     "64'}]");
	call(c, 200, "GET", IPS "?address=192.0.2.1&address=2001:DB8::1/64", NULL);
	expect_int(c, "count", 2);
	call(c, 200, "GET", IPS "?address=192.0.2.1/25", NULL);
	expect_int(c, "count", 0);
	/* one address with and without a mask, and one that only begins like it */
	make(c, "ipam/vrfs/", "{'name':'v'}");
	call(c, 201, "POST", IPS,
	     "[{'address':'192.0.2.10/24'},{'address':'192.0.2.1/32','vrf':1}]");
	call(c, 200, "GET",
	     IPS "?address=192.0.2.1/32&address=192.0.2.1&address=192.0.2.1/24&address=192.0.2.1",
	     NULL);
	expect_int(c, "count", 2);
	call(c, 200, "GET", IPS "?address=192.0.2.1/32", NULL);
	expect_int(c, "count", 1);
	expect_int(c, "results.0.id", 5);
	call(c, 204, "DELETE", IPS "5/", NULL);
	call(c, 200, "GET", IPS "?address=192.0.2.1/32", NULL);
	expect_int(c, "count", 0);
	call(c, 200, "GET", IPS "?address=nonsense", NULL);
	expect_int(c, "count", 0);
	call(c, 200, "GET", IPS "?parent=192.0.2.0/24", NULL);
	expect_int(c, "count", 2);
	call(c, 200, "GET", IPS "?family=6", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", IPS "?assigned=true", NULL);
	expect_int(c, "count", 0);
}

static void rows_are_found_by_their_owners(void **state)
{
	struct client *c = *state;

	make(c, "virtualization/cluster-types/", "{'name':'P','slug':'p'}");
	make(c, "virtualization/clusters/", "{'name':'lab','type':1}");
	call(c, 201, "POST", VMS, "[{'name':'a','cluster':1},{'name':'b','cluster':1}]");
	call(c, 201, "POST", "virtualization/interfaces/",
	     "[{'virtual_machine':1,'name':'n','mac_address':'02:00:00:00:00:01'},"
	     "{'virtual_machine':2,'name':'n'}]");
	make(c, IPS,
	     "{'address':'192.0.2.1/24','assigned_object_type':'virtualization.vminterface',"
	     "'assigned_object_id':1}");
	call(c, 200, "GET", IPS "?virtual_machine_id=1", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", IPS "?virtual_machine_id=2", NULL);
	expect_int(c, "count", 0);
	call(c, 200, "GET", IPS "?assigned_object_type=virtualization.vminterface", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", VMS "?mac_address=02-00-00-00-00-01", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", "dcim/mac-addresses/?mac_address=02:00:00:00:00:01&mac_address=02",
	     NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", "dcim/mac-addresses/?mac_address__isw=02:00", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", VMS "?name=A", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", "virtualization/interfaces/?cluster_id=1", NULL);
	expect_int(c, "count", 2);
	make(c, "dcim/sites/", "{'name':'s','slug':'s'}");
	make(c, VMS, "{'name':'a','site':1}");
	make(c, "virtualization/interfaces/", "{'virtual_machine':3,'name':'n'}");
	call(c, 200, "GET", "virtualization/interfaces/?virtual_machine=a", NULL);
	expect_int(c, "count", 2);
	make(c, "ipam/vlans/", "{'vid':5,'name':'five'}");
	call(c, 200, "PATCH", "virtualization/interfaces/1/",
	     "{'mode':'tagged','tagged_vlans':[1]}");
	call(c, 200, "GET", "virtualization/interfaces/?vlan_id=1", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", VMS "?has_primary_ip=true", NULL);
	expect_int(c, "count", 0);
}

static void several_tags_must_all_be_there(void **state)
{
	struct client *c = *state;

	call(c, 201, "POST", "extras/tags/", "[{'name':'A','slug':'a'},{'name':'B','slug':'b'}]");
	call(c, 201, "POST", SITES,
	     "[{'name':'1','slug':'1','tags':[1]},{'name':'2','slug':'2','tags':[1,2]}]");
	call(c, 200, "GET", SITES "?tag=a&tag=b", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", SITES "?tag__any=a&tag__any=b", NULL);
	expect_int(c, "count", 2);
	call(c, 200, "GET", SITES "?tag__n=b", NULL);
	expect_int(c, "count", 1);
}

static void the_change_log_is_filtered_by_time(void **state)
{
	struct client *c = *state;
	char path[200];

	make_sites(c, 2);
	call(c, 200, "GET", "core/object-changes/?start=0", NULL);
	snprintf(path, sizeof(path), "core/object-changes/?time_after=%s&start=0&limit=1000",
		 json_string_value(at(c, "results.1.time")));
	call(c, 200, "GET", path, NULL);
	expect_size(c, "results", 1);
	expect_text(c, "results.0.action.label", "Created");
	call(c, 400, "GET", "core/object-changes/?time_after=yesterday", NULL);
	call(c, 200, "GET", "core/object-changes/?time__gte=2100-01-01", NULL);
	expect_int(c, "count", 2);
}

static void brief_and_omit(void **state)
{
	struct client *c = *state;

	make_sites(c, 1);
	call(c, 200, "GET", SITES "?brief=1", NULL);
	expect_size(c, "results.0", 6);
	call(c, 200, "GET", SITES "1/?omit=name,tags", NULL);
	assert_null(at(c, "name"));
	assert_non_null(at(c, "slug"));
	call(c, 200, "GET", SITES "1/?fields=nothing", NULL);
	expect_size(c, "", 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, client_setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_offset_page_has_a_count_and_links),
		T(names_are_ordered_with_numbers_by_value),
		T(a_cursor_page_has_no_count_and_a_full_one_has_a_next),
		T(limits_are_clamped_and_invalid_ones_are_the_default),
		T(unknown_parameters_are_ignored_and_unknown_ids_are_not),
		T(text_lookups),
		T(custom_field_filters_follow_their_logic),
		T(address_filters),
		T(rows_are_found_by_their_owners),
		T(several_tags_must_all_be_there),
		T(the_change_log_is_filtered_by_time),
		T(brief_and_omit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
