/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the options of a module against the module's own table. */
#include "conf/conf_priv.h"

#include "base/buf.h"

static struct sb_conf_row row_of(const struct sb_opt *opt)
{
	struct sb_conf_row row = {.name = opt->name,
				  .type = opt->type,
				  .dflt = opt->dflt,
				  .help = opt->help,
				  .is_secret = (opt->flags & SB_OPT_SECRET) != 0};

	if (opt->type == SB_OPT_INT || opt->type == SB_OPT_SECS) {
		row.min = opt->min;
		row.max = opt->max;
	}
	return row;
}

/* Several errors are one text, separated by semicolons: a module has one line in a report. */
static void add_fault(struct sb_buf *faults, const struct sb_error *why)
{
	sb_buf_addf(faults, "%s%s", faults->len ? "; " : "", why->text);
}

static void check_names(const char *owner, const struct sb_opt *table, json_t *values,
			struct sb_buf *faults)
{
	const struct sb_opt *opt;
	const char *name;
	json_t *value;

	json_object_foreach (values, name, value) {
		struct sb_error why = SB_ERROR_INIT;
		struct sb_guess guess;

		sb_guess_start(&guess, name);
		for (opt = table; opt && opt->name; opt++) {
			if (sb_streq(opt->name, name))
				break;
			sb_guess_try(&guess, opt->name);
		}
		if (opt && opt->name)
			continue;
		sb_fail(&why, SB_E_CONFIG, "options.%s: unknown option %.60s%s", owner, name,
			guess.hint);
		add_fault(faults, &why);
	}
}

/* The text of the module has the name of the option before it, and never no text. */
static int call_check(const struct sb_opt *opt, const char *where, const json_t *value,
		      struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;

	if (!opt->check || opt->flags & SB_OPT_SECRET || opt->check(value, &why) == 0)
		return 0;
	return sb_fail(err, SB_E_CONFIG, "%s: %s", where,
		       why.text[0] ? why.text : "the module refuses this value, without a reason");
}

/* The parent of a job replaced the reference by the secret. */
static bool is_resolved(const struct sb_opt *opt, const json_t *given)
{
	return opt->flags & SB_OPT_SECRET && json_is_string(json_object_get(given, "secret"));
}

static int take_option(const char *owner, const struct sb_opt *opt, const json_t *given,
		       json_t *into, struct sb_error *err)
{
	struct sb_conf_row row = row_of(opt);
	struct sb_conf_origin origin = {0};
	sb_autobuf where = SB_BUF_INIT(256);
	json_t *value = NULL;
	int rc;

	sb_buf_addf(&where, "options.%s.%s", owner, opt->name);
	origin.where = sb_buf_str(&where);
	if (!given && !opt->dflt)
		return sb_fail(err, SB_E_CONFIG, "%s is required: %s", origin.where,
			       opt->help ? opt->help : "it has no default");
	if (is_resolved(opt, given)) {
		value = json_incref((json_t *)(uintptr_t)given);
		rc = 0;
	} else if (given)
		rc = sb_conf_value(&row, &origin, given, &value, err);
	else
		rc = sb_conf_value_text(&row, &origin, opt->dflt, &value, err);
	if (rc < 0)
		return rc;
	if (json_object_set_new(into, opt->name, value) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return call_check(opt, origin.where, value, err);
}

int sb_conf_options(const char *owner, const struct sb_opt *table, const json_t *values,
		    json_t **ret_opts, struct sb_error *err)
{
	sb_autojson *borrowed =
		json_incref((json_t *)values); /* json_object_foreach takes no const */
	sb_autojson *opts = json_object();
	sb_autobuf faults = SB_BUF_INIT(4096);
	const struct sb_opt *opt;
	int rc;

	if (values && !json_is_object(values))
		return sb_fail(err, SB_E_CONFIG, "options.%s: expected a group: { ... }", owner);
	check_names(owner, table, borrowed, &faults);
	for (opt = table; opt && opt->name; opt++) {
		struct sb_error why = SB_ERROR_INIT;

		rc = take_option(owner, opt, json_object_get(values, opt->name), opts, &why);
		if (rc < 0 && rc != SB_E_CONFIG)
			return sb_fail(err, rc, "%s", why.text);
		if (rc < 0)
			add_fault(&faults, &why);
	}
	if (faults.len)
		return sb_fail(err, SB_E_CONFIG, "%s", sb_buf_str(&faults));
	*ret_opts = sb_steal(opts);
	return 0;
}

const char *sb_opt_type_name(enum sb_opt_type type)
{
	static const char *const names[] = {
		[SB_OPT_STR] = "text",      [SB_OPT_BOOL] = "bool", [SB_OPT_INT] = "int",
		[SB_OPT_SECS] = "duration", [SB_OPT_LIST] = "list",
	};

	return (size_t)type < SB_ARRAY_LEN(names) ? names[type] : "";
}
