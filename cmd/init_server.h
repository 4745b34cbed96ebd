/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about one server for `stagebox init`: its URL and its certificate. */
#pragma once

#include "base/buf.h"
#include "cmd.h"

/* How a server is reached, as it will be written. */
struct init_server {
	const char *name;        /* "NetBox" */
	const char *how_to_show; /* the fingerprint, at the server itself */
	const char *authority;   /* where its authority's certificate is; NULL = unknown */
	const char *ca_option;   /* "--netbox-ca" */
	const char *pin_option;  /* "--netbox-fingerprint" */
	const char *given_ca;    /* of the options; NULL = none */
	const char *given_pins;  /* of the options; NULL = none */
	bool is_plain;           /* http */
	char *ca_file;           /* absolute; NULL = the authorities of the system */
	struct sb_buf pins;      /* fingerprints to write, separated by blanks */
};

void init_server_finish(struct init_server *server);

/**
 * Connect to a URL, show its certificate, and let the person decide whether it is trusted; nothing
 * is sent. A server that does not answer is reported and accepted: its certificate stays to be
 * verified.
 *
 * Returns 0; SB_E_NET for a certificate that nobody trusts; or SB_E_ARG without an answer.
 */
int init_server_trust(struct init_server *server, const char *url, struct sb_error *err);
