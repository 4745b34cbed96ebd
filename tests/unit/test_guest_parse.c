/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing strings of a config. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "guest/guest_priv.h"

static int64_t parse_mib(const char *text)
{
	int64_t size = -1;

	return sb_guest_size_mib(text, &size) < 0 ? -1 : size;
}

static void sizes_are_rounded_up_to_mib(void **state)
{
	(void)state;
	assert_int_equal(parse_mib("32G"), 32768);
	assert_int_equal(parse_mib("528K"), 1);
	assert_int_equal(parse_mib("1025K"), 2);
	assert_int_equal(parse_mib("4M"), 4);
	assert_int_equal(parse_mib("4098M"), 4098);
	assert_int_equal(parse_mib("2T"), 2097152);
	assert_int_equal(parse_mib("1.5G"), 1536);
	assert_int_equal(parse_mib("33554432K"), 32768);
	assert_int_equal(parse_mib("1234567"), 2);
	assert_int_equal(parse_mib("1048576"), 1);
	assert_int_equal(parse_mib("8KiB"), 1);
	assert_int_equal(parse_mib("8GiB"), 8192);
	assert_int_equal(parse_mib("0"), 0);
}

static void invalid_sizes_are_refused(void **state)
{
	static const char *const texts[] = {
		"", "G", "-1G", "1X", "1GG", "99999999999999999999G", "9999999999P", " 1G"};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(texts); i++)
		assert_int_equal(parse_mib(texts[i]), -1);
}

static void props_are_split_at_the_first_equals_sign_and_keep_the_bare_value(void **state)
{
	json_t *props = sb_guest_props("local:vm-1-disk-0, size=8G,,serial=a=b,size=9G", "file");

	(void)state;
	assert_string_equal(sb_json_str(props, "file"), "local:vm-1-disk-0");
	assert_string_equal(sb_json_str(props, "size"), "9G");
	assert_string_equal(sb_json_str(props, "serial"), "a=b");
	assert_int_equal(json_object_size(props), 3);
	json_decref(props);
	props = sb_guest_props("x,=y,,", NULL);
	assert_int_equal(json_object_size(props), 0);
	json_decref(props);
}

static void macs_of_any_notation_become_upper_case_with_colons(void **state)
{
	char mac[18] = "";

	(void)state;
	assert_true(sb_guest_mac("bc:24:11:0a:1b:2c", mac));
	assert_string_equal(mac, "BC:24:11:0A:1B:2C");
	assert_true(sb_guest_mac("DE-AD-BE-EF-00-01", mac));
	assert_string_equal(mac, "DE:AD:BE:EF:00:01");
	assert_false(sb_guest_mac("00:00:00:00:00:00", mac));
	assert_false(sb_guest_mac("bc:24:11:0a:1b", mac));
	assert_false(sb_guest_mac("bc:24:11:0a:1b:2c:3d", mac));
	assert_false(sb_guest_mac("virtio", mac));
	assert_false(sb_guest_mac("", mac));
	assert_false(sb_guest_mac("bc:24:11:0a:1b:2c:", mac));
}

static void addresses_are_canonical_without_their_zone(void **state)
{
	struct sb_guest_ip ip;

	(void)state;
	assert_true(sb_guest_ip_parse("2001:DB8:0:0::1", 64, &ip));
	assert_string_equal(ip.text, "2001:db8::1");
	assert_int_equal(ip.prefix, 64);
	assert_true(sb_guest_ip_parse("fe80::1%eth0/64", -1, &ip));
	assert_string_equal(ip.text, "fe80::1");
	assert_int_equal(ip.prefix, 64);
	assert_true(sb_guest_ip_parse("10.0.0.1", -1, &ip));
	assert_int_equal(ip.prefix, 32);
	assert_true(sb_guest_ip_parse("10.0.0.1/99", -1, &ip));
	assert_int_equal(ip.prefix, 32);
	assert_true(sb_guest_ip_parse("2001:db8::1", -1, &ip));
	assert_int_equal(ip.prefix, 128);
	assert_false(sb_guest_ip_parse("dhcp", -1, &ip));
	assert_false(sb_guest_ip_parse("", -1, &ip));
	assert_false(sb_guest_ip_parse("10.0.0.256", -1, &ip));
}

