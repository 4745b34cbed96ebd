/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of the configuration: defaults, errors that name the place, environment, secrets, dump. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf_priv.h"

#define SECRET "s3cr3t-value-never-shown"
#define NETBOX "netbox: { url = \"https://nb.example.com\"; token = \"env:NB\"; };\n"
#define LAB                                                                                        \
	"endpoints: ( { slug = \"lab\"; urls = [ \"https://10.0.0.1:8006\" ]; "                    \
	"token = \"env:PVE\"; } );\n"
#define MODULES "modules = [ \"cluster\" ];\n"
#define BASE    NETBOX LAB MODULES

static char folder[64];

static void write_file(const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static int load_text(const char *text, json_t **ret_conf, struct sb_error *err)
{
	char path[128];

	write_file("t.cfg", text, 0644);
	snprintf(path, sizeof(path), "%s/t.cfg", folder);
	return sb_conf_load_all(path, ret_conf, NULL, err);
}

static json_t *load_ok(const char *text)
{
	struct sb_error err = SB_ERROR_INIT;
	json_t *conf = NULL;

	if (load_text(text, &conf, &err) < 0)
		fail_msg("%s", err.text);
	return conf;
}

static const char *string_of(const json_t *conf, const char *group, const char *name)
{
	return json_string_value(json_object_get(json_object_get(conf, group), name));
}

static int64_t number_of(const json_t *conf, const char *group, const char *name)
{
	return json_integer_value(json_object_get(json_object_get(conf, group), name));
}

static const struct {
	const char *text;
	const char *says[3];
} bad[] = {
	{"nettbox: { };\n" BASE, {"t.cfg:1:", "unknown option nettbox", "did you mean \"netbox\""}},
	{BASE "store: { pth = \"x\"; };\n", {"t.cfg:4:", "store.pth", "did you mean \"path\""}},
	{BASE "log: { verbosity_of_output = 1; };\n", {"unknown option log.verbosity"}},
	{NETBOX MODULES "endpoints: ( { slgu = \"lab\"; } );\n",
	 {"t.cfg:3:", "endpoints[0].slgu", "did you mean \"slug\""}},
	{"netbox: {\n url = ;\n};\n",
	 {"t.cfg:2:", "expected a value after \"url\"", "found \";\""}},
	{"netbox: { url = https://a; };\n", {"t.cfg:1:", "double quotes", "found \"https\""}},
	{"netbox: {\n url 3;\n};\n", {"t.cfg:2:", "expected \"=\" or \":\" after \"url\""}},
	{"netbox: {\n url = \"a\";\n", {"line 1", "found the end of the file"}},
	{"netbox: { url = \"https://netbox.example.com\"; token = \"env:T\"; };\n" LAB MODULES,
	 {"t.cfg:1: netbox.url", "still the example", "stagebox init"}},
	{NETBOX MODULES
	 "endpoints: ( { slug = \"a\"; urls = [ \"https://pve1.example.com:8006\" ]; "
	 "token = \"env:T\"; } );\n",
	 {"endpoints[0].urls", "still the example"}},
	{NETBOX MODULES "endpoints: ( { slug = \"a\"; urls = [ \"https://a\" ]; token = \"env:T\"; "
			"},\n{ slug = \"b\"; urls = [ \"https://c\", \"https://A/\" ]; token = "
			"\"env:T\"; } );\n",
	 {"t.cfg:4: endpoints[1].urls", "already a URL of endpoints[0]"}},
	{"log: {};\nlog: {};\n" BASE, {"t.cfg:2:", "duplicate"}},
	{BASE "prune: { runs = 1; runs = 2; };\n", {"t.cfg:4:", "duplicate"}},
	{BASE "prune: { runs = \"3\"; };\n", {"t.cfg:4: prune.runs", "an integer", "a text"}},
	{BASE "prune: { runs = 2.5; };\n", {"prune.runs", "an integer", "a fraction"}},
	{BASE "prune: { enabled = 1; };\n", {"prune.enabled", "true or false", "an integer"}},
	{BASE "prune: { runs = 0; };\n", {"prune.runs", "0 is out of bounds: 1 to 100"}},
	{BASE "prune: { max_percent = 101; };\n", {"101 is out of bounds: 0 to 100"}},
	{BASE "prune: { grace = \"1w\"; };\n", {"prune.grace", "\"1w\" is not a duration"}},
	{BASE "prune: { grace = -1; };\n", {"prune.grace", "negative"}},
	{BASE "limits: { cpu = 0; };\n", {"limits.cpu", "out of bounds", "seconds"}},
	{BASE "prune = 3;\n", {"t.cfg:4:", "prune: expected a group"}},
	{BASE "log: { level = \"wran\"; };\n", {"not one of error, warn", "did you mean \"warn\""}},
	{BASE "store: { kind = \"oracle\"; };\n", {"store.kind", "not one of sqlite"}},
	{BASE "policy: { name = \"sometimes\"; };\n",
	 {"t.cfg:4: policy.name", "not one of always"}},
	{BASE "policy: { vm: { name = 3; }; };\n", {"policy.vm.name", "expected a text"}},
	{BASE "options: { qemu = 1; };\n", {"t.cfg:4:", "options.qemu: expected a group"}},
	{LAB MODULES, {"netbox.url is required"}},
	{NETBOX LAB, {"modules is required"}},
	{NETBOX LAB "modules = [ \"a\", \"b\", \"a\" ];\n", {"t.cfg:3: modules", "\"a\"", "twice"}},
	{NETBOX LAB "modules = [ \"A/b\" ];\n", {"t.cfg:3: modules", "a-z 0-9 _"}},
	{NETBOX LAB "modules = \"cluster\";\n", {"modules: expected a list of texts"}},
	{NETBOX MODULES "endpoints: { slug = \"lab\"; };\n", {"expected a list of groups"}},
	{NETBOX MODULES "endpoints: ( { slug = \"Lab\"; } );\n",
	 {"endpoints[0].slug", "a-z 0-9 -"}},
	{NETBOX MODULES "endpoints: ( { slug = \"shared\"; urls = [ \"https://a\" ]; "
			"token = \"env:T\"; } );\n",
	 {"t.cfg:3: endpoints[0].slug", "shared"}},
	{NETBOX MODULES "endpoints: ( { slug = \"a\"; urls = [ \"https://a\" ]; token = \"env:T\"; "
			"},\n{ slug = \"a\"; urls = [ \"https://b\" ]; token = \"env:T\"; } );\n",
	 {"t.cfg:4: endpoints[1].slug", "already the slug of endpoints[0]"}},
	{NETBOX MODULES "endpoints: ( { slug = \"a\"; urls = [ ]; token = \"env:T\"; } );\n",
	 {"endpoints[0].urls", "1 to 64"}},
	{NETBOX MODULES "endpoints: ( { slug = \"a\"; urls = [ \"https://a\" ]; } );\n",
	 {"endpoints[0].token is required"}},
	{NETBOX MODULES "endpoints: ( { slug = \"a\"; urls = [ \"http://a\" ]; "
			"token = \"env:T\"; } );\n",
	 {"t.cfg:3: endpoints[0].urls", "\"http://a\" contradicts use_https = true"}},
	{"netbox: { url = \"https://a\"; token = \"env:T\"; use_https = false; };\n" LAB MODULES,
	 {"t.cfg:1: netbox.url", "\"https://a\" contradicts use_https = false"}},
	{"netbox: { url = \"a.example.com\"; token = \"env:T\"; };\n" LAB MODULES,
	 {"netbox.url", "must begin with https://"}},
	{"netbox: { url = \"https://u:" SECRET "@a\"; token = \"env:T\"; };\n" LAB MODULES,
	 {"netbox.url", "no user"}},
	{"netbox: { url = \"https://\"; token = \"env:T\"; };\n" LAB MODULES, {"has no host"}},
	{"netbox: { url = \"https://a:70000\"; token = \"env:T\"; };\n" LAB MODULES, {"port"}},
	{"netbox: { url = \"https://a b\"; token = \"env:T\"; };\n" LAB MODULES, {"netbox.url"}},
	{NETBOX MODULES "endpoints: ( { slug = \"a\"; urls = [ \"https://a/api2\" ]; "
			"token = \"env:T\"; } );\n",
	 {"endpoints[0].urls", "must end after host and port"}},
	{"netbox: { url = \"https://a\"; token = \"" SECRET "\"; };\n" LAB MODULES,
	 {"t.cfg:1: netbox.token", "must not be in the configuration", "file:PATH"}},
	{"netbox: { url = \"https://a\"; token = [ \"" SECRET "\" ]; };\n" LAB MODULES,
	 {"t.cfg:1: netbox.token", "expected a text"}},
	{"netbox: { url = \"https://a\"; token = \"file:\"; };\n" LAB MODULES, {"netbox.token"}},
	{"netbox: { url = \"https://a\"; token = \"cred:../x\"; };\n" LAB MODULES, {"credential"}},
	{"netbox: { url = \"https://a\"; token = \"env:T\"; ca_file = \"none.pem\"; };\n" LAB
		 MODULES,
	 {"t.cfg:1: netbox.ca_file", "/none.pem", "No such file"}},
	{BASE "log: { level = \"\xff\"; };\n", {"t.cfg:4:", "UTF-8"}},
};

static void errors_name_file_line_and_what_was_expected(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(bad); i++) {
		struct sb_error err = SB_ERROR_INIT;
		json_t *conf = NULL;
		int rc = load_text(bad[i].text, &conf, &err);

		if (rc != SB_E_CONFIG || conf)
			fail_msg("case %zu gave %d: %s", i, rc, bad[i].text);
		for (k = 0; k < SB_ARRAY_LEN(bad[i].says) && bad[i].says[k]; k++) {
			if (!strstr(err.text, bad[i].says[k]))
				fail_msg("case %zu: no \"%s\" in: %s", i, bad[i].says[k], err.text);
		}
		if (strstr(err.text, SECRET))
			fail_msg("case %zu shows a secret: %s", i, err.text);
	}
}

