/* SPDX-License-Identifier: Apache-2.0 */
/* First contact with NetBox: is it one, does it know us, what can it do. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "netbox/client_priv.h"
#include "stagebox/json.h"

enum { STATUS, INDEX, N_PROBES };

struct probe {
	unsigned outstanding;
	struct reply {
		struct probe *probe;
		json_t *data;
		struct sb_error why;
	} replies[N_PROBES];
};

static void on_reply(void *arg, const json_t *data, const struct sb_error *why)
{
	struct reply *reply = arg;

	reply->probe->outstanding--;
	if (data)
		reply->data = json_deep_copy(data);
	if (why)
		reply->why = *why;
	else if (!reply->data)
		sb_fail(&reply->why, SB_E_NOMEM, "out of memory");
}

static int ask(struct sb_netbox *netbox, struct probe *probe, size_t what, struct sb_error *err)
{
	static const char *const paths[] = {"/api/status/", "/api/virtualization/"};
	int rc;

	probe->replies[what].probe = probe;
	rc = sb_netbox_call(netbox, "GET", paths[what], on_reply, &probe->replies[what], err);
	if (rc == 0)
		probe->outstanding++;
	return rc;
}

static int run(struct sb_netbox *netbox, const struct probe *probe, struct sb_error *err)
{
	int rc = 0;

	while (rc == 0 && probe->outstanding)
		rc = sb_http_turn(netbox->http, 1000, err);
	return rc;
}

bool sb_netbox_version_at_least(const char *version, int major, int minor)
{
	char *end;
	long number;

	if (!isdigit((unsigned char)*version))
		return false;
	number = strtol(version, &end, 10);
	if (number != major)
		return number > major;
	return *end == '.' && strtol(end + 1, NULL, 10) >= minor;
}

/* "4.7.0-beta1" keeps its number only. */
static void set_version(struct sb_netbox_caps *caps, const json_t *status)
{
	const char *text = sb_json_str(status, "netbox-version");
	size_t len = text ? strspn(text, "0123456789.") : 0;

	if (len)
		snprintf(caps->version, sizeof(caps->version), "%.*s", (int)len, text);
}

/* Whether an interface takes its MAC address in the same write could be read from OPTIONS only, and
 * only by who may add interfaces; but a plan sends nothing but GET, so that a reading token and a
 * watching proxy see for themselves that it writes nothing. The version of the API tells it too. */
static void set_caps(struct sb_netbox_caps *caps, const struct reply *replies)
{
	caps->has_vm_types = json_object_get(replies[INDEX].data, "virtual-machine-types") != NULL;
	caps->mac_writable = sb_netbox_version_at_least(caps->version, 4, 7);
	caps->item_errors = sb_netbox_version_at_least(caps->version, 4, 7);
	caps->tag_deltas = sb_netbox_version_at_least(caps->version, 4, 6);
}

static int probe_all(struct sb_netbox *netbox, struct probe *probe, struct sb_error *err)
{
	const struct reply *replies = probe->replies;
	int rc;

	rc = ask(netbox, probe, STATUS, err);
	if (rc == 0)
		rc = run(netbox, probe, err);
	if (rc == 0 && replies[STATUS].why.code) {
		*err = replies[STATUS].why;
		rc = err->code;
	}
	if (rc == 0 && !sb_json_str(replies[STATUS].data, "netbox-version"))
		rc = sb_fail(
			err, SB_E_SHAPE,
			"GET /api/status/: no netbox-version in the answer: is the URL that of "
			"a NetBox?");
	if (rc < 0)
		return rc;
	set_version(&netbox->caps, replies[STATUS].data);
	rc = ask(netbox, probe, INDEX, err);
	if (rc == 0)
		rc = run(netbox, probe, err);
	if (rc == 0 && replies[INDEX].why.code) {
		*err = replies[INDEX].why;
		rc = err->code;
	}
	if (rc == 0)
		set_caps(&netbox->caps, replies);
	return rc;
}

int sb_netbox_open(struct sb_netbox *netbox, struct sb_error *err)
{
	struct probe probe = {.outstanding = 0};
	struct sb_error why = SB_ERROR_INIT;
	size_t i;
	int rc;

	if (netbox->is_open)
		return sb_fail(err, SB_E_STATE, "NetBox: opened twice");
	rc = probe_all(netbox, &probe, &why);
	/* Whatever is still under way points into the probe. */
	sb_netbox_drop_calls(netbox);
	for (i = 0; i < N_PROBES; i++)
		json_decref(probe.replies[i].data);
	if (rc == 0) {
		netbox->is_open = true;
		return 0;
	}
	if (err)
		*err = why;
	return sb_context(err, rc, "NetBox");
}
