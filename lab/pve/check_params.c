/* SPDX-License-Identifier: Apache-2.0 */
/* Check the parameters of a request against the rules of its path. */
#include "pve/answer.h"

#include "base/buf.h"

static bool is_vmid(const char *text)
{
	unsigned long id = strtoul(text, NULL, 10);

	return id >= 100 && id <= 999999999;
}

static bool is_integer(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n && n < 16 && !text[n];
}

/* Describe the error of a value. New reference; NULL for a valid value. */
json_t *pve_param_error(const struct pve_param_rule *rule, const char *value)
{
	switch (rule->type) {
	case PVE_PARAM_BOOL:
		if (!sb_streq(value, "0") && !sb_streq(value, "1"))
			return json_sprintf("type check ('boolean') failed - got '%s'", value);
		return NULL;
	case PVE_PARAM_INT:
	case PVE_PARAM_VMID:
		if (rule->type == PVE_PARAM_INT && *value == '-' && is_integer(value + 1))
			return json_string("value must have a minimum value of 0");
		if (!is_integer(value))
			return json_sprintf("type check ('integer') failed - got '%s'", value);
		if (rule->type == PVE_PARAM_VMID && !is_vmid(value))
			return json_string(
				"invalid format - value does not look like a valid VM ID\n");
		return NULL;
	case PVE_PARAM_ENUM:
		if (!pve_has_word(rule->words, value))
			return json_sprintf("value '%s' does not have a value in the enumeration "
					    "'%s'",
					    value, rule->words);
		return NULL;
	case PVE_PARAM_TEXT: return NULL;
	}
	return NULL;
}

static bool is_repeated(const struct lab_params *params, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < params->n; i++)
		n += sb_streq(params->list[i].key, key);
	return n > 1;
}

bool pve_check_params(struct pve_call *call, const struct pve_param_rule *rules)
{
	sb_autojson *errors = json_object();

	for (size_t i = 0; i < call->params->n; i++) {
		const struct lab_param *param = &call->params->list[i];
		const struct pve_param_rule *rule = rules;
		json_t *error;

		if (sb_streq(param->key, "_dc"))
			continue;
		while (rule && rule->name && !sb_streq(rule->name, param->key))
			rule++;
		if (!rule || !rule->name)
			error = json_string("property is not defined in schema and the schema does "
					    "not allow additional properties");
		else if (is_repeated(call->params, param->key))
			error = json_string("type check ('string') failed - got ARRAY");
		else
			error = pve_param_error(rule, param->value);
		if (error)
			json_object_set_new(errors, param->key, error);
	}
	if (!json_object_size(errors))
		return true;
	pve_refuse_params(call, json_incref(errors));
	return false;
}
