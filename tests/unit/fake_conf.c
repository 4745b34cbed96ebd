/* SPDX-License-Identifier: Apache-2.0 */
/* A fake of the settings of an endpoint (conf.h). */
#include "fake_run.h"

#include "stagebox/conf.h"

const char *sb_run_endpoint(const struct sb_stage_run *run)
{
	return run->endpoint;
}

const char *sb_run_site(const struct sb_stage_run *run)
{
	return run->site;
}

const char *sb_run_vlan_group(const struct sb_stage_run *run)
{
	return run->vlan_group;
}

const char *sb_run_cluster_name(const struct sb_stage_run *run)
{
	return run->cluster_name;
}

const char *sb_run_device_name(const struct sb_stage_run *run)
{
	return run->device_name;
}
