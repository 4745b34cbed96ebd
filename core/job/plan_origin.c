/* SPDX-License-Identifier: Apache-2.0 */
#include "job/plan_origin.h"

#include "model/plan_envelope.h"
#include "stagebox/json.h"

int sb_plan_check_origin(const struct sb_run *run, const json_t *part, struct sb_error *err)
{
	sb_autojson *loaded = sb_registry_files(run->registry);
	const char *identity = sb_json_str(part, "identity");
	struct sb_error why = SB_ERROR_INIT;
	int rc;

	if (!loaded)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	rc = sb_plan_envelope_check_modules(json_object_get(part, "envelope"), loaded, err);
	if (rc < 0)
		return rc;
	if (!identity || sb_pve_identity_fits(run->pve, identity, &why) < 0)
		return sb_fail(
			err, SB_E_REFUSED,
			"the plan was made for another cluster than the one that the store "
			"knows for endpoint %s (the plan has %.150s): apply a plan of another site "
			"with the configuration of that site, or make a new plan",
			run->slug, identity ? identity : "none");
	return 0;
}
