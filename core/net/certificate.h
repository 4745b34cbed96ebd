/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate that a server presents, for people who have to decide whether they trust it. */
#pragma once

#include "net/io.h"

/* Texts come from the server: print them as remote text. */
struct sb_certificate {
	char fingerprint[96]; /* SHA-256, "AA:BB:..." */
	char subject[256], issuer[256];
	char ends[64]; /* end of the validity, as OpenSSL writes it */
	/* Code 0: trusted by the authorities that the server's entry names, for the host of the
	 * URL; else why it is refused. */
	struct sb_error refusal;
};

/**
 * Connect to the first URL of a server and read its certificate. No request and no credential is
 * sent; the pinned fingerprints of the entry are not compared.
 *
 * @server  its verify_ssl is taken as true; ca_file and proxy are used as they are
 *
 * Blocks for at most 10 s. Returns 0 with *ret_certificate, also for a certificate that is not
 * trusted; SB_E_UNSUPPORTED for a http URL; SB_E_NET or SB_E_TIMEOUT when there was no TLS
 * connection; SB_E_NOMEM.
 */
int sb_certificate_read(const struct sb_io_server *server, struct sb_certificate *ret_certificate,
			struct sb_error *err);
