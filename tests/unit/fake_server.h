/* SPDX-License-Identifier: Apache-2.0 */
/* A small misbehaving HTTP server in a child process: the path selects what it does. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/*
 * /echo      200, the request as it came is the body
 * /close     closes before the first byte
 * /cut       promises 100 bytes, sends 10
 * /long      200, 100000 bytes
 * /slow      answers after 2 s
 * /redirect  301 to https://user:word@other.example:8006/x
 * /phrase    401 No ticket
 * /later     503 with Retry-After: 7, API-Version: 4.7
 * /die       200 that keeps the connection, and closes it when the next request has come
 * /noise     bytes that are not HTTP
 */
struct fake_server {
	pid_t pid;
	int seen; /* one byte can be read per request */
	unsigned port;
	char url[64]; /* "http://127.0.0.1:PORT" */
};

void fake_server_start(struct fake_server *server);
void fake_server_stop(struct fake_server *server);

/** Requests that arrived since the last call. */
size_t fake_server_seen(struct fake_server *server);
