/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox init: the certificate of a server, and whether it is trusted. */
#include "init_server.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "conf/conf.h"
#include "net/certificate.h"

enum { MAX_PATH = 4096 };

void init_server_finish(struct init_server *server)
{
	free(server->ca_file);
	sb_buf_finish(&server->pins);
}

/* The configuration takes relative paths from its own folder, a command line from the current one.
 */
static int check_ca_file(const char *text, char **ret_path, struct sb_error *err)
{
	sb_autobuf path = SB_BUF_INIT(2 * MAX_PATH);
	char cwd[MAX_PATH];

	if (text[0] != '/' && getcwd(cwd, sizeof(cwd)))
		sb_buf_addf(&path, "%s/", cwd);
	sb_buf_add(&path, text);
	return sb_conf_check("endpoints", "ca_file", sb_buf_str(&path), ret_path, err);
}

static void print_safe(const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, stderr);
}

static void show_certificate(const struct init_server *server, const char *url,
			     const struct sb_certificate *certificate)
{
	fprintf(stderr, "\n%s presents a certificate that this host does not trust:\n  for      ",
		url);
	print_safe(certificate->subject);
	fputs("\n  issuer   ", stderr);
	print_safe(certificate->issuer);
	fputs("\n  until    ", stderr);
	print_safe(certificate->ends);
	fprintf(stderr, "\n  SHA-256  %s\n", certificate->fingerprint);
	fprintf(stderr,
		"Compare the SHA-256 fingerprint with the one that the server itself shows: %s.\n",
		server->how_to_show);
	if (server->authority)
		fprintf(stderr, "The certificate of its authority is %s there.\n",
			server->authority);
}

static void add_pin(struct init_server *server, const char *fingerprint)
{
	sb_buf_addf(&server->pins, "%s%s", server->pins.len ? " " : "", fingerprint);
}

/* "yes" pins the certificate; a path names the authority, which then has to be the right one. */
static int ask_trust(struct init_server *server, const char *url,
		     const struct sb_certificate *certificate, struct sb_error *err)
{
	sb_autofree char *answer = NULL;
	sb_autobuf options = SB_BUF_INIT(256);
	int rc;

	sb_buf_addf(&options, "%s or %s", server->pin_option, server->ca_option);
	rc = ask_text("Are they equal? (yes, no, or the file of the authority)",
		      sb_buf_str(&options), NULL, NULL, &answer, err);
	if (rc < 0)
		return sb_fail(err, SB_E_NET,
			       "%s: its certificate is not trusted; its SHA-256 fingerprint is %s: "
			       "compare it (%s), then give it with %s, or the authority with %s",
			       url, certificate->fingerprint, server->how_to_show,
			       server->pin_option, server->ca_option);
	if (sb_streq(answer, "yes") || sb_streq(answer, "y")) {
		add_pin(server, certificate->fingerprint);
		return 0;
	}
	if (!*answer || sb_streq(answer, "no") || sb_streq(answer, "n"))
		return sb_fail(err, SB_E_NET,
			       "%s: its certificate is not trusted: nothing was written", url);
	rc = check_ca_file(answer, &server->ca_file, err);
	return rc < 0 ? rc : init_server_trust(server, url, err);
}

static int compare_pins(struct init_server *server, const char *url,
			const struct sb_certificate *certificate, struct sb_error *err)
{
	sb_autofree char *pins = NULL;
	int rc = sb_conf_check("endpoints", "fingerprint", server->given_pins, &pins, err);

	if (rc < 0)
		return sb_context(err, rc, "%s", server->pin_option);
	if (!strstr(pins, certificate->fingerprint))
		return sb_fail(err, SB_E_NET,
			       "%s: the fingerprint of its certificate is %s, which is not the one "
			       "of %s: nothing was written",
			       url, certificate->fingerprint, server->pin_option);
	add_pin(server, certificate->fingerprint);
	return 0;
}

static int read_given_ca(struct init_server *server, struct sb_error *err)
{
	int rc;

	if (!server->given_ca || server->ca_file)
		return 0;
	rc = check_ca_file(server->given_ca, &server->ca_file, err);
	return rc < 0 ? sb_context(err, rc, "%s", server->ca_option) : 0;
}

int init_server_trust(struct init_server *server, const char *url, struct sb_error *err)
{
	const char *urls[] = {url, NULL};
	struct sb_io_server entry = {
		.id = server->name, .urls = urls, .proxy = "", .proxy_auth = ""};
	struct sb_certificate certificate;
	int rc = read_given_ca(server, err);

	if (rc < 0)
		return rc;
	entry.ca_file = server->ca_file ? server->ca_file : "";
	server->is_plain = !sb_starts_with(url, "https:");
	if (server->is_plain) {
		fprintf(stderr, "%s: plain HTTP: anyone on the network path can read the token.\n",
			url);
		return 0;
	}
	rc = sb_certificate_read(&entry, &certificate, err);
	if (rc < 0) {
		fprintf(stderr,
			"%s\nThe configuration is written nevertheless; run `stagebox "
			"doctor` when the server answers.\n",
			err ? err->text : "");
		if (server->given_pins)
			add_pin(server, server->given_pins);
		return 0;
	}
	if (server->given_pins)
		return compare_pins(server, url, &certificate, err);
	if (!certificate.refusal.code) {
		fprintf(stderr, "%s: its certificate is trusted.\n", url);
		return 0;
	}
	if (server->ca_file) {
		*err = certificate.refusal;
		return err->code;
	}
	show_certificate(server, url, &certificate);
	return ask_trust(server, url, &certificate, err);
}