static void all_errors_are_found_at_once(void **state)
{
	static const char *const parts[] = {"netbox.url", "netbox.settel", "endpoints[1].slug",
					    "prune.runs", "unknown option exmple"};
	sb_autojson *faults = NULL;
	struct sb_error err = SB_ERROR_INIT;
	json_t *conf = NULL;
	char path[128];
	size_t i;

	(void)state;
	write_file("t.cfg",
		   "netbox: { url = \"a.example\"; token = \"env:T\"; settel = \"1s\"; };\n"
		   "endpoints: ( { slug = \"a\"; urls = [ \"https://a\" ]; token = \"env:T\"; },\n"
		   " { slug = \"B\"; urls = [ \"https://b\" ]; token = \"env:T\"; } );\n" MODULES
		   "prune: { runs = 0; };\nexmple = 3;\n",
		   0644);
	snprintf(path, sizeof(path), "%s/t.cfg", folder);
	assert_int_equal(sb_conf_load_all(path, &conf, &faults, &err), SB_E_CONFIG);
	assert_int_equal(json_array_size(faults), SB_ARRAY_LEN(parts));
	for (i = 0; i < SB_ARRAY_LEN(parts); i++)
		if (!strstr(json_string_value(json_array_get(faults, i)), parts[i]))
			fail_msg("%s", json_string_value(json_array_get(faults, i)));
	assert_string_equal(err.text, json_string_value(json_array_get(faults, 0)));
}

