/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of a lab. */
#pragma once

#include <stagebox/error.h>

/* Certificates for fronts of one's own, with which something is wrong. */
enum {
	LAB_CERT_EXPIRED,
	LAB_CERT_FUTURE,
	LAB_CERT_OTHER_HOST,
	LAB_CERT_SELF_SIGNED,
	LAB_CERT_FORMS
};

/* PEM texts; all NULL without TLS. */
struct lab_certs {
	char *ca, *certificate, *key;
	char *others[LAB_CERT_FORMS]; /* certificate and key in one */
};

int lab_certs_create(struct lab_certs *certs, struct sb_error *err);
void lab_certs_finish(struct lab_certs *certs);

/** Name of the file of one of the others, "expired.pem". */
const char *lab_cert_name(unsigned form);
