/* SPDX-License-Identifier: Apache-2.0 */
/* Fill NetBox as another tool leaves it. */
#pragma once

#include "base/buf.h"
#include "front/front.h"

enum { LEGACY_TIME_S = 1760000000 };

/** Fill NetBox as the tool of the plan leaves it after a run on the endpoints, defects included. */
int lab_legacy_fill(struct lab_front *front, struct sb_error *err);

/* One endpoint that is written into NetBox, with the requests that the tool would send. */
struct legacy {
	struct lab_front *front;
	struct lab_server *pve;
	const char *site_name;
	char *cluster_name; /* the cluster's name in Proxmox VE */
	json_t *guests;     /* as lab_pve_dump() */
	json_t *shared;     /* "path|slug" -> id */
	int64_t cluster, site;
	bool is_clustered;
	bool failed;
	struct sb_error *err;
};

/** POST an object. Returns its id, or 0 on failure, which sets legacy->failed. */
int64_t legacy_put(struct legacy *legacy, const char *path, json_t *body_take);

/** Return the id of the object that was written under this slug or name, or POST it. */
int64_t legacy_shared(struct legacy *legacy, const char *path, const char *slug, json_t *body_take);

void legacy_patch(struct legacy *legacy, const char *path, int64_t id, json_t *body_take);

/** Ids of the tags in a guest's config, and of the tag of the tool. New reference. */
json_t *legacy_tags(struct legacy *legacy, const json_t *config, const char *own, const char *slug,
		    const char *color);

/** Create a custom field of text or integer for VMs and devices, once. */
void legacy_field(struct legacy *legacy, const char *name, const char *type);

/* Values of a guest's config, as all tools read them. */
int64_t legacy_memory_mib(const json_t *config);
int64_t legacy_cores(const json_t *config);
/** Does the key consist of the word and digits: "net3", "scsi0"? */
bool legacy_numbered(const char *key, const char *word);
/** Count a name and return how often it was counted; like NetBox, ignores case. */
int64_t legacy_count_name(json_t *names, const char *name);
/** Read the value of "name=" in a property string; "" when absent. */
void legacy_property(const char *text, const char *name, char ret_value[128]);

/* The tools; each writes one endpoint. */
void legacy_proxbox(struct legacy *legacy, bool has_plugin);
void legacy_ssot(struct legacy *legacy);
void legacy_people(struct legacy *legacy);
