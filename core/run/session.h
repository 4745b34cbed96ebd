/* SPDX-License-Identifier: Apache-2.0 */
/* The connections of a job: io, queues, the two clients, and the instance id of NetBox. */
#pragma once

#include "run/events.h"
#include "run/run.h"

struct sb_session {
	struct sb_io *io;
	struct sb_http *http;
	struct sb_pve *pve; /* NULL = NetBox alone */
	struct sb_netbox *netbox;
};

/**
 * Make io (real, recording, or replay), queues and clients for one endpoint ("" = NetBox only).
 *
 * @conf      resolved configuration
 * @task      the job's task: record, replay_wall_s
 * @replay    array of recorded lines, or NULL; io keeps references to the lines
 * @pinned    identity of Proxmox VE that an earlier run saw, "" = none; copied
 * @events    borrowed, must outlive the session; its acknowledgements are read whenever io waits,
 *            and io records to it
 *
 * conf and task are only read here. Sends nothing. Returns 0, SB_E_CONFIG for a server without URL,
 * SB_E_AUTH for a malformed token of Proxmox VE, an error of the transport or the recording, or
 * SB_E_NOMEM. *ret_session: set on success only; release it with sb_session_finish().
 */
int sb_session_create(const json_t *conf, const char *slug, const json_t *task,
		      const json_t *replay, const char *pinned, struct sb_events *events,
		      struct sb_session *ret_session, struct sb_error *err);
/** Release all members and clear them. */
void sb_session_finish(struct sb_session *session);

/** The transport to NetBox alone, or to one URL of one endpoint (from 0, below the number of its
 * URLs). @conf resolved. The caller destroys *ret_io. Errors as of sb_session_create(). */
int sb_session_netbox_io(const json_t *conf, struct sb_io **ret_io, struct sb_error *err);
int sb_session_pve_io(const json_t *conf, const char *slug, unsigned url, struct sb_io **ret_io,
		      struct sb_error *err);

/* Larger differences between two clocks, in seconds, are reported. */
enum { SB_CLOCK_BOUND_S = 60 };

/** Log a warning when the clock of a server ("netbox", "pve:lab") differs from ours by more. */
void sb_session_check_clock(const struct sb_http *http, const char *server);

/** The description of the custom field stagebox_key: "stagebox <uuid>", with the home of kinds
 * without a model behind it (model/home.h): "stagebox <uuid> fields". */
#define SB_INSTANCE_PREFIX "stagebox "

/** Between the home and the former one, while a move has not removed that:
 * "stagebox <uuid> custom-objects after fields". */
#define SB_HOME_AFTER " after "

/** Ask NetBox for its instance id and our user, and wait: fills netbox_instance (NULL when
 * bootstrap has not run), custom_types and netbox_user of the run. Errors as of
 * sb_session_custom_fields(). */
int sb_session_instance(struct sb_run *run, struct sb_error *err);

/**
 * Do all owned kinds that will be read have the custom field stagebox_key? A module that was
 * configured after the bootstrap may add a kind without it: its list could not be limited to our
 * objects, and none could be created.
 *
 * @all  check the kinds of every stage, not only of the needed ones
 *
 * Returns 0, or SB_E_CONFIG with the stage, the object type and the command to run.
 */
int sb_session_check_kinds(const struct sb_run *run, bool all, struct sb_error *err);

/** Log a warning that names the custom fields which a bootstrap of this version would add to
 * NetBox: an upgraded stagebox continues without them. */
void sb_session_note_missing(const struct sb_run *run);

/* So many names are in one request, because the length of its line is limited. */
enum { SB_CUSTOM_NAMES = 50 };

/** The path below /api/ that lists the custom fields with SB_CUSTOM_NAMES of the names, from one
 * position. Caller frees; NULL = out of memory. */
char *sb_session_custom_path(const json_t *names, size_t from);

/** Put the rows of such a list into rows, by their name. SB_E_SHAPE when the list is incomplete or
 * was not filtered by name. */
int sb_session_custom_rows(const json_t *list, const json_t *names, json_t *rows,
			   struct sb_error *err);

/** Read our custom fields and those of modules (sb_custom_field_used()) that NetBox has, and wait.
 * Errors as of sb_session_get() and sb_session_custom_rows(). */
int sb_session_custom_fields(struct sb_run *run, json_t **ret_rows, struct sb_error *err);

/** Send one GET to NetBox and wait for the answer. New reference, set on success only. Returns 0,
 * or the error of the request with its http_status. */
int sb_session_get(struct sb_run *run, const char *path, json_t **ret_data, struct sb_error *err);
