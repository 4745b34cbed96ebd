/* SPDX-License-Identifier: Apache-2.0 */
/* Checks NetBox: contact, the token, its permissions for each kind. GET and OPTIONS only. */
#include "doctor/netbox.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "doctor/field_type.h"
#include "doctor/branching.h"
#include "doctor/objects.h"
#include "doctor/rights.h"
#include "doctor/server.h"
#include "model/custom_fields.h"
#include "model/value.h"
#include "net/gather.h"
#include "run/prune_settings.h"
#include "run/session.h"
#include "stagebox/json.h"

#define WHERE "netbox"

enum { SOON_S = 14 * 86400 };

/* The NetBox that is checked. */
struct netbox_check {
	struct sb_report *report;
	const json_t *conf, *declared;
	char instance[64], home[64]; /* the note of bootstrap; "" = not prepared */
	struct sb_io *io;
	struct sb_http *http;
	struct sb_netbox *netbox;
	json_t *user;   /* the owner of the token */
	json_t *grants; /* all object permissions, with constraints; NULL = not readable */
	json_t *token;  /* the token as NetBox returns it; NULL = not readable */
};

static void finish_check(struct netbox_check *check)
{
	json_decref(check->user);
	json_decref(check->grants);
	json_decref(check->token);
	sb_netbox_destroy(check->netbox);
	sb_http_destroy(check->http);
	sb_io_destroy(check->io);
}

static json_t *get_document(struct netbox_check *check, const char *path, struct sb_error *why)
{
	json_t *data;

	return sb_netbox_get_wait(check->netbox, path, &data, why) < 0 ? NULL : data;
}

static int open_netbox(struct netbox_check *check, struct sb_error *why)
{
	int rc = sb_session_netbox_io(check->conf, &check->io, why);

	if (!rc)
		rc = sb_http_create(check->io, &check->http, why);
	if (!rc)
		rc = sb_netbox_create(check->http, &check->netbox, why);
	if (!rc)
		rc = sb_netbox_open(check->netbox, why);
	if (!rc) {
		check->user = get_document(check, "authentication-check/", why);
		rc = check->user ? 0 : why->code;
	}
	return rc;
}

static void report_contact(struct netbox_check *check)
{
	const struct sb_netbox_caps *caps = sb_netbox_caps(check->netbox);
	const char *user = sb_json_str(check->user, "username");
	json_t *entry, *can = json_object();

	json_object_set_new(can, "virtual_machine_types", json_boolean(caps->has_vm_types));
	json_object_set_new(can, "mac_address_writable", json_boolean(caps->mac_writable));
	json_object_set_new(can, "errors_by_item", json_boolean(caps->item_errors));
	json_object_set_new(can, "tag_deltas", json_boolean(caps->tag_deltas));
	entry = sb_report_ok(check->report, WHERE, "contact", "NetBox %s, as user %s",
			     caps->version, user ? user : "?");
	sb_report_data(entry, "version", json_string(caps->version));
	sb_report_data(entry, "user", json_string(user ? user : ""));
	sb_report_data(entry, "capabilities", can);
	if (!caps->mac_writable)
		sb_report_ok(check->report, WHERE, "capabilities",
			     "a new interface with a MAC address takes three writes, one since "
			     "NetBox 4.7");
}

/* Since 4.7 NetBox creates the rows of MAC addresses itself, and earlier versions have no types of
 * virtual machines. */
static bool has_kind(const struct netbox_check *check, const char *name)
{
	const struct sb_netbox_caps *caps = sb_netbox_caps(check->netbox);

	return sb_streq(name, "vm-type")       ? caps->has_vm_types
	       : sb_streq(name, "mac-address") ? !caps->mac_writable
					       : true;
}

