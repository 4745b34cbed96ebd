/* SPDX-License-Identifier: Apache-2.0 */
/* First contact with NetBox: version, token, capabilities. */
#include <stdio.h>
#include <string.h>

#include "net/gather.h"
#include "netbox/client_priv.h"
#include "stagebox/json.h"

enum { STATUS, INDEX };

static int send_read(struct sb_netbox *netbox, struct sb_gather *probe, unsigned what,
		     struct sb_error *err)
{
	static const char *const paths[] = {"/api/status/", "/api/virtualization/"};
	struct sb_reply *reply = sb_gather_expect(probe, what);
	int rc = sb_netbox_call(netbox, "GET", paths[what], sb_gather_take, reply, err);

	if (rc < 0)
		sb_gather_forget(probe);
	return rc;
}

/* Reads one after the other, so that a refused token fails one request only. */
static int read_one(struct sb_netbox *netbox, struct sb_gather *probe, unsigned what,
		    struct sb_error *err)
{
	int rc = send_read(netbox, probe, what, err);

	if (!rc)
		rc = sb_gather_wait(probe, err);
	if (!rc && probe->replies[what].why.code) {
		*err = probe->replies[what].why;
		rc = err->code;
	}
	return rc;
}

/* Of "4.7.0-beta1" only the number is kept. */
static void set_version(struct sb_netbox_caps *caps, const json_t *status)
{
	const char *text = sb_json_str(status, "netbox-version");
	size_t len = text ? strspn(text, "0123456789.") : 0;

	if (len)
		snprintf(caps->version, sizeof(caps->version), "%.*s", (int)len, text);
}

static void set_plugins(struct sb_netbox_caps *caps, const json_t *status)
{
	const json_t *plugins = json_object_get(status, "plugins");
	const char *objects = sb_json_str(plugins, "netbox_custom_objects");
	const char *branching = sb_json_str(plugins, "netbox_branching");

	snprintf(caps->objects_version, sizeof(caps->objects_version), "%s",
		 objects ? objects : "");
	snprintf(caps->branching_version, sizeof(caps->branching_version), "%s",
		 branching ? branching : "");
	sb_json_int(status, "rq-workers-running", &caps->workers);
}

/* OPTIONS would show whether an interface takes its MAC address in the same write, but only to a
 * token that may add interfaces. A plan sends nothing but GET, so that a read-only token and a
 * monitoring proxy can prove that it writes nothing: the version of the API is used instead. */
static void set_caps(struct sb_netbox_caps *caps, const struct sb_reply *replies)
{
	caps->has_vm_types = json_object_get(replies[INDEX].data, "virtual-machine-types") != NULL;
	caps->mac_writable = sb_netbox_version_at_least(caps->version, 4, 7);
	caps->item_errors = sb_netbox_version_at_least(caps->version, 4, 7);
	caps->tag_deltas = sb_netbox_version_at_least(caps->version, 4, 6);
	caps->context_costs = *caps->version && !sb_netbox_version_at_least(caps->version, 4, 7);
}

static int check_version(const struct sb_netbox *netbox, struct sb_error *err)
{
	if (!*netbox->caps.version || sb_netbox_version_at_least(netbox->caps.version, 4, 5))
		return 0;
	return sb_fail(err, SB_E_CONFIG, "NetBox %s is too old: upgrade it to 4.5 or newer",
		       netbox->caps.version);
}

static int probe_all(struct sb_netbox *netbox, struct sb_gather *probe, struct sb_error *err)
{
	int rc = read_one(netbox, probe, STATUS, err);

	if (!rc && !sb_json_str(probe->replies[STATUS].data, "netbox-version"))
		rc = sb_fail(err, SB_E_SHAPE,
			     "GET /api/status/: no netbox-version in the answer: set the URL to a "
			     "NetBox");
	if (rc < 0)
		return rc;
	set_version(&netbox->caps, probe->replies[STATUS].data);
	set_plugins(&netbox->caps, probe->replies[STATUS].data);
	rc = check_version(netbox, err);
	if (!rc)
		rc = read_one(netbox, probe, INDEX, err);
	if (!rc)
		set_caps(&netbox->caps, probe->replies);
	return rc;
}

int sb_netbox_open(struct sb_netbox *netbox, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	struct sb_gather probe;
	int rc;

	if (netbox->is_open)
		return sb_fail(err, SB_E_STATE, "NetBox: opened twice");
	sb_gather_init(&probe, netbox->http);
	rc = probe_all(netbox, &probe, &why);
	/* Requests in flight point into probe. */
	sb_netbox_drop_calls(netbox);
	sb_gather_finish(&probe);
	if (!rc) {
		netbox->is_open = true;
		return 0;
	}
	rc = sb_http_as_unreachable(rc, &why);
	if (err)
		*err = why;
	return sb_context(err, rc, "NetBox");
}