static void local_addresses_are_recognised(void **state)
{
	static const char *const local[] = {"127.0.0.1",      "169.254.3.4", "224.0.0.1",
					    "0.0.0.0",        "::",          "::1",
					    "fe80::1",        "febf::1",     "ff02::1",
					    "255.255.255.255"};
	static const char *const global[] = {"10.0.0.1", "192.0.2.1", "2001:db8::1", "fd00::1",
					     "169.253.1.1"};
	struct sb_guest_ip ip;
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(local); i++) {
		assert_true(sb_guest_ip_parse(local[i], -1, &ip));
		assert_true(sb_guest_ip_is_local(&ip));
	}
	for (i = 0; i < SB_ARRAY_LEN(global); i++) {
		assert_true(sb_guest_ip_parse(global[i], -1, &ip));
		assert_false(sb_guest_ip_is_local(&ip));
	}
}

static bool is_refused(const char *text)
{
	struct sb_guest_ip ip;

	assert_true(sb_guest_ip_parse(text, -1, &ip));
	return sb_guest_ip_refused(&ip) != NULL;
}

static void network_and_broadcast_addresses_cannot_be_assigned(void **state)
{
	(void)state;
	assert_true(is_refused("192.0.2.0/24"));
	assert_true(is_refused("192.0.2.255/24"));
	assert_true(is_refused("2001:db8::/64"));
	assert_false(is_refused("192.0.2.1/24"));
	assert_false(is_refused("192.0.2.0/31"));
	assert_false(is_refused("192.0.2.0/32"));
	assert_false(is_refused("2001:db8::/127"));
	assert_false(is_refused("2001:db8::ffff:ffff:ffff:ffff/64"));
}

static void expect_dns(const char *host, const char *domain, const char *expected)
{
	char *name = sb_guest_dns(host, domain);

	if (expected) {
		assert_non_null(name);
		assert_string_equal(name, expected);
	} else {
		assert_null(name);
	}
	free(name);
}

static void dns_names_are_valid_and_in_lower_case(void **state)
{
	(void)state;
	expect_dns("web01.Example.NET.", NULL, "web01.example.net");
	expect_dns("Dns1", "example.net other.net", "dns1.example.net");
	expect_dns("dns1.a.b", "example.net", "dns1.a.b");
	expect_dns("dns1", NULL, "dns1");
	expect_dns("dns1", "", "dns1");
	expect_dns("localhost", "example.net", NULL);
	expect_dns("a b", "example.net", NULL);
	expect_dns("a..b", NULL, NULL);
	expect_dns("", "example.net", NULL);
}

static struct sb_guest_vlans parse_vlans(int64_t tag, const char *trunks)
{
	struct sb_guest_vlans result;

	sb_guest_vlans_of(tag, trunks, &result);
	return result;
}

static void a_tag_alone_is_access(void **state)
{
	struct sb_guest_vlans v = parse_vlans(20, NULL);

	(void)state;
	assert_string_equal(v.mode, "access");
	assert_int_equal(v.untagged, 20);
	assert_int_equal(v.n_tagged, 0);
}

static void without_tag_and_trunks_there_is_no_mode(void **state)
{
	(void)state;
	assert_null(parse_vlans(0, NULL).mode);
	assert_null(parse_vlans(4095, "").mode);
	assert_null(parse_vlans(-1, "x;0;5000;7-").mode);
}

static void trunks_up_to_64_are_tagged(void **state)
{
	struct sb_guest_vlans v = parse_vlans(0, "30-32;20;10;20");

	(void)state;
	assert_string_equal(v.mode, "tagged");
	assert_int_equal(v.untagged, 0);
	assert_int_equal(v.n_tagged, 5);
	assert_int_equal(v.tagged[0], 10);
	assert_int_equal(v.tagged[4], 32);
	assert_string_equal(parse_vlans(0, "1-64").mode, "tagged");
	assert_int_equal(parse_vlans(0, "1-64").n_tagged, 64);
}

static void more_trunks_are_tagged_all(void **state)
{
	struct sb_guest_vlans v = parse_vlans(5, "1-65");

	(void)state;
	assert_string_equal(v.mode, "tagged-all");
	assert_int_equal(v.untagged, 5);
	assert_int_equal(v.n_tagged, 0);
}

static void tag_and_trunks_are_tagged_with_an_untagged_vlan(void **state)
{
	struct sb_guest_vlans v = parse_vlans(120, "10;20");

	(void)state;
	assert_string_equal(v.mode, "tagged");
	assert_int_equal(v.untagged, 120);
	assert_int_equal(v.n_tagged, 2);
}