/* The object types of the loaded modules' kinds that carry a custom field. */
static json_t *types_of_field(const struct netbox_check *check, const struct sb_custom_field *field)
{
	json_t *types = json_array(), *entry;
	size_t i;

	json_array_foreach (json_object_get(check->declared, "kinds"), i, entry) {
		const struct sb_kind kind = {
			.name = sb_json_str(entry, "kind"),
			.object_type = sb_json_str(entry, "type"),
			.flags = (unsigned)json_integer_value(json_object_get(entry, "flags"))};

		if (has_kind(check, kind.name) && sb_custom_field_on(field, &kind))
			json_array_append_new(types, json_string(kind.object_type));
	}
	return types;
}

/* Adds the name of a custom field that a bootstrap of this version would create or change. */
static void add_outdated(const struct netbox_check *check, const struct sb_custom_field *field,
			 const json_t *found, struct sb_buf *names)
{
	sb_autojson *types = types_of_field(check, field), *row = json_object(), *missing = NULL;
	const char *name;
	json_t *value;

	sb_doctor_field_type(check->report, field, found);
	json_object_foreach ((json_t *)(uintptr_t)found, name, value)
		json_object_set(row, name,
				json_is_object(value) ? json_object_get(value, "value") : value);
	missing = sb_custom_field_missing(field, found ? row : NULL, types);
	if (json_object_size(missing) && json_array_size(types))
		sb_buf_add_item(names, field->name);
}

/* Are objects of kinds with a home in fields, or will they be? */
static bool needs_home_fields(const struct netbox_check *check)
{
	const char *inventory = sb_json_str(check->conf, "inventory");

	return !(inventory && sb_streq(inventory, "off")) &&
	       !sb_streq(check->home, "custom-objects");
}

static void add_all_outdated(const struct netbox_check *check, const json_t *rows, bool has_key,
			     bool has_home_fields, struct sb_buf *names)
{
	const struct sb_custom_field *field;
	const json_t *description;
	size_t i;

	for (i = 0; (field = sb_custom_field_at(i)); i++) {
		if (field->use == SB_CUSTOM_REFLECTION &&
		    (has_key || !sb_streq(field->name, "stagebox_key")))
			add_outdated(check, field, json_object_get(rows, field->name), names);
	}
	json_array_foreach (json_object_get(check->declared, "custom_fields"), i, description) {
		struct sb_custom_field added = sb_custom_field_described(description);

		if (added.use != SB_CUSTOM_HOME || has_home_fields)
			add_outdated(check, &added, json_object_get(rows, added.name), names);
	}
}

/* The object types of the kinds of modules that do not carry the custom field yet: a module was
 * added after bootstrap, and a sync would end with exit code 78. False when there are some. */
static bool check_prepared_kinds(struct netbox_check *check, const json_t *field)
{
	const json_t *types = json_object_get(field, "object_types"), *kind, *type;
	sb_autobuf text = SB_BUF_INIT(600);
	size_t i, j;

	json_array_foreach (json_object_get(check->declared, "kinds"), i, kind) {
		const char *name = sb_json_str(kind, "type");
		bool has_field = !sb_json_bool(kind, "keyed", false) ||
				 !has_kind(check, sb_json_str(kind, "kind"));

		json_array_foreach (types, j, type)
			has_field = has_field || (json_string_value(type) &&
						  sb_streq(json_string_value(type), name));
		if (!has_field)
			sb_buf_add_item(&text, name);
	}
	if (text.len)
		sb_report_unprepared(check->report, WHERE, "bootstrap",
				     "run `stagebox bootstrap` again",
				     "the custom field stagebox_key does not exist on %s, which a "
				     "module writes; a sync would end with exit code 78",
				     sb_buf_str(&text));
	return !text.len;
}

/* Values that people changed differ from ours by the change log. */
static void check_change_log(struct netbox_check *check)
{
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *list = get_document(check, "core/object-changes/?limit=1&fields=id", &why);

	if (list || (why.code != SB_E_FORBIDDEN && why.http_status != 403))
		return;
	sb_report_warn(
		check->report, WHERE, "rights",
		"grant the user of the token view on core.objectchange (Admin > Permissions)",
		"the token lacks core.view_objectchange: without the change log and the store "
		"it is unknown which values people changed, so that fields stay as they are");
}