static void defaults_fill_every_member(void **state)
{
	sb_autojson *conf = load_ok(BASE);
	const json_t *lab = sb_conf_endpoint(conf, "lab");

	(void)state;
	assert_int_equal(number_of(conf, "netbox", "settle"), 130);
	assert_int_equal(number_of(conf, "netbox", "in_flight"), 0);
	assert_int_equal(number_of(conf, "netbox", "batch"), 100);
	assert_int_equal(number_of(conf, "prune", "grace"), 86400);
	assert_int_equal(number_of(conf, "prune", "max_count"), 50);
	assert_int_equal(number_of(conf, "limits", "cpu_s"), 1800);
	assert_int_equal(number_of(conf, "limits", "wall_s"), 3600);
	assert_int_equal(number_of(conf, "limits", "memory_mib"), 2048);
	assert_string_equal(string_of(conf, "log", "level"), "warn");
	assert_string_equal(string_of(conf, "store", "path"), "/var/lib/stagebox/stagebox.db");
	assert_string_equal(json_string_value(json_object_get(conf, "module_dir")), "");
	assert_int_equal(json_array_size(json_object_get(conf, "module_path")), 0);
	assert_string_equal(json_string_value(json_object_get(lab, "vlan_group")), "lab");
	assert_true(json_is_true(json_object_get(lab, "verify_ssl")));
	assert_null(sb_conf_endpoint(conf, "other"));
}

