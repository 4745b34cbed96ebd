/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of a lab. */
#pragma once

#include <stagebox/error.h>

/* Invalid certificates, for tests that run their own TLS server. */
enum {
	LAB_CERT_EXPIRED,
	LAB_CERT_FUTURE,
	LAB_CERT_OTHER_HOST,
	LAB_CERT_SELF_SIGNED,
	LAB_CERT_FORMS
};

/* Certificates and keys in PEM; all NULL without TLS. */
struct lab_certs {
	char *ca, *certificate, *key;
	char *others[LAB_CERT_FORMS]; /* certificate and key in one text */
};

int lab_certs_create(struct lab_certs *certs, struct sb_error *err);
void lab_certs_finish(struct lab_certs *certs);

/** File name of an invalid certificate, "expired.pem". */
const char *lab_cert_name(unsigned form);