static int read_fields(struct netbox_check *check, const json_t *names, json_t *rows,
		       struct sb_error *why)
{
	size_t from;
	int rc = 0;

	for (from = 0; !rc && from < json_array_size(names); from += SB_CUSTOM_NAMES) {
		sb_autofree char *path = sb_session_custom_path(names, from);
		sb_autojson *list = path ? get_document(check, path, why) : NULL;

		rc = list ? sb_session_custom_rows(list, names, rows, why) : SB_E_NET;
	}
	return rc;
}

static bool has_objects(const struct netbox_check *check)
{
	return sb_streq(check->home, "custom-objects") &&
	       json_array_size(json_object_get(check->declared, "homes"));
}

/* Without the instance id that bootstrap writes, a sync ends with exit code 78. */
static void check_prepared(struct netbox_check *check)
{
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *names = sb_custom_field_names_of(
			    json_object_get(check->declared, "custom_fields")),
		    *rows = json_object();
	sb_autobuf outdated = SB_BUF_INIT(2048);
	const char *text;
	bool has_key;

	if (read_fields(check, names, rows, &why) < 0) {
		sb_report_fail(check->report, WHERE, "bootstrap", &why);
		return;
	}
	text = sb_json_str(json_object_get(rows, "stagebox_key"), "description");
	if (!text ||
	    sscanf(text, SB_INSTANCE_PREFIX "%63s %63s", check->instance, check->home) < 1) {
		sb_report_unprepared(check->report, WHERE, "bootstrap", "run `stagebox bootstrap`",
				     "not prepared: no instance id in the custom field "
				     "stagebox_key; a sync would end with exit code 78");
		return;
	}
	has_key = check_prepared_kinds(check, json_object_get(rows, "stagebox_key"));
	add_all_outdated(check, rows, has_key, needs_home_fields(check), &outdated);
	if (outdated.len)
		sb_report_warn(check->report, WHERE, "bootstrap", "run `stagebox bootstrap`",
			       "the custom fields are those of an earlier version or of other "
			       "modules; a sync goes on without what is missing: %s",
			       sb_buf_str(&outdated));
	else if (has_key)
		sb_report_ok(check->report, WHERE, "bootstrap", "prepared, instance id %s",
			     check->instance);
	if (has_objects(check))
		sb_doctor_objects(check->report, check->http, check->netbox,
				  json_object_get(check->declared, "homes"), check->instance);
}

/* NetBox lets users read their own tokens by default. A v2 token is found by its key; a v1 token
 * only if the list has no other. */
static void find_token(struct netbox_check *check)
{
	const char *secret = sb_json_str(json_object_get(check->conf, WHERE), "token");
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *list = get_document(check, "users/tokens/?limit=200", &why);
	bool is_v2 = secret && sb_starts_with(secret, "nbt_");
	size_t i, n = 0, len = is_v2 ? strcspn(secret + 4, ".") : 0;
	json_t *row, *found = NULL;

	json_array_foreach (json_object_get(list, "results"), i, row) {
		const char *key = sb_json_str(row, "key");
		int64_t version = 1;

		sb_json_int(row, "version", &version);
		if (is_v2 ? key && strlen(key) == len && strncmp(key, secret + 4, len) == 0
			  : version == 1) {
			found = row;
			n++;
		}
	}
	if (n == 1)
		check->token = json_incref(found);
}