static void urls_lose_trailing_slashes_and_keep_a_base_path(void **state)
{
	sb_autojson *conf = load_ok("netbox: { url = \"http://[::1]:8000/nb//\"; token = \"env:T\";"
				    " use_https = false; };\n" LAB MODULES);

	(void)state;
	assert_string_equal(string_of(conf, "netbox", "url"), "http://[::1]:8000/nb");
}

static void policy_of_a_kind_is_a_group(void **state)
{
	sb_autojson *conf = load_ok(BASE "policy: { description = \"never\"; vm-interface: { "
					 "mtu = \"always\"; }; };\n");

	(void)state;
	assert_string_equal(string_of(conf, "policy", "description"), "never");
	assert_string_equal(string_of(conf, "policy", "vm-interface.mtu"), "always");
}

static void a_folder_or_missing_file_is_an_error(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	json_t *conf = NULL;

	(void)state;
	assert_int_equal(sb_conf_load_all(folder, &conf, NULL, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "is a folder"));
	assert_int_equal(sb_conf_load_all("/nowhere/x.cfg", &conf, NULL, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "/nowhere/x.cfg"));
}

static void environment_overrides_single_values(void **state)
{
	sb_autojson *conf = NULL;

	(void)state;
	setenv("STAGEBOX_NETBOX_URL", "https://other.example.com/", 1);
	setenv("STAGEBOX_NETBOX_IN_FLIGHT", "7", 1);
	setenv("STAGEBOX_NETBOX_SETTLE", "1s", 1);
	setenv("STAGEBOX_PRUNE_ENABLED", "yes", 1);
	setenv("STAGEBOX_MODULES", "cluster, qemu", 1);
	setenv("STAGEBOX_UNRELATED", "x", 1);
	conf = load_ok(BASE);
	assert_string_equal(string_of(conf, "netbox", "url"), "https://other.example.com");
	assert_int_equal(number_of(conf, "netbox", "in_flight"), 7);
	assert_int_equal(number_of(conf, "netbox", "settle"), 1);
	assert_true(json_is_true(json_object_get(json_object_get(conf, "prune"), "enabled")));
	assert_int_equal(json_array_size(json_object_get(conf, "modules")), 2);
}

static void environment_alone_gives_required_values(void **state)
{
	sb_autojson *conf = NULL;

	(void)state;
	setenv("STAGEBOX_NETBOX_URL", "https://a", 1);
	setenv("STAGEBOX_NETBOX_TOKEN", "cred:netbox", 1);
	conf = load_ok(LAB MODULES);
	assert_string_equal(string_of(conf, "netbox", "token"), "cred:netbox");
}

static void a_literal_secret_of_the_environment_is_kept_as_a_reference(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *conf = NULL;
	sb_autofree char *text = NULL;

	(void)state;
	setenv("STAGEBOX_NETBOX_TOKEN", SECRET, 1);
	setenv("PVE", "u@pve!t=1", 1);
	conf = load_ok(BASE);
	assert_string_equal(string_of(conf, "netbox", "token"), "env:STAGEBOX_NETBOX_TOKEN");
	text = sb_conf_dump(conf, &err);
	assert_non_null(text);
	assert_null(strstr(text, SECRET));
	assert_int_equal(sb_conf_resolve(conf, &err), 0);
	assert_string_equal(string_of(conf, "netbox", "token"), SECRET);
	assert_null(sb_conf_dump(conf, &err)); /* resolved: not written */
	assert_null(strstr(err.text, SECRET));
}

