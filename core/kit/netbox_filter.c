/* SPDX-License-Identifier: Apache-2.0 */
/* The NetBox of a case: filters of lists. A filter that is not known here makes a request that the
 * case must answer, because a wrong answer would look like NetBox's own. */
#include "kit/netbox_priv.h"

#include <string.h>
#include <strings.h>

#include "stagebox/json.h"

/* A parameter: the member that it is about, and how it is compared. */
struct filter {
	char member[96];
	char how[8]; /* "", "ie", "isw", "ic", "iew", "empty", "lt", "lte", "gt", "gte", "n" */
};

static bool is_control(const char *name)
{
	static const char *const known[] = {"limit",  "offset",  "start", "ordering",
					    "fields", "exclude", "brief"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(known); i++)
		if (sb_streq(known[i], name))
			return true;
	return false;
}

static bool split_name(const char *name, struct filter *ret_filter)
{
	static const char *const known[] = {"ie", "isw", "ic", "iew", "empty",
					    "lt", "lte", "gt", "gte", "n"};
	const char *how = strstr(name, "__");
	size_t len = how ? (size_t)(how - name) : strlen(name), i;

	if (len >= sizeof(ret_filter->member))
		return false;
	memcpy(ret_filter->member, name, len);
	ret_filter->member[len] = '\0';
	ret_filter->how[0] = '\0';
	for (i = 0; how && i < SB_ARRAY_LEN(known); i++)
		if (sb_streq(known[i], how + 2)) {
			strncpy(ret_filter->how, known[i], sizeof(ret_filter->how) - 1);
			ret_filter->how[sizeof(ret_filter->how) - 1] = '\0';
		}
	return !how || ret_filter->how[0];
}

static bool ends_with(const char *text, const char *end)
{
	size_t a = strlen(text), b = strlen(end);

	return a >= b && strcasecmp(text + a - b, end) == 0;
}

static bool has_part(const char *text, const char *part)
{
	for (; *text; text++)
		if (strncasecmp(text, part, strlen(part)) == 0)
			return true;
	return !*part;
}

/* Is it an address without the length of its prefix? */
static bool is_host(const char *text)
{
	return strpbrk(text, ".:") && !text[strspn(text, "0123456789abcdefABCDEF.:")];
}

/* NetBox finds an address by its host, when the filter has no length of the prefix. */
static bool is_same_text(const char *text, const char *wanted)
{
	size_t len = strcspn(text, "/");

	return strcasecmp(text, wanted) == 0 ||
	       (is_host(wanted) && strlen(wanted) == len && strncasecmp(text, wanted, len) == 0);
}

static bool compare_numbers(double a, double b, const char *how)
{
	if (sb_streq(how, "lt"))
		return a < b;
	if (sb_streq(how, "lte"))
		return a <= b;
	return sb_streq(how, "gt") ? a > b : a >= b;
}

/* One value of a row against one of the filter, both as text. */
static bool text_matches(const char *text, const char *wanted, const char *how)
{
	if (sb_streq(how, "isw"))
		return strncasecmp(text, wanted, strlen(wanted)) == 0;
	if (sb_streq(how, "iew"))
		return ends_with(text, wanted);
	if (sb_streq(how, "ic"))
		return has_part(text, wanted);
	if (sb_streq(how, "ie") || sb_streq(how, "n") || !*how)
		return is_same_text(text, wanted);
	return compare_numbers(strtod(text, NULL), strtod(wanted, NULL), how);
}

static bool value_matches(const json_t *value, const char *wanted, const char *how);

/* A choice is known by its value; an object by its slug, its name or its id. */
static bool object_matches(const json_t *object, const char *wanted, const char *how)
{
	static const char *const names[] = {"value", "slug", "name", "id"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(names); i++) {
		const json_t *member = json_object_get(object, names[i]);

		if (member && value_matches(member, wanted, how))
			return true;
	}
	return false;
}