static void check_token(struct netbox_check *check)
{
	time_t soon = (time_t)(check->io->ops->wall_s(check->io) + SOON_S);
	const char *expires;
	struct tm when;
	char text[32];

	find_token(check);
	expires = sb_json_str(check->token, "expires");
	/* Times in ISO 8601 and UTC sort as text: the earlier one first. */
	if (!expires || !gmtime_r(&soon, &when) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &when) || strcmp(expires, text) > 0)
		return;
	sb_report_warn(check->report, WHERE, "token", "create a new token or extend its expiry",
		       "the token expires at %s", expires);
}

/* The permissions of the token for one kind: 1 yes, 0 no, -1 not known. */
struct rights {
	int view, add, change;
};

static bool grants_action(const json_t *permission, const char *type, const char *action)
{
	const json_t *member;
	bool type_is_listed = false;
	size_t i;

	if (!sb_json_bool(permission, "enabled", true))
		return false;
	json_array_foreach (json_object_get(permission, "object_types"), i, member)
		type_is_listed =
			type_is_listed ||
			sb_streq(json_string_value(member) ? json_string_value(member) : "", type);
	json_array_foreach (json_object_get(permission, "actions"), i, member)
		if (type_is_listed &&
		    sb_streq(json_string_value(member) ? json_string_value(member) : "", action))
			return true;
	return false;
}

/* An answer to OPTIONS does not contain delete, and the user's own record lists only permissions
 * that are granted to the user directly: not those of a group or of a superuser. */
static int may_delete(const struct netbox_check *check, const char *type,
		      const struct rights *rights)
{
	const json_t *list = json_object_get(check->user, "permissions"), *permission;
	bool adds = false;
	size_t i;

	json_array_foreach (list, i, permission) {
		if (grants_action(permission, type, "delete"))
			return 1;
		adds = adds || grants_action(permission, type, "add");
	}
	if (adds && rights->add == 1 && !json_array_size(json_object_get(check->user, "groups")))
		return 0;
	return -1;
}

static int read_rights(struct netbox_check *check, const json_t *kind, struct rights *ret_rights,
		       struct sb_error *why)
{
	const char *path = sb_json_str(kind, "path");
	sb_autobuf list = SB_BUF_INIT(512), options = SB_BUF_INIT(512);
	struct sb_gather got;
	const json_t *actions;
	int rc;

	sb_buf_addf(&list, "%s/?limit=1&fields=id", path);
	sb_buf_addf(&options, "%s/", path);
	sb_gather_init(&got, check->http);
	rc = sb_netbox_get(check->netbox, sb_buf_str(&list), sb_gather_take,
			   sb_gather_expect(&got, 0), why);
	if (!rc)
		rc = sb_netbox_options(check->netbox, sb_buf_str(&options), sb_gather_take,
				       sb_gather_expect(&got, 1), why);
	if (!rc)
		rc = sb_gather_wait(&got, why);
	if (!rc) {
		actions = json_object_get(got.replies[1].data, "actions");
		ret_rights->view = got.replies[0].data                         ? 1
				   : got.replies[0].why.code == SB_E_FORBIDDEN ? 0
									       : -1;
		ret_rights->add =
			!got.replies[1].data ? -1 : json_object_get(actions, "POST") != NULL;
		ret_rights->change =
			!got.replies[1].data ? -1 : json_object_get(actions, "PUT") != NULL;
		if (ret_rights->view < 0)
			*why = got.replies[0].why;
		else if (ret_rights->add < 0)
			*why = got.replies[1].why;
	}
	sb_gather_finish(&got);
	return rc;
}

/* NetBox names a permission "virtualization.add_virtualmachine". */
static void add_missing(json_t *missing, const char *type, const char *action)
{
	const char *dot = strchr(type, '.');

	if (dot)
		json_array_append_new(missing, json_sprintf("%.*s.%s_%s", (int)(dot - type), type,
							    action, dot + 1));
}