static void wrong_variables_are_errors(void **state)
{
	static const struct {
		const char *name, *value, *says;
	} cases[] = {
		{"STAGEBOX_NETBOX_URLL", "x", "did you mean \"url\""},
		{"STAGEBOX_NETBOX_BATCH", "many", "expected an integer"},
		{"STAGEBOX_NETBOX_BATCH", "501", "out of bounds"},
		{"STAGEBOX_ENDPOINTS_LAB_TOKEN", SECRET, "cannot be set by the environment"},
		{"STAGEBOX_POLICY_NAME", "never", "cannot be set by the environment"},
		{"STAGEBOX_NETBOX_USE_HTTPS", "false", "contradicts use_https = false"},
		{"STAGEBOX_NETBOX_TOKEN", "", "is empty"},
		{"STAGEBOX_LOG_LEVEL", "loud", "not one of error"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_error err = SB_ERROR_INIT;
		json_t *conf = NULL;

		setenv(cases[i].name, cases[i].value, 1);
		assert_int_equal(load_text(BASE, &conf, &err), SB_E_CONFIG);
		unsetenv(cases[i].name);
		if (!strstr(err.text, cases[i].says) || strstr(err.text, SECRET))
			fail_msg("%s: %s", cases[i].name, err.text);
	}
}

static void a_variable_that_the_file_refers_to_is_not_an_override(void **state)
{
	sb_autojson *conf = NULL;

	(void)state;
	setenv("STAGEBOX_NETBOX_KEY", SECRET, 1);
	conf = load_ok(
		"netbox: { url = \"https://a\"; token = \"env:STAGEBOX_NETBOX_KEY\"; };\n" LAB
			MODULES);
	unsetenv("STAGEBOX_NETBOX_KEY");
	assert_string_equal(string_of(conf, "netbox", "token"), "env:STAGEBOX_NETBOX_KEY");
}

static void a_dump_loads_to_the_same_configuration(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *before = NULL, *after = NULL;
	sb_autofree char *text = NULL;

	(void)state;
	write_file("ca.pem", "x", 0644);
	before = load_ok(
		"netbox: { url = \"https://a/base\"; token = \"file:nb.token\"; ca_file = "
		"\"ca.pem\"; settle = 61; };\n" MODULES
		"endpoints: ( { slug = \"a\"; urls = [ \"https://a:1\", \"https://b\" ]; token = "
		"\"cred:x\"; site = \"a \\\"b\\\" \\\\ c\\n\"; vlan_group = \"g\"; },\n"
		"{ slug = \"b\"; urls = [ \"http://b\" ]; use_https = false; token = \"env:T\"; } "
		");\nmodule_dir = \"m\"; module_path = [ \"n\", \"/o\" ]; store: { path = "
		"\"x.db\"; };\n"
		"options: { one: { a = 1; b = 5000000000L; c = 1.5; d = [ ]; e = ( 1, \"x\", ( "
		"true "
		"), { f = false; } ); g: { h = [ \"i\" ]; }; j = 1.0e+300; }; two: { }; };\n"
		"policy: { name = \"never\"; vm: { name = \"always\"; tags = \"if-empty\"; }; };\n"
		"prune: { grace = \"7d\"; enabled = true; }; limits: { cpu = 59; };\n");
	text = sb_conf_dump(before, &err);
	assert_non_null(text);
	if (load_text(text, &after, &err) < 0)
		fail_msg("%s in:\n%s", err.text, text);
	if (!json_equal(before, after))
		fail_msg("not the same:\n%s", text);
	assert_non_null(strstr(text, "# objects in one write request; 1 to 200; default 100"));
}

static char *read_sample(void)
{
	static char text[16384];
	char path[4096], *host;
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%.*s../../etc/stagebox.cfg",
		 (int)(strrchr(__FILE__, '/') - __FILE__ + 1), __FILE__);
	file = fopen(path, "r");

	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	/* The hosts of the example are refused. */
	for (host = text; (host = strstr(host, ".example.com"));)
		memcpy(host, ".example.net", 12);
	return text;
}

static void the_sample_shows_every_option_with_its_default(void **state)
{
	char *text = read_sample(), *at;
	sb_autojson *plain = load_ok(text), *all = NULL;
	const struct sb_conf_group *group;
	const struct sb_conf_row *row;

	(void)state;
	for (at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (at[0] == '#' && at[1] != ' ' && at[1] != '\n')
			*at = ' ';
	}
	all = load_ok(text);
	assert_true(json_equal(plain, all));
	for (group = sb_conf_groups; group->name; group++) {
		for (row = group->rows; row && row->name && !group->is_open; row++) {
			char word[64];

			snprintf(word, sizeof(word),
				 row->is_options || row->rows ? "%s: {" : "%s = ", row->name);
			if (!strstr(text, word))
				fail_msg("the sample lacks %s.%s", group->name, row->name);
		}
	}
}

static json_t *with_token(const char *reference)
{
	char text[512];

	snprintf(text, sizeof(text), "netbox: { url = \"https://a\"; token = \"%s\"; };\n%s",
		 reference, LAB MODULES);
	return load_ok(text);
}

