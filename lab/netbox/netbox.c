/* SPDX-License-Identifier: Apache-2.0 */
/* Create and destroy the simulated NetBox, and switch its faults. */
#include "branching.h"
#include "custom.h"

#include <string.h>

#define FEATURES_45 0
#define FEATURES_46 (NB_VM_TYPES | NB_CURSOR | NB_ETAG | NB_ADD_TAGS | NB_DEVICE_PLACE | NB_TAG_ANY)
#define FEATURES_47 (FEATURES_46 | NB_MAC_WRITE | NB_BULK_ERRORS | NB_SELECT_LABELS | NB_FIELDS_47)

static const struct nb_version versions[] = {
	{"4.5", "4.5.10", "5.2.13", FEATURES_45},
	{"4.6", "4.6.8", "6.0.8", FEATURES_46},
	{"4.7", "4.7.3", "6.1.2", FEATURES_47},
};

static int add_user(struct lab_netbox *nb, const char *name)
{
	struct nb_object *user = nb_insert(nb, nb_table(nb, "users.user"));

	if (!user)
		return -1;
	nb_put_take(nb, user, "username", json_string(name));
	nb_put_take(nb, user, "is_superuser", json_true());
	nb_commit(nb);
	return 0;
}

struct lab_netbox *lab_netbox_create(const char *version, const char *token)
{
	struct lab_netbox *nb = calloc(1, sizeof(*nb));
	size_t i;

	if (!nb)
		return NULL;
	for (i = 0; i < SB_ARRAY_LEN(versions); i++)
		if (strlen(versions[i].name) == strcspn(version, "+") &&
		    strncmp(versions[i].name, version, strcspn(version, "+")) == 0)
			nb->version = &versions[i];
	nb->plugins = strstr(version, "+proxbox") ? NB_PROXBOX : 0;
	nb->token = strdup(token);
	nb->base = strdup("http://netbox.lab");
	if (!nb->version || !nb->token || !nb->base || nb_keys_create(nb) < 0 ||
	    nb_tables_create(nb) < 0 || add_user(nb, "admin") < 0) {
		lab_netbox_destroy(nb);
		return NULL;
	}
	return nb;
}

int lab_netbox_person(struct lab_netbox *netbox, const char *token)
{
	netbox->person_token = strdup(token);
	return netbox->person_token ? add_user(netbox, "person") : -1;
}

void lab_netbox_destroy(struct lab_netbox *netbox)
{
	if (!netbox)
		return;
	nb_custom_destroy(netbox);
	nb_tables_destroy(netbox);
	nb_branching_destroy(netbox);
	nb_keys_destroy(netbox);
	free(netbox->token);
	free(netbox->person_token);
	free(netbox->base);
	free(netbox->reject_name);
	free(netbox->short_page);
	json_decref(netbox->denied);
	json_decref(netbox->hidden);
	json_decref(netbox->choices);
	json_decref(netbox->validators);
	free(netbox);
}

int lab_netbox_base(struct lab_netbox *netbox, const char *base)
{
	char *copy = strdup(base);

	if (!copy)
		return -1;
	free(netbox->base);
	netbox->base = copy;
	return 0;
}

bool lab_netbox_plug(struct lab_netbox *netbox, const char *key)
{
	const struct nb_table *table = nb_table(netbox, "dcim.interface");
	uint32_t id;

	for (id = 1; id < table->next_id; id++) {
		struct nb_object *row = table->rows[id];
		const char *own = row ? json_string_value(json_object_get(
						nb_get(row, "custom_fields"), "stagebox_key"))
				      : NULL;

		if (!own || !sb_streq(own, key))
			continue;
		nb_put_take(netbox, row, "_cable", json_true());
		nb_commit(netbox);
		return true;
	}
	return false;
}

void lab_netbox_shuffle(struct lab_netbox *netbox, uint64_t seed)
{
	netbox->shuffle = seed;
}

int lab_netbox_grant(struct lab_netbox *netbox, const char *permission, bool on,
		     const char **ret_why)
{
	*ret_why = "out of memory";
	if (nb_rights_known(netbox, permission))
		return nb_rights_deny(netbox, permission, !on);
	*ret_why = "not a permission for a model of the simulated NetBox, such as dcim.view_device";
	return -1;
}

const char *const lab_netbox_faults[] = {
	"choices APP.MODEL.FIELD=VALUE,...",
	"deny APP.ACTION_MODEL",
	"exempt APP.MODEL",
	"hide APP.MODEL=PART-OF-THE-NAME",
	"no-worker",
	"not-apart APP.MODEL",
	"provision-fails",
	"read-only",
	"refuse APP.MODEL.FIELD=VALUE:HOW",
	"reject-name NAME",
	"short-page [WORD]",
	"slow-worker MS",
	"token-expired",
	"worker-dies",
	NULL,
};

int lab_netbox_fault(struct lab_netbox *netbox, const char *kind, const char *arg, bool on)
{
	if (!lab_word_listed(lab_netbox_faults, kind))
		return -1;
	if (sb_streq(kind, "reject-name")) {
		free(netbox->reject_name);
		netbox->reject_name = on && arg ? strdup(arg) : NULL;
	} else if (sb_streq(kind, "short-page")) {
		free(netbox->short_page);
		netbox->short_page = on ? strdup(arg ? arg : "") : NULL;
	} else if (sb_streq(kind, "token-expired")) {
		netbox->token_expired = on;
	} else if (sb_streq(kind, "read-only")) {
		netbox->token_reads_only = on;
	} else if (sb_streq(kind, "deny")) {
		return nb_rights_deny(netbox, arg, on);
	} else if (sb_streq(kind, "hide")) {
		return nb_rights_hide(netbox, arg, on);
	} else if (sb_streq(kind, "choices")) {
		return nb_choices_replace(netbox, arg, on);
	} else if (sb_streq(kind, "refuse")) {
		return nb_validators_set(netbox, arg, on);
	} else {
		return nb_branching_fault(netbox, kind, arg, on);
	}
	return 0;
}