static void add_missing_of_kind(struct netbox_check *check, const json_t *kind,
				const struct rights *rights, json_t *missing)
{
	const char *type = sb_json_str(kind, "type");
	bool prunes = sb_prune_is_enabled(check->conf);

	if (rights->view == 0)
		add_missing(missing, type, "view");
	if (rights->add == 0 && sb_rights_kind_needs(kind, "add", prunes))
		add_missing(missing, type, "add");
	if (rights->change == 0 && sb_rights_kind_needs(kind, "change", prunes))
		add_missing(missing, type, "change");
	if (sb_rights_kind_needs(kind, "delete", prunes) && may_delete(check, type, rights) == 0)
		add_missing(missing, type, "delete");
}

static const char *choose_fix(const struct netbox_check *check, bool writes_nothing)
{
	if (json_is_false(json_object_get(check->token, "write_enabled")))
		return "the token is not write-enabled: enable it in NetBox (user > API Tokens)";
	if (writes_nothing)
		return "write-enable the token (user > API Tokens) and grant its user view, add, "
		       "change and delete on these object types (Admin > Permissions)";
	return "grant the user of the token these permissions (Admin > Permissions); `stagebox "
	       "rights netbox` prints all of them";
}

/* NetBox did not answer what the token may do with some kinds: neither good nor bad. */
static void warn_unknown(struct netbox_check *check, size_t unknown, size_t all,
			 const struct sb_error *why)
{
	sb_report_warn(check->report, WHERE, "rights",
		       "`stagebox rights netbox` prints the permissions that the token needs",
		       "NetBox does not say what the token may do with %zu of %zu object types: %s",
		       unknown, all, why->text);
}

static void report_missing(struct netbox_check *check, json_t *missing, bool writes_nothing)
{
	const json_t *kinds = json_object_get(check->declared, "kinds");
	size_t i, shown = writes_nothing ? 4 : 12;
	sb_autobuf text = SB_BUF_INIT(3000);
	json_t *entry, *name;

	json_array_foreach (missing, i, name)
		if (i < shown)
			sb_buf_add_item(&text, json_string_value(name));
	if (json_array_size(missing) > shown)
		sb_buf_addf(&text, " and %zu more", json_array_size(missing) - shown);
	if (writes_nothing)
		entry = sb_report_missing_right(
			check->report, WHERE, "rights", choose_fix(check, true),
			"the token cannot write any of the %zu object types that the "
			"modules use; it lacks %s",
			json_array_size(kinds), sb_buf_str(&text));
	else
		entry = sb_report_missing_right(check->report, WHERE, "rights",
						choose_fix(check, false), "the token lacks %s",
						sb_buf_str(&text));
	sb_report_data(entry, "missing", json_incref(missing));
}

static void check_kinds(struct netbox_check *check)
{
	const json_t *kinds = json_object_get(check->declared, "kinds"), *kind;
	sb_autojson *missing = json_array();
	struct sb_error why = SB_ERROR_INIT, unknown_why = SB_ERROR_INIT;
	size_t i, unknown = 0, unseen = 0;
	bool writes_nothing = true;

	json_array_foreach (kinds, i, kind) {
		struct rights rights = {-1, -1, -1};
		bool type_is_unsupported = sb_streq(sb_json_str(kind, "kind"), "vm-type") &&
					   !sb_netbox_caps(check->netbox)->has_vm_types;

		if (type_is_unsupported)
			continue;
		if (read_rights(check, kind, &rights, &why) < 0) {
			sb_report_fail(check->report, WHERE, "rights", &why);
			return;
		}
		if (rights.view < 0 && why.http_status == 404) { /* its plugin is absent */
			why.code = SB_E_CONFIG;
			sb_context(&why, why.code,
				   "kind \"%s\" of a module (a sync would end with 78)",
				   sb_json_str(kind, "kind"));
		}
		if (rights.view < 0) {
			sb_report_fail(check->report, WHERE, "rights", &why);
			unseen++;
		} else if (rights.add < 0 && unknown++ == 0) {
			unknown_why = why;
		}
		writes_nothing = writes_nothing && rights.add == 0 && rights.change == 0;
		add_missing_of_kind(check, kind, &rights, missing);
	}
	if (unknown)
		warn_unknown(check, unknown, json_array_size(kinds), &unknown_why);
	if (json_array_size(missing))
		report_missing(check, missing, writes_nothing);
	else if (!unknown && !unseen)
		sb_report_ok(check->report, WHERE, "rights",
			     "view, add and change on all %zu object types that the modules use",
			     json_array_size(kinds));
}

