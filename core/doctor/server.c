/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of NetBox and Proxmox VE: protection of the connection, clock. */
#include "doctor/server.h"

#include <stdlib.h>
#include <string.h>

#include "net/certificate.h"
#include "run/session.h"
#include "stagebox/json.h"

static bool is_loopback(const char *url)
{
	const char *host = url ? strstr(url, "://") : NULL;

	return host && (sb_starts_with(host + 3, "127.") || sb_starts_with(host + 3, "localhost") ||
			sb_starts_with(host + 3, "[::1]"));
}

static const char *first_url(const json_t *group)
{
	const char *url = sb_json_str(group, "url");

	return url ? url : json_string_value(json_array_get(json_object_get(group, "urls"), 0));
}

void sb_doctor_guard(struct sb_report *report, const char *where, const json_t *group)
{
	const char *url = first_url(group), *pins = sb_json_str(group, "fingerprint");
	const char *ca_file = sb_json_str(group, "ca_file");

	if (!sb_json_bool(group, "use_https", true)) {
		if (is_loopback(url))
			sb_report_ok(report, where, "tls", "plain HTTP, on this host only");
		else
			sb_report_warn(report, where, "tls",
				       "set use_https = true and an https URL",
				       "plain HTTP: anyone on the network path can read the token");
	} else if (pins && *pins) {
		sb_report_ok(report, where, "tls", "the certificate is pinned by fingerprint");
	} else if (!sb_json_bool(group, "verify_ssl", true)) {
		sb_report_warn(report, where, "tls",
			       "set verify_ssl = true with ca_file, or pin the certificate with "
			       "fingerprint",
			       "verify_ssl = false: anyone on the network path can impersonate "
			       "the server and read the token");
	} else {
		sb_report_ok(report, where, "tls", "certificates are checked against %s",
			     ca_file && *ca_file ? ca_file
						 : "the certificate authorities of the system");
	}
}

void sb_doctor_certificate(struct sb_report *report, const char *where, const json_t *group,
			   const char *url, const char *how_to_show)
{
	const char *pins = sb_json_str(group, "fingerprint"), *urls[] = {url, NULL};
	const struct sb_io_server server = {.id = where,
					    .urls = urls,
					    .ca_file = sb_json_str(group, "ca_file"),
					    .proxy = sb_json_str(group, "proxy"),
					    .proxy_auth = sb_json_str(group, "proxy_auth")};
	struct sb_certificate certificate;
	json_t *entry;
	char fix[512];

	if (!sb_json_bool(group, "verify_ssl", true) && !(pins && *pins))
		return;
	if (sb_certificate_read(&server, &certificate, NULL) < 0)
		return;
	if (pins && *pins ? strstr(pins, certificate.fingerprint) != NULL
			  : !certificate.refusal.code)
		return;
	snprintf(fix, sizeof(fix),
		 "compare this fingerprint with the one that the server itself shows (%s); if they "
		 "are equal, set fingerprint = \"%s\"%s",
		 how_to_show, certificate.fingerprint,
		 pins && *pins ? " there, beside those of the other nodes" : ", or set ca_file");
	entry = sb_report_warn(report, where, "certificate", fix,
			       "%s presents a certificate for \"%s\", issued by \"%s\", valid "
			       "until %s, with the SHA-256 fingerprint %s",
			       url, certificate.subject, certificate.issuer, certificate.ends,
			       certificate.fingerprint);
	sb_report_data(entry, "url", json_string(url));
	sb_report_data(entry, "fingerprint", json_string(certificate.fingerprint));
}

void sb_doctor_clock(struct sb_report *report, const char *where, const struct sb_http *http,
		     const char *server, const char *name)
{
	json_t *entry;
	int64_t skew;

	if (!sb_http_skew(http, server, &skew))
		return;
	if (llabs(skew) <= SB_CLOCK_BOUND_S)
		entry = sb_report_ok(report, where, "clock", "the clocks agree");
	else
		entry = sb_report_warn(
			report, where, "clock",
			"enable time synchronisation on both hosts (chrony, systemd-timesyncd)",
			"the clock of %s is %lld s %s ours: certificates and tickets can be "
			"refused, and times in records are wrong",
			name, llabs(skew), skew > 0 ? "ahead of" : "behind");
	sb_report_data(entry, "skew_s", json_integer(skew));
}