static void secrets_come_from_file_env_and_credential(void **state)
{
	static const char *const references[] = {"file:nb.token", "env:NB", "cred:nb.token"};
	size_t i;

	(void)state;
	write_file("nb.token", SECRET "\n", 0600);
	setenv("NB", SECRET, 1);
	setenv("PVE", "u@pve!t=1", 1);
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	for (i = 0; i < SB_ARRAY_LEN(references); i++) {
		struct sb_error err = SB_ERROR_INIT;
		sb_autojson *conf = with_token(references[i]);

		if (sb_conf_resolve(conf, &err) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(string_of(conf, "netbox", "token"), SECRET);
		assert_string_equal(
			json_string_value(json_object_get(sb_conf_endpoint(conf, "lab"), "token")),
			"u@pve!t=1");
	}
}

static void a_credential_of_a_folder_that_systemd_loaded_is_found_by_its_own_name(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *conf = NULL, *none = NULL;

	(void)state;
	write_file("stagebox_of-folder", SECRET "\n", 0600);
	setenv("PVE", "u@pve!t=1", 1);
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	conf = with_token("cred:of-folder");
	if (sb_conf_resolve(conf, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(string_of(conf, "netbox", "token"), SECRET);
	none = with_token("cred:none");
	assert_int_equal(sb_conf_resolve(none, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "/none; add it to LoadCredential= of the service"));
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void unreadable_secrets_name_the_option_and_never_a_value(void **state)
{
	static const struct {
		const char *reference, *says;
	} cases[] = {
		{"file:none", "No such file"},
		{"file:empty", "is empty"},
		{"file:two", "second line"},
		{"file:.", "is a folder"},
		{"env:NOT_SET", "NOT_SET is not set"},
		{"env:TWO", "second line"},
		{"env:HEADER", "remove \"Token\" or \"Bearer\""},
		{"cred:x", "/etc/stagebox/credentials/x, and $CREDENTIALS_DIRECTORY is not set"},
	};
	size_t i;

	(void)state;
	unsetenv("CREDENTIALS_DIRECTORY");
	write_file("empty", "\n\n", 0600);
	write_file("two", SECRET "\n" SECRET "\n", 0600);
	setenv("TWO", SECRET " " SECRET, 1);
	setenv("HEADER", "bearer " SECRET, 1);
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_error err = SB_ERROR_INIT;
		sb_autojson *conf = with_token(cases[i].reference);

		assert_int_equal(sb_conf_resolve(conf, &err), SB_E_CONFIG);
		if (!strstr(err.text, cases[i].says) || !strstr(err.text, "netbox.token") ||
		    strstr(err.text, SECRET))
			fail_msg("%s: %s", cases[i].reference, err.text);
	}
}

static int clean_environment(void **state)
{
	static const char *const names[] = {"STAGEBOX_NETBOX_URL",       "STAGEBOX_NETBOX_TOKEN",
					    "STAGEBOX_NETBOX_IN_FLIGHT", "STAGEBOX_NETBOX_SETTLE",
					    "STAGEBOX_PRUNE_ENABLED",    "STAGEBOX_MODULES",
					    "STAGEBOX_UNRELATED",        "STAGEBOX_NETBOX_KEY"};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(names); i++)
		unsetenv(names[i]);
	return 0;
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_conf.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
	static const char *const names[] = {"t.cfg", "ca.pem", "nb.token",
					    "empty", "two",    "stagebox_of-folder"};
	char path[128];
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

#define RULE(name) cmocka_unit_test_teardown(name, clean_environment)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE(errors_name_file_line_and_what_was_expected),
		RULE(all_errors_are_found_at_once),
		RULE(defaults_fill_every_member),
		RULE(urls_lose_trailing_slashes_and_keep_a_base_path),
		RULE(policy_of_a_kind_is_a_group),
		RULE(a_folder_or_missing_file_is_an_error),
		RULE(environment_overrides_single_values),
		RULE(environment_alone_gives_required_values),
		RULE(a_literal_secret_of_the_environment_is_kept_as_a_reference),
		RULE(wrong_variables_are_errors),
		RULE(a_variable_that_the_file_refers_to_is_not_an_override),
		RULE(a_dump_loads_to_the_same_configuration),
		RULE(the_sample_shows_every_option_with_its_default),
		RULE(secrets_come_from_file_env_and_credential),
		RULE(a_credential_of_a_folder_that_systemd_loaded_is_found_by_its_own_name),
		RULE(unreadable_secrets_name_the_option_and_never_a_value),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