static void expect_notes(const char *notes, const char *description, const char *comments)
{
	json_t *d = NULL, *c = NULL;

	assert_int_equal(sb_guest_notes(notes, &d, &c, NULL), 0);
	assert_string_equal(json_string_value(d), description);
	assert_string_equal(json_string_value(c), comments);
	json_decref(d);
	json_decref(c);
}

static void notes_of_one_line_are_the_description(void **state)
{
	(void)state;
	expect_notes("resolver\n", "resolver", "");
	expect_notes("", "", "");
	expect_notes(" \n\n", "", "");
}

static void longer_notes_are_comments_too(void **state)
{
	char text[251], cut[201];

	(void)state;
	expect_notes("owner: alice\r\nnetbox: keep\r\n", "owner: alice",
		     "owner: alice\nnetbox: keep");
	memset(text, 'x', 250);
	text[250] = '\0';
	memset(cut, 'x', 200);
	cut[200] = '\0';
	expect_notes(text, cut, text);
}

static void the_metadata_block_is_removed(void **state)
{
	(void)state;
	expect_notes("one\n```NetBox-Metadata\n{\"role\": 12}\n```\ntwo\n", "one", "one\ntwo");
	expect_notes("```netbox-metadata\n{}\n```", "", "");
	expect_notes("```sh\nls\n```", "```sh", "```sh\nls\n```");
	expect_notes("a\n```netbox-metadata\n{}", "a", "a\n```netbox-metadata\n{}");
}

static void expect_settings(const char *notes, const char *settings)
{
	sb_autojson *good = sb_guest_metadata("lab/qemu/101", notes);
	sb_autojson *expected = json_loads(settings, JSON_DECODE_ANY, NULL);

	assert_true(good ? json_equal(good, expected) : json_is_null(expected));
}

static void the_last_closed_metadata_block_is_used(void **state)
{
	(void)state;
	expect_settings(
		"one\n ```NetBox-Metadata \r\n{\"role\": 12,\n\"site\": \"dc1\"}\n ``` \ntwo",
		"{\"role\": 12, \"site\": \"dc1\"}");
	expect_settings("```netbox-metadata\n{\"role\": 1}\n```\nx\n"
			"```netbox-metadata\n{\"role\": 2}\n```\n"
			"```netbox-metadata\n{\"role\": 3}\n",
			"{\"role\": 2}");
	expect_settings("no block", "null");
	expect_settings("", "null");
	expect_settings("```netbox-metadata", "null");
	expect_settings("```sh\n{\"role\": 1}\n```", "null");
}

static void invalid_metadata_has_no_effect(void **state)
{
	(void)state;
	expect_settings("```netbox-metadata\n{\"role\": true, \"site\": 0, \"device\": -1, "
			"\"platform\": \"\"}\n```",
			"null");
	expect_settings("```netbox-metadata\n{\"name\": 7, \"status\": 1, \"cluster\": 2, "
			"\"device\": 3}\n```",
			"{\"device\": 3}");
	expect_settings("```netbox-metadata\n{\"role\": 1\n```", "null");
	expect_settings("```netbox-metadata\n[1]\n```", "null");
	expect_settings("```netbox-metadata\n{\"role\": 1, \"role\": 2}\n```", "null");
}

static void tags_are_unique_and_in_lower_case(void **state)
{
	json_t *written = sb_guest_tags("Zeta, alpha beta;;alpha", 64);
	json_t *tags = sb_guest_tags_folded(written);

	(void)state;
	assert_int_equal(json_array_size(tags), 3);
	assert_string_equal(json_string_value(json_array_get(tags, 0)), "alpha");
	assert_string_equal(json_string_value(json_array_get(tags, 1)), "beta");
	assert_string_equal(json_string_value(json_array_get(tags, 2)), "zeta");
	json_decref(tags);
	assert_true(sb_guest_tags_have_case(written));
	json_decref(written);
	written = sb_guest_tags("a;b;c;d", 3);
	assert_int_equal(json_array_size(written), 3);
	assert_false(sb_guest_tags_have_case(written));
	json_decref(written);
}

static void tag_colors_equal_those_of_the_web_interface(void **state)
{
	char hex[7];

	(void)state;
	sb_guest_tag_color("prod", hex);
	assert_string_equal(hex, "7bd569");
	sb_guest_tag_color("web", hex);
	assert_string_equal(hex, "d2bffa");
}

