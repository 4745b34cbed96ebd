/* SPDX-License-Identifier: Apache-2.0 */
/* The listener of one simulated server. */
#pragma once

#include <stagebox/error.h>

struct lab_server;

/** Listen on 127.0.0.1 and start to answer. Returns 0 or SB_E_NET with err filled. */
int lab_server_start(struct lab_server *server, struct sb_error *err);

/** Stop answering; no exchange may be paused any more. */
void lab_server_stop(struct lab_server *server);
