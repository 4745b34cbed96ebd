/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox doctor: find what would prevent a sync. Writes nothing. */
#include "cmd.h"

#include <string.h>

#include "conf/conf.h"
#include "doctor/doctor.h"
#include "load/look.h"
#include "stagebox/json.h"

static enum out_color status_color(const char *status)
{
	if (sb_streq(status, "ok"))
		return OUT_GREEN;
	if (sb_streq(status, "failed"))
		return OUT_RED;
	return sb_streq(status, "warning") ? OUT_YELLOW : OUT_DIM;
}

static void print_check(struct out *out, const json_t *check)
{
	const char *status = sb_json_str(check, "status"), *fix = sb_json_str(check, "fix");

	out_text(out, "  ");
	out_colored(out, status_color(status), "%-8s", status);
	out_text(out, " %-13s ", sb_json_str(check, "check"));
	out_safe(out, sb_json_str(check, "text"));
	out_text(out, "\n");
	if (fix) {
		out_text(out, "                           -> ");
		out_safe(out, fix);
		out_text(out, "\n");
	}
}

static bool needs_only_bootstrap(const json_t *doc)
{
	const json_t *check;
	size_t i, failed = 0, bootstrap = 0;

	json_array_foreach (json_object_get(doc, "checks"), i, check) {
		if (!sb_streq(sb_json_str(check, "status"), "failed"))
			continue;
		failed++;
		bootstrap += sb_streq(sb_json_str(check, "check"), "bootstrap");
	}
	return failed && failed == bootstrap;
}

static void print_report(struct out *out, const json_t *doc)
{
	const char *where = "", *status = sb_json_str(doc, "status");
	const json_t *check;
	size_t i;

	json_array_foreach (json_object_get(doc, "checks"), i, check) {
		const char *here = sb_json_str(check, "where");

		if (!sb_streq(here, where))
			out_colored(out, OUT_BOLD, "%s\n", here);
		where = here;
		print_check(out, check);
	}
	out_text(out, "\n");
	if (sb_streq(status, "ok"))
		out_text(out, "All checks passed.\n");
	else if (sb_streq(status, "warning"))
		out_text(out, "A sync would run; see the warnings.\n");
	else if (needs_only_bootstrap(doc))
		out_text(out, "A sync would not run yet: run `stagebox bootstrap` first.\n");
	else
		out_text(out, "A sync would not work completely; fix what failed.\n");
}

static int run_doctor(struct cmd *cmd)
{
	sb_autojson *conf = NULL, *seen = NULL, *own = NULL, *slugs = NULL, *doc = NULL;
	struct sb_error err = SB_ERROR_INIT, why = SB_ERROR_INIT;
	int rc;

	rc = cmd_conf(cmd, &conf, &err);
	if (!rc)
		rc = sb_conf_select(conf, cmd->options.endpoints, &slugs, &err);
	/* Modules that do not load are a finding; the other checks still run. */
	if (!rc)
		sb_look_modules(conf, NULL, &seen, &why);
	if (!rc && seen && sb_look_own(conf, &own, &why) < 0) {
		json_decref(seen);
		seen = NULL;
	}
	cmd_close_memory();
	if (!rc)
		rc = sb_conf_resolve(conf, &err);
	if (!rc)
		rc = sb_conf_resolve_options(conf, json_object_get(seen, "modules"), NULL, &err);
	if (!rc)
		rc = sb_doctor(conf, json_object_get(seen, "declared"), own, &why, slugs, &doc,
			       &err);
	if (rc < 0)
		return cmd_fail(cmd, &err);
	out_document(&cmd->out, doc, print_report);
	return (int)json_integer_value(json_object_get(doc, "exit"));
}

const struct cmd_entry cmd_doctor = {
	.name = "doctor",
	.args = "",
	.summary = "check connections, permissions, versions, clocks and the store",
	.about = "Checks each server: the connection, the certificate, the permissions that the "
		 "loaded modules need, the identity (is it the same server as before) and the "
		 "clock. Sends only GET and OPTIONS requests and writes nothing. Each finding says "
		 "what to do.\n\n"
		 "Exit code: 0 when a sync would run, also with warnings; 78 before bootstrap; 77 "
		 "for missing "
		 "permissions, 69 for an unreachable server, 78 for the configuration and the "
		 "modules, 5 when another cluster answers.",
	.takes = CMD_TAKES_ENDPOINT,
	.examples = "stagebox doctor\n"
		    "stagebox doctor --endpoint lab\n"
		    "stagebox doctor --format json\n",
	.run = run_doctor,
};
