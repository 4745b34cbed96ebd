/* SPDX-License-Identifier: Apache-2.0 */
/* Write the files that make a new lab ready to use: configuration, tokens, certificates. */
#include <errno.h>
#include <sys/stat.h>

#include "front/dir.h"
#include "front/front.h"

enum { CONFIG_MAX_BYTES = 1024 * 1024 };

/* Add a string in the syntax of libconfig. */
static void add_string(struct sb_buf *out, const char *text)
{
	sb_buf_add(out, "\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			sb_buf_add(out, "\\");
		sb_buf_add_mem(out, text, 1);
	}
	sb_buf_add(out, "\"");
}

/* Add: key = "<prefix><dir>/<name>"; */
static void add_path(struct sb_buf *out, const char *key, const char *prefix, const char *dir,
		     const char *name)
{
	sb_autobuf path = SB_BUF_INIT(CONFIG_MAX_BYTES);

	sb_buf_addf(&path, "%s%s/%s", prefix, dir, name);
	sb_buf_addf(out, "%s = ", key);
	add_string(out, sb_buf_str(&path));
	sb_buf_add(out, ";");
}

static void add_tls(struct sb_buf *out, const struct lab_plan *plan, const char *indent)
{
	const char *yes_no = plan->tls ? "true" : "false";

	sb_buf_addf(out, "%suse_https = %s;\n%sverify_ssl = %s;\n", indent, yes_no, indent, yes_no);
	if (plan->tls) {
		sb_buf_add(out, indent);
		add_path(out, "ca_file", "", plan->dir, "ca.pem");
		sb_buf_add(out, "\n");
	}
}

static void add_endpoint(struct sb_buf *out, const struct lab_plan *plan, size_t i, const char *url)
{
	const struct lab_site *site = &plan->sites[i];
	char name[64];

	snprintf(name, sizeof(name), "tokens/%s", site->slug);
	sb_buf_addf(out, "\t{\n\t\tslug = \"%s\";\n\t\turls = [ \"%s\" ];\n\t\t", site->slug, url);
	add_path(out, "token", "file:", plan->dir, name);
	sb_buf_add(out, "\n");
	add_tls(out, plan, "\t\t");
	sb_buf_addf(out, "\t\tsite = \"%s\";\n\t}%s\n", site->site,
		    i + 1 < plan->n_sites ? "," : "");
}

static int write_config(const struct lab_front *front, struct sb_error *err)
{
	sb_autobuf out = SB_BUF_INIT(CONFIG_MAX_BYTES);
	const struct lab_plan *plan = front->plan;
	size_t i;
	int rc;

	sb_buf_add(&out, "# A simulated NetBox and Proxmox VE on loopback.\n");
	sb_buf_addf(&out, "netbox: {\n\turl = \"%s\";\n\t", front->servers[0].url);
	add_path(&out, "token", "file:", plan->dir, "tokens/netbox");
	sb_buf_add(&out, "\n");
	add_tls(&out, plan, "\t");
	sb_buf_add(&out, "\tsettle = \"1s\";\n};\nendpoints: (\n");
	for (i = 0; i < plan->n_sites; i++)
		add_endpoint(&out, plan, i, front->servers[i + 1].url);
	sb_buf_add(&out, ");\nmodules = [ \"cluster\", \"qemu\", \"lxc\" ];\n"
			 "store: {\n\tkind = \"sqlite\";\n\t");
	add_path(&out, "path", "", plan->dir, "stagebox.db");
	sb_buf_add(&out, "\n};\nprune: { enabled = false; runs = 3; grace = \"24h\"; "
			 "max_percent = 5; };\n");
	rc = sb_buf_check(&out, err);
	return rc ? rc : lab_file_write(plan->dir, "stagebox.cfg", out.text, 0644, err);
}

static int write_token(const struct lab_plan *plan, const char *slug, const char *token,
		       struct sb_error *err)
{
	char name[64], line[128];

	snprintf(name, sizeof(name), "tokens/%s", slug);
	snprintf(line, sizeof(line), "%s\n", token);
	return lab_file_write(plan->dir, name, line, 0600, err);
}

/* The store of an earlier lab in this folder refers to a NetBox that no longer exists. */
static void forget_store(const struct lab_plan *plan)
{
	static const char *const names[] = {"stagebox.db", "stagebox.db-wal", "stagebox.db-shm"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(names); i++) {
		sb_autofree char *path = lab_file_path(plan->dir, names[i]);

		if (path)
			unlink(path);
	}
}

/* Write D/certs, for tests that put their own TLS server in front of a simulated one. */
static int write_certs(const struct lab_front *front, struct sb_error *err)
{
	sb_autobuf good = SB_BUF_INIT(65536);
	char name[64];
	unsigned i;
	int rc;

	sb_buf_addf(&good, "%s%s", front->certs.certificate, front->certs.key);
	rc = lab_file_write(front->plan->dir, "certs/good.pem", sb_buf_str(&good), 0600, err);
	for (i = 0; !rc && i < LAB_CERT_FORMS; i++) {
		snprintf(name, sizeof(name), "certs/%s", lab_cert_name(i));
		rc = lab_file_write(front->plan->dir, name, front->certs.others[i], 0600, err);
	}
	return rc;
}

int lab_config_write(const struct lab_front *front, struct sb_error *err)
{
	const struct lab_plan *plan = front->plan;
	sb_autofree char *tokens = lab_file_path(plan->dir, "tokens");
	sb_autofree char *certs = lab_file_path(plan->dir, "certs");
	size_t i;
	int rc;

	if (!tokens || !certs)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	forget_store(plan);
	if ((mkdir(tokens, 0700) < 0 && errno != EEXIST) ||
	    (front->certs.ca && mkdir(certs, 0700) < 0 && errno != EEXIST))
		return sb_fail(err, SB_E_STATE, "cannot create folders in %s: %s", plan->dir,
			       strerror(errno));
	rc = write_token(plan, "netbox", plan->netbox_token, err);
	if (!rc)
		rc = write_token(plan, "person", plan->person_token, err);
	for (i = 0; !rc && i < plan->n_sites; i++) {
		const struct lab_site *site = &plan->sites[i];
		char name[32];

		snprintf(name, sizeof(name), "%s-write", site->slug);
		rc = write_token(plan, site->slug, site->token, err);
		if (!rc)
			rc = write_token(plan, name, site->write_token, err);
	}
	if (!rc && front->certs.ca)
		rc = lab_file_write(plan->dir, "ca.pem", front->certs.ca, 0644, err);
	if (!rc && front->certs.ca)
		rc = write_certs(front, err);
	return rc ? rc : write_config(front, err);
}