static bool value_matches(const json_t *value, const char *wanted, const char *how)
{
	const json_t *member;
	sb_autofree char *number = NULL;
	size_t i;

	json_array_foreach (value, i, member)
		if (value_matches(member, wanted, how))
			return true;
	if (json_is_object(value))
		return object_matches(value, wanted, how);
	if (json_is_boolean(value))
		return sb_streq(json_is_true(value) ? "true" : "false", wanted);
	if (json_is_number(value))
		number = json_dumps(value, JSON_ENCODE_ANY);
	if (number || json_is_string(value))
		return text_matches(number ? number : json_string_value(value), wanted, how);
	return sb_streq(wanted, "false") || sb_streq(wanted, "null");
}

static bool is_empty(const json_t *value)
{
	return !value || json_is_null(value) ||
	       (json_is_string(value) && !json_string_length(value)) ||
	       (json_is_array(value) && !json_array_size(value));
}

/* The addresses of an interface: the type of a generic reference is in the name of the filter. */
static int interface_matches(const json_t *form, const json_t *row, const char *member,
			     const json_t *wanted)
{
	static const struct {
		const char *name, *type;
	} known[] = {{"vminterface_id", "virtualization.vminterface"},
		     {"interface_id", "dcim.interface"}};
	const char *type = sb_json_str(row, "assigned_object_type");
	bool is_assigned = json_object_get(json_object_get(form, "fields"), "assigned_object");
	const json_t *text;
	size_t i, j;

	for (i = 0; is_assigned && i < SB_ARRAY_LEN(known); i++) {
		if (!sb_streq(known[i].name, member))
			continue;
		json_array_foreach (wanted, j, text)
			if (type && sb_streq(type, known[i].type) &&
			    value_matches(json_object_get(row, "assigned_object_id"),
					  json_string_value(text), ""))
				return 1;
		return 0;
	}
	return SB_E_UNSUPPORTED;
}

/* The member of a row that a filter is about; false = it has none of that name, and no row may. */
static bool find_member(const json_t *form, const json_t *row, const char *name,
			const json_t **ret_value)
{
	char base[96];
	size_t len = strlen(name);

	if (sb_starts_with(name, "cf_")) {
		*ret_value = json_object_get(json_object_get(row, "custom_fields"), name + 3);
		return true;
	}
	if (sb_streq(name, "tag"))
		name = "tags";
	*ret_value = json_object_get(row, name);
	if (*ret_value || json_object_get(json_object_get(form, "fields"), name))
		return true;
	if (len > 3 && len < sizeof(base) && sb_streq(name + len - 3, "_id")) {
		memcpy(base, name, len - 3);
		base[len - 3] = '\0';
		*ret_value = json_object_get(row, base);
		if (json_is_object(*ret_value))
			*ret_value = json_object_get(*ret_value, "id");
		return *ret_value || json_object_get(json_object_get(form, "fields"), base);
	}
	return sb_streq(name, "required") || sb_streq(name, "object_types") ||
	       sb_streq(name, "tags");
}

static int filter_matches(const json_t *form, const json_t *row, const char *name,
			  const json_t *wanted)
{
	const json_t *value = NULL, *text;
	struct filter filter;
	bool is_found = false;
	size_t i;
	int rc = interface_matches(form, row, name, wanted);

	if (rc >= 0)
		return rc;
	if (!split_name(name, &filter) || !find_member(form, row, filter.member, &value))
		return SB_E_UNSUPPORTED;
	json_array_foreach (wanted, i, text) {
		if (sb_streq(filter.how, "empty"))
			is_found |= is_empty(value) == sb_streq(json_string_value(text), "true");
		else
			is_found |= value_matches(value, json_string_value(text), filter.how);
	}
	return sb_streq(filter.how, "n") ? !is_found : is_found;
}

int sb_kit_row_matches(const struct sb_kit_netbox *netbox, const char *list, const json_t *row,
		       const json_t *parameters, struct sb_error *err)
{
	const json_t *form = sb_kit_form(netbox, list);
	sb_autojson *shown = sb_kit_row_shown(netbox, list, row, NULL);
	const char *name;
	json_t *wanted;
	int result = 1;

	json_object_foreach ((json_t *)(uintptr_t)parameters, name, wanted) {
		int rc = is_control(name) ? 1 : filter_matches(form, shown, name, wanted);

		if (rc < 0)
			return sb_fail(err, rc, "it has the filter \"%s\"", name);
		result = result && rc;
	}
	return result;
}