static bool applies_to_user(const struct netbox_check *check, const json_t *permission)
{
	int64_t me = 0, id;
	const json_t *row, *group;
	size_t i, j;

	sb_json_int(check->user, "id", &me);
	json_array_foreach (json_object_get(permission, "users"), i, row)
		if (sb_json_int(row, "id", &id) == 0 && id == me)
			return true;
	json_array_foreach (json_object_get(permission, "groups"), i, row)
		json_array_foreach (json_object_get(check->user, "groups"), j, group)
			if (json_equal(json_object_get(row, "id"), json_object_get(group, "id")))
				return true;
	return false;
}

/* Returns the name of a permission that limits the view on a type, NULL if any other permission
 * grants it without constraints. */
static const char *find_view_limit(const struct netbox_check *check, const char *type)
{
	const json_t *permission;
	const char *limit = NULL;
	size_t i;

	json_array_foreach (check->grants, i, permission) {
		const json_t *constraints = json_object_get(permission, "constraints");

		if (!applies_to_user(check, permission) || !grants_action(permission, type, "view"))
			continue;
		if (json_is_null(constraints) ||
		    (!json_object_size(constraints) && !json_array_size(constraints)))
			return NULL;
		limit = sb_json_str(permission, "name");
	}
	return limit;
}

/* A hidden object looks absent, so that stagebox could create a duplicate of it. */
static void check_limits(struct netbox_check *check)
{
	const json_t *kinds = json_object_get(check->declared, "kinds"), *kind;
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *list = get_document(check, "users/permissions/?limit=1000", &why);
	size_t i;

	check->grants = json_incref(json_object_get(list, "results"));
	json_array_foreach (kinds, i, kind) {
		const char *type = sb_json_str(kind, "type"), *limit = find_view_limit(check, type);

		if (limit)
			sb_report_warn(check->report, WHERE, "visibility",
				       "grant an unconstrained view permission on this object type",
				       "the constraints of permission \"%.80s\" hide objects of %s "
				       "from the token: stagebox cannot update them, and creates "
				       "none of this type where it detects hidden ones",
				       limit, type);
	}
}

void sb_doctor_netbox(struct sb_report *report, const json_t *conf, const json_t *declared,
		      const json_t *apart)
{
	struct netbox_check check = {.report = report, .conf = conf, .declared = declared};
	const json_t *group = json_object_get(conf, "netbox");
	struct sb_error why = SB_ERROR_INIT;

	sb_doctor_guard(report, WHERE, group);
	if (open_netbox(&check, &why) < 0) {
		sb_report_fail(report, WHERE, "contact", &why);
		sb_doctor_certificate(
			report, WHERE, group, sb_json_str(group, "url"),
			"`openssl x509 -noout -sha256 -fingerprint -in FILE` with the "
			"certificate of its web server");
		sb_report_skip(report, WHERE, "rights", "not checked: no contact");
	} else {
		report_contact(&check);
		check_prepared(&check);
		check_token(&check);
		check_kinds(&check);
		check_change_log(&check);
		check_limits(&check);
		sb_doctor_branching(report, conf, check.http, check.netbox, check.instance,
				    has_objects(&check) ? json_object_get(declared, "homes") : NULL,
				    apart);
	}
	if (check.http)
		sb_doctor_clock(report, WHERE, check.http, "netbox", "NetBox");
	finish_check(&check);
}
