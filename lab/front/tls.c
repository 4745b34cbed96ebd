/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate authority and a certificate for loopback, created at each start. */
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/buf.h"
#include "front/tls.h"

enum { SERIAL_BYTES = 16, VALID_S = 30 * 86400, BACK_S = 3600 };

/* Properties of a certificate to create; times in seconds from now. */
struct form {
	const char *file, *host;
	bool self_signed;
	int64_t begins_s, ends_s;
};

static const struct form good = {NULL, "localhost", false, -BACK_S, VALID_S};

static const struct form forms[LAB_CERT_FORMS] = {
	[LAB_CERT_EXPIRED] = {"expired.pem", "localhost", false, -2 * BACK_S, -BACK_S},
	[LAB_CERT_FUTURE] = {"future.pem", "localhost", false, BACK_S, VALID_S},
	[LAB_CERT_OTHER_HOST] = {"other-host.pem", "elsewhere.example", false, -BACK_S, VALID_S},
	[LAB_CERT_SELF_SIGNED] = {"self-signed.pem", "localhost", true, -BACK_S, VALID_S},
};

const char *lab_cert_name(unsigned form)
{
	return forms[form].file;
}

static int generate_key(gnutls_x509_privkey_t *ret_key)
{
	int rc = gnutls_x509_privkey_init(ret_key);

	if (rc < 0)
		return rc;
	return gnutls_x509_privkey_generate(*ret_key, GNUTLS_PK_EC,
					    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
}

static int fill_common(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *name,
		       const struct form *form)
{
	unsigned char serial[SERIAL_BYTES], id[64];
	size_t id_len = sizeof(id);
	time_t now = time(NULL);
	int rc;

	rc = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));
	serial[0] = (serial[0] & 0x7f) | 1; /* positive, no leading zero */
	if (rc >= 0)
		rc = gnutls_x509_crt_set_version(crt, 3);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
	if (rc >= 0)
		rc = gnutls_x509_crt_set_activation_time(crt, now + (time_t)form->begins_s);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_expiration_time(crt, now + (time_t)form->ends_s);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_key(crt, key);
	if (rc >= 0)
		rc = gnutls_x509_crt_get_key_id(crt, 0, id, &id_len);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_subject_key_id(crt, id, id_len);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
						   (unsigned)strlen(name));
	return rc;
}

static int make_ca(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	int rc = fill_common(crt, key, "stagebox lab CA", &good);

	if (rc >= 0)
		rc = gnutls_x509_crt_set_basic_constraints(crt, 1, 0);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_key_usage(crt,
						   GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
	if (rc >= 0)
		rc = gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
	return rc;
}

static int make_server(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, gnutls_x509_crt_t ca,
		       gnutls_x509_privkey_t ca_key, const struct form *form)
{
	static const unsigned char loopback[4] = {127, 0, 0, 1};
	unsigned char id[64];
	size_t id_len = sizeof(id);
	bool is_here = sb_streq(form->host, "localhost");
	int rc = fill_common(crt, key, form->host, form);

	if (rc >= 0)
		rc = gnutls_x509_crt_set_basic_constraints(crt, 0, -1);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, form->host,
							  (unsigned)strlen(form->host),
							  GNUTLS_FSAN_SET);
	if (rc >= 0 && is_here)
		rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback,
							  sizeof(loopback), GNUTLS_FSAN_APPEND);
	if (form->self_signed)
		return rc < 0 ? rc : gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
	if (rc >= 0)
		rc = gnutls_x509_crt_get_subject_key_id(ca, id, &id_len, NULL);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_authority_key_id(crt, id, id_len);
	if (rc >= 0)
		rc = gnutls_x509_crt_sign2(crt, ca, ca_key, GNUTLS_DIG_SHA256, 0);
	return rc;
}

static char *take_pem(gnutls_datum_t *pem)
{
	char *text = strndup((const char *)pem->data, pem->size);

	gnutls_free(pem->data);
	pem->data = NULL;
	return text;
}

static int export_pem(struct lab_certs *certs, gnutls_x509_crt_t ca, gnutls_x509_crt_t crt,
		      gnutls_x509_privkey_t key)
{
	gnutls_datum_t pem = {NULL, 0};
	int rc;

	rc = gnutls_x509_crt_export2(ca, GNUTLS_X509_FMT_PEM, &pem);
	if (rc < 0)
		return rc;
	certs->ca = take_pem(&pem);
	rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem);
	if (rc < 0)
		return rc;
	certs->certificate = take_pem(&pem);
	rc = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem);
	if (rc < 0)
		return rc;
	certs->key = take_pem(&pem);
	return certs->ca && certs->certificate && certs->key ? 0 : GNUTLS_E_MEMORY_ERROR;
}

static int make_other(char **ret_pem, const struct form *form, gnutls_x509_crt_t ca,
		      gnutls_x509_privkey_t ca_key)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t crt = NULL;
	struct lab_certs parts = {0};
	sb_autobuf text = SB_BUF_INIT(65536);
	int rc = generate_key(&key);

	if (rc >= 0)
		rc = gnutls_x509_crt_init(&crt);
	if (rc >= 0)
		rc = make_server(crt, key, ca, ca_key, form);
	if (rc >= 0)
		rc = export_pem(&parts, ca, crt, key);
	if (rc >= 0) {
		sb_buf_addf(&text, "%s%s", parts.certificate, parts.key);
		*ret_pem = sb_buf_take(&text);
		rc = *ret_pem ? 0 : GNUTLS_E_MEMORY_ERROR;
	}
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
	lab_certs_finish(&parts);
	return rc;
}

int lab_certs_create(struct lab_certs *certs, struct sb_error *err)
{
	gnutls_x509_privkey_t ca_key = NULL, key = NULL;
	gnutls_x509_crt_t ca = NULL, crt = NULL;
	size_t i;
	int rc;

	rc = generate_key(&ca_key);
	if (rc >= 0)
		rc = generate_key(&key);
	if (rc >= 0)
		rc = gnutls_x509_crt_init(&ca);
	if (rc >= 0)
		rc = gnutls_x509_crt_init(&crt);
	if (rc >= 0)
		rc = make_ca(ca, ca_key);
	if (rc >= 0)
		rc = make_server(crt, key, ca, ca_key, &good);
	if (rc >= 0)
		rc = export_pem(certs, ca, crt, key);
	for (i = 0; rc >= 0 && i < LAB_CERT_FORMS; i++)
		rc = make_other(&certs->others[i], &forms[i], ca, ca_key);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_crt_deinit(ca);
	gnutls_x509_privkey_deinit(key);
	gnutls_x509_privkey_deinit(ca_key);
	if (rc < 0)
		return sb_fail(err, SB_E_NET, "cannot create certificates: %s",
			       gnutls_strerror(rc));
	return 0;
}

void lab_certs_finish(struct lab_certs *certs)
{
	size_t i;

	free(certs->ca);
	free(certs->certificate);
	free(certs->key);
	for (i = 0; i < LAB_CERT_FORMS; i++)
		free(certs->others[i]);
	*certs = (struct lab_certs){0};
}