static void the_color_map_is_read_in_all_formats(void **state)
{
	static const char *const forms[] = {
		"{\"color-map\": \"Prod:FF0000:ffffff;web:00ff00;bad:12;x\"}",
		"{\"color-map\": {\"prod\": \"ff0000:ffffff\", \"web\": \"00ff00\"}}",
		"\"color-map=prod:ff0000:ffffff;web:00ff00,ordering=config\"",
	};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(forms); i++) {
		json_t *style = json_loads(forms[i], JSON_DECODE_ANY, NULL);
		json_t *colors = sb_guest_tag_colors(style);

		assert_string_equal(sb_json_str(colors, "prod"), "ff0000");
		assert_string_equal(sb_json_str(colors, "web"), "00ff00");
		assert_int_equal(json_object_size(colors), 2);
		json_decref(colors);
		json_decref(style);
	}
}

static void expect_name(const char *name, uint32_t vmid, const char *expected)
{
	json_t *names =
		json_pack("{s:i,s:i}", "web", 101,
			  "aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaa", 7);
	char *unique = sb_guest_unique_name(names, name, vmid);

	assert_string_equal(unique, expected);
	free(unique);
	json_decref(names);
}

static void the_lowest_vmid_keeps_a_name(void **state)
{
	(void)state;
	expect_name("web", 101, "web");
	expect_name("WEB", 105, "WEB (105)");
	expect_name("db", 105, "db");
}

static void a_long_name_is_cut_before_its_suffix(void **state)
{
	(void)state;
	expect_name("aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaacut", 7,
		    "aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaa");
	expect_name("aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaacut", 1234,
		    "aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbb (1234)");
}

static void an_unknown_status_is_never_active(void **state)
{
	(void)state;
	assert_string_equal(sb_guest_status("running"), "active");
	assert_string_equal(sb_guest_status("stopped"), "offline");
	assert_string_equal(sb_guest_status("paused"), "paused");
	assert_string_equal(sb_guest_status("suspended"), "paused");
	assert_string_equal(sb_guest_status("prelaunch"), "staged");
	assert_string_equal(sb_guest_status("io-error"), "failed");
	assert_null(sb_guest_status("finish-migrate"));
	assert_null(sb_guest_status("unknown"));
	assert_null(sb_guest_status(NULL));
}

static void nic_ids_have_a_number_below_32(void **state)
{
	(void)state;
	assert_int_equal(sb_guest_nic_index("net0"), 0);
	assert_int_equal(sb_guest_nic_index("net31"), 31);
	assert_int_equal(sb_guest_nic_index("net32"), SB_GUEST_MAX_NICS);
	assert_int_equal(sb_guest_nic_index("net"), SB_GUEST_MAX_NICS);
	assert_int_equal(sb_guest_nic_index("net1x"), SB_GUEST_MAX_NICS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_rounded_up_to_mib),
		cmocka_unit_test(invalid_sizes_are_refused),
		cmocka_unit_test(props_are_split_at_the_first_equals_sign_and_keep_the_bare_value),
		cmocka_unit_test(macs_of_any_notation_become_upper_case_with_colons),
		cmocka_unit_test(addresses_are_canonical_without_their_zone),
		cmocka_unit_test(local_addresses_are_recognised),
		cmocka_unit_test(network_and_broadcast_addresses_cannot_be_assigned),
		cmocka_unit_test(dns_names_are_valid_and_in_lower_case),
		cmocka_unit_test(a_tag_alone_is_access),
		cmocka_unit_test(without_tag_and_trunks_there_is_no_mode),
		cmocka_unit_test(trunks_up_to_64_are_tagged),
		cmocka_unit_test(more_trunks_are_tagged_all),
		cmocka_unit_test(tag_and_trunks_are_tagged_with_an_untagged_vlan),
		cmocka_unit_test(notes_of_one_line_are_the_description),
		cmocka_unit_test(longer_notes_are_comments_too),
		cmocka_unit_test(the_metadata_block_is_removed),
		cmocka_unit_test(the_last_closed_metadata_block_is_used),
		cmocka_unit_test(invalid_metadata_has_no_effect),
		cmocka_unit_test(tags_are_unique_and_in_lower_case),
		cmocka_unit_test(tag_colors_equal_those_of_the_web_interface),
		cmocka_unit_test(the_color_map_is_read_in_all_formats),
		cmocka_unit_test(the_lowest_vmid_keeps_a_name),
		cmocka_unit_test(a_long_name_is_cut_before_its_suffix),
		cmocka_unit_test(an_unknown_status_is_never_active),
		cmocka_unit_test(nic_ids_have_a_number_below_32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
