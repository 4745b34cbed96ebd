/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox init: write the first configuration, from options or from answers. */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask.h"
#include "base/exit.h"
#include "conf/conf.h"
#include "init_server.h"
#include "new_file.h"
#include "pve/credentials.h"

enum { MAX_PATH = 4096, MAX_TEXT = 65536, MAX_NODES = 16 };

/* cloud-compat: ok: the folder of the package on a single host */
#define PACKAGE_FOLDER "/etc/stagebox"

/* One credential: a reference, and the file to write for it. */
struct credential {
	char *reference; /* as in the configuration */
	char *path;      /* NULL = the reference was given */
	char *value;     /* NULL = the file exists, or is left to the administrator */
	bool is_written;
};

struct init {
	struct cmd *cmd;
	const char *path; /* of the configuration */
	char *folder;
	struct init_server netbox_server, pve_server;
	struct credential netbox_token, pve_token;
	char *netbox_url, *slug, *site;
	char *pve_urls[MAX_NODES];
	size_t n_pve_urls;
};

static void finish_credential(struct credential *credential)
{
	if (credential->value)
		memset(credential->value, 0, strlen(credential->value));
	free(credential->value);
	free(credential->path);
	free(credential->reference);
}

static void finish_init(struct init *init)
{
	size_t i;

	finish_credential(&init->netbox_token);
	finish_credential(&init->pve_token);
	init_server_finish(&init->netbox_server);
	init_server_finish(&init->pve_server);
	free(init->folder);
	free(init->netbox_url);
	free(init->slug);
	free(init->site);
	for (i = 0; i < init->n_pve_urls; i++)
		free(init->pve_urls[i]);
}

static int check_netbox_url(const char *text, char **ret_text, struct sb_error *err)
{
	return sb_conf_check("netbox", "url", text, ret_text, err);
}

/* A URL of Proxmox VE without a port gets the usual one. */
static int check_pve_url(const char *text, char **ret_text, struct sb_error *err)
{
	sb_autofree char *url = NULL;
	sb_autobuf whole = SB_BUF_INIT(MAX_PATH);
	const char *host, *port;
	int rc = sb_conf_check("endpoints", "urls", text, &url, err);

	if (rc < 0)
		return rc;
	host = strstr(url, "://") + 3;
	port = strrchr(host, ':');
	sb_buf_addf(&whole, "%s%s", url, port && !strchr(port, ']') ? "" : ":8006");
	*ret_text = sb_buf_take(&whole);
	return *ret_text ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int check_more_url(const char *text, char **ret_text, struct sb_error *err)
{
	if (*text)
		return check_pve_url(text, ret_text, err);
	*ret_text = strdup("");
	return *ret_text ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int check_slug(const char *text, char **ret_text, struct sb_error *err)
{
	return sb_conf_check("endpoints", "slug", text, ret_text, err);
}

static int check_site(const char *text, char **ret_text, struct sb_error *err)
{
	return sb_conf_check("endpoints", "site", text, ret_text, err);
}

/* An empty answer leaves the file to the administrator. */
static int check_token(const char *text, char **ret_text, struct sb_error *err)
{
	const char *at;

	for (at = text; *at; at++)
		if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f)
			return sb_fail(err, SB_E_ARG,
				       "a token has no spaces and only characters of ASCII");
	*ret_text = strdup(text);
	return *ret_text ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int check_pve_token(const char *text, char **ret_text, struct sb_error *err)
{
	int rc = *text ? sb_pve_token_check(text, err) : 0;

	return rc < 0 ? rc : check_token(text, ret_text, err);
}

/* The value of an option, else the answer to a question. */
static int take_text(const char *given, const char *option, const char *question, const char *dflt,
		     ask_check_fn *check, char **ret_text, struct sb_error *err)
{
	int rc;

	if (!given)
		return ask_text(question, option, dflt, check, ret_text, err);
	rc = check(given, ret_text, err);
	return rc < 0 ? sb_context(err, rc, "%s", option) : 0;
}

static int find_place(struct init *init, struct sb_error *err)
{
	const char *slash;

	init->path = cmd_conf_path(init->cmd);
	if (access(init->path, F_OK) == 0 || errno != ENOENT)
		return sb_fail(err, SB_E_ARG,
			       "%s already exists: nothing was written; edit it, or name another "
			       "file with --config",
			       init->path);
	slash = strrchr(init->path, '/');
	init->folder = slash ? strndup(init->path, (size_t)(slash - init->path)) : strdup(".");
	return init->folder ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

/* Below /etc/stagebox the service of the package loads the tokens as credentials; elsewhere the
 * configuration names the file. */
static int place_credential(const struct init *init, const char *name,
			    struct credential *credential, struct sb_error *err)
{
	sb_autobuf path = SB_BUF_INIT(MAX_PATH), reference = SB_BUF_INIT(MAX_PATH);

	sb_buf_addf(&path, "%s/credentials/%s", init->folder, name);
	sb_buf_addf(&reference, "%s%s",
		    sb_streq(init->folder, PACKAGE_FOLDER) ? "cred:" : "file:credentials/", name);
	credential->path = sb_buf_take(&path);
	credential->reference = sb_buf_take(&reference);
	return credential->path && credential->reference
		       ? 0
		       : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int take_credential(const struct init *init, const char *given, const char *option,
			   const char *name, const char *question, ask_check_fn *check,
			   struct credential *credential, struct sb_error *err)
{
	sb_autobuf whole = SB_BUF_INIT(2 * MAX_PATH);
	int rc;

	if (given) {
		rc = sb_conf_check("netbox", "token", given, &credential->reference, err);
		return rc < 0 ? sb_context(err, rc, "%s", option) : 0;
	}
	rc = place_credential(init, name, credential, err);
	if (rc < 0)
		return rc;
	if (access(credential->path, F_OK) == 0) {
		fprintf(stderr, "The token is in %s already.\n", credential->path);
		return 0;
	}
	sb_buf_addf(&whole, "%s (not shown; empty = write %s later)", question, credential->path);
	rc = ask_secret(sb_buf_str(&whole), option, check, &credential->value, err);
	if (!rc && !*credential->value) {
		free(credential->value);
		credential->value = NULL;
	}
	return rc;
}

static int ask_netbox(struct init *init, struct sb_error *err)
{
	const struct cmd_init_options *given = &init->cmd->options.init;
	int rc;

	rc = take_text(given->netbox_url, "--netbox-url", "URL of NetBox, without /api", NULL,
		       check_netbox_url, &init->netbox_url, err);
	if (!rc)
		rc = init_server_trust(&init->netbox_server, init->netbox_url, err);
	if (!rc)
		rc = take_credential(init, given->netbox_token, "--netbox-token", "netbox",
				     "Token of NetBox", check_token, &init->netbox_token, err);
	return rc;
}

static int add_node(struct init *init, char *url_take, struct sb_error *err)
{
	bool is_plain = !sb_starts_with(url_take, "https:");

	if (init->n_pve_urls && is_plain != init->pve_server.is_plain) {
		free(url_take);
		return sb_fail(err, SB_E_ARG, "the URLs of one cluster must have one scheme");
	}
	init->pve_urls[init->n_pve_urls++] = url_take;
	return init_server_trust(&init->pve_server, url_take, err);
}

/* The nodes of one cluster: as many as were given, else until an empty answer. */
static int ask_nodes(struct init *init, struct sb_error *err)
{
	const json_t *given = init->cmd->options.init.pve_urls;
	size_t n = json_array_size(given), i;
	char *url;
	int rc = 0;

	for (i = 0; !rc && i < (n ? n : MAX_NODES) && i < MAX_NODES; i++) {
		const char *text = json_string_value(json_array_get(given, i));

		url = NULL;
		rc = take_text(text, "--pve-url",
			       i ? "URL of another node of this cluster (empty = no more)"
				 : "URL of a Proxmox VE node",
			       NULL, i && !text ? check_more_url : check_pve_url, &url, err);
		if (!rc && !*url) {
			free(url);
			return 0;
		}
		if (!rc)
			rc = add_node(init, url, err);
	}
	return rc;
}

/* The first label of the host, if it is a valid slug. */
static void suggest_slug(const char *url, char *to, size_t room)
{
	const char *host = strstr(url, "://") + 3;
	sb_autofree char *checked = NULL;

	snprintf(to, room, "%.*s", (int)strcspn(host, ".:/"), host);
	if (check_slug(to, &checked, NULL) < 0 || strspn(to, "0123456789") == strlen(to))
		snprintf(to, room, "pve");
}

static int ask_pve(struct init *init, struct sb_error *err)
{
	const struct cmd_init_options *given = &init->cmd->options.init;
	char suggested[64], name[64];
	int rc = ask_nodes(init, err);

	if (rc < 0)
		return rc;
	suggest_slug(init->pve_urls[0], suggested, sizeof(suggested));
	rc = take_text(given->slug, "--slug",
		       "Slug of this cluster: its permanent identity in NetBox", suggested,
		       check_slug, &init->slug, err);
	if (rc < 0)
		return rc;
	rc = take_text(given->site, "--site",
		       "Site of this cluster in NetBox (empty = a site of its own)", NULL,
		       check_site, &init->site, err);
	if (rc < 0)
		return rc;
	snprintf(name, sizeof(name), "pve-%s", init->slug);
	return take_credential(init, given->pve_token, "--pve-token", name,
			       "Token of Proxmox VE, user@realm!name=uuid", check_pve_token,
			       &init->pve_token, err);
}

static void add_quoted(struct sb_buf *to, const char *text)
{
	sb_buf_add(to, "\"");
	for (; *text; text++)
		sb_buf_addf(to, "%s%c", *text == '"' || *text == '\\' ? "\\" : "",
			    (unsigned char)*text < 0x20 ? ' ' : *text);
	sb_buf_add(to, "\"");
}

static void add_server(struct sb_buf *to, const char *indent, const struct init_server *server)
{
	if (server->is_plain)
		sb_buf_addf(to, "%suse_https = false;\n", indent);
	if (server->ca_file) {
		sb_buf_addf(to, "%sca_file = ", indent);
		add_quoted(to, server->ca_file);
		sb_buf_add(to, ";\n");
	}
	if (server->pins.len)
		sb_buf_addf(to,
			    "%s# One per node; renew it here when the certificate is renewed.\n"
			    "%sfingerprint = \"%s\";\n",
			    indent, indent, sb_buf_str(&server->pins));
}

static char *make_text(const struct init *init)
{
	bool is_package = sb_streq(init->folder, PACKAGE_FOLDER);
	sb_autobuf to = SB_BUF_INIT(MAX_TEXT);
	size_t i;

	sb_buf_add(&to, "# Configuration of stagebox, written by `stagebox init`. It contains no "
			"secrets, but references to them.\n# `stagebox config dump` prints all "
			"options with their values, stagebox.cfg(5) explains them.\n\nnetbox: "
			"{\n\turl = ");
	add_quoted(&to, init->netbox_url);
	sb_buf_add(&to, ";\n\ttoken = ");
	add_quoted(&to, init->netbox_token.reference);
	sb_buf_add(&to, ";\n");
	add_server(&to, "\t", &init->netbox_server);
	sb_buf_add(&to, "};\n\n# One group for each cluster or standalone node, separated by "
			"commas.\nendpoints: (\n\t{\n\t\t# Do not change it later: it is the first "
			"part of every key.\n\t\tslug = ");
	add_quoted(&to, init->slug);
	sb_buf_add(&to, ";\n\t\turls = [ ");
	for (i = 0; i < init->n_pve_urls; i++) {
		sb_buf_add(&to, i ? ", " : "");
		add_quoted(&to, init->pve_urls[i]);
	}
	sb_buf_add(&to, " ];\n\t\ttoken = ");
	add_quoted(&to, init->pve_token.reference);
	sb_buf_add(&to, ";\n");
	add_server(&to, "\t\t", &init->pve_server);
	if (init->site && *init->site) {
		sb_buf_add(&to, "\t\tsite = ");
		add_quoted(&to, init->site);
		sb_buf_add(&to, ";\n");
	}
	sb_buf_add(&to, "\t}\n);\n\nmodules = [ \"cluster\", \"qemu\", \"lxc\" ];\n");
	if (!is_package)
		sb_buf_add(&to, "\nstore: { path = \"stagebox.db\"; };\n");
	return sb_buf_take(&to);
}

static int write_credential(const struct init *init, struct credential *credential,
			    struct sb_error *err)
{
	sb_autobuf folder = SB_BUF_INIT(MAX_PATH), text = SB_BUF_INIT(MAX_PATH);
	int rc;

	if (!credential->value)
		return 0;
	sb_buf_addf(&folder, "%s/credentials", init->folder);
	sb_buf_addf(&text, "%s\n", credential->value);
	/* cloud-compat: ok: the folder of the tokens that a person typed */
	if (mkdir(sb_buf_str(&folder), 0700) < 0 && errno != EEXIST)
		return sb_fail(err, SB_E_STATE, "creating the folder %s: %s", sb_buf_str(&folder),
			       strerror(errno));
	rc = new_file_write(credential->path, 0600, sb_buf_str(&text), err);
	credential->is_written = !rc;
	if (text.text)
		memset(text.text, 0, text.len);
	return rc;
}

static void forget_credential(const struct credential *credential)
{
	if (credential->is_written)
		/* cloud-compat: ok: the file that was created a moment ago */
		unlink(credential->path);
}

/* The configuration last: a failure leaves nothing behind. */
static int write_files(struct init *init, struct sb_error *err)
{
	sb_autofree char *text = make_text(init);
	int rc;

	if (!text)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	rc = write_credential(init, &init->netbox_token, err);
	if (!rc)
		rc = write_credential(init, &init->pve_token, err);
	if (!rc)
		rc = new_file_write(init->path, 0644, text, err);
	if (rc < 0) {
		forget_credential(&init->netbox_token);
		forget_credential(&init->pve_token);
	}
	return rc;
}

static void list_missing(const struct credential *credential, json_t *list)
{
	if (credential->path && access(credential->path, F_OK) != 0)
		json_array_append_new(list, json_string(credential->path));
}

static void print_result(struct out *out, const json_t *doc)
{
	const json_t *missing = json_object_get(doc, "missing"), *path;
	size_t i;

	out_safe(out, json_string_value(json_object_get(doc, "path")));
	out_text(out, " was written. Next steps:\n\n");
	json_array_foreach (missing, i, path) {
		out_text(out, "  # write the token into ");
		out_safe(out, json_string_value(path));
		out_text(out, " (mode 600)\n");
	}
	out_text(out,
		 "  stagebox config check\n  stagebox doctor\n  stagebox bootstrap\n  stagebox "
		 "plan\n");
}

static int run_init(struct cmd *cmd)
{
	const struct cmd_init_options *given = &cmd->options.init;
	struct init init = {
		.cmd = cmd,
		.netbox_server = {.name = "NetBox",
				  .how_to_show = "`openssl x509 -noout -sha256 -fingerprint -in "
						 "FILE` with the certificate of its web server",
				  .ca_option = "--netbox-ca",
				  .pin_option = "--netbox-fingerprint",
				  .given_ca = given->netbox_ca,
				  .given_pins = given->netbox_fingerprint,
				  .pins = SB_BUF_INIT(MAX_PATH)},
		.pve_server = {.name = "Proxmox VE",
			       .how_to_show = "`pvenode cert info`, as root on this node",
			       /* cloud-compat: ok: a path on the node, which is only shown */
			       .authority = "/etc/pve/pve-root-ca.pem",
			       .ca_option = "--pve-ca",
			       .pin_option = "--pve-fingerprint",
			       .given_ca = given->pve_ca,
			       .given_pins = given->pve_fingerprint,
			       .pins = SB_BUF_INIT(MAX_PATH)},
	};
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *doc = NULL, *missing = json_array();
	int rc;

	cmd_close_memory();
	rc = find_place(&init, &err);
	if (!rc)
		rc = ask_netbox(&init, &err);
	if (!rc)
		rc = ask_pve(&init, &err);
	if (!rc)
		rc = write_files(&init, &err);
	if (!rc) {
		list_missing(&init.netbox_token, missing);
		list_missing(&init.pve_token, missing);
		doc = json_pack("{s:s, s:O}", "path", init.path, "missing", missing);
		out_document(&cmd->out, doc, print_result);
	}
	finish_init(&init);
	return rc < 0 ? cmd_fail(cmd, &err) : SB_EXIT_OK;
}

const struct cmd_entry cmd_init = {
	.name = "init",
	.args = "",
	.summary = "write the first configuration",
	.about =
		"Asks for the URLs and tokens of NetBox and of one Proxmox VE cluster, shows their "
		"certificates with the fingerprint to compare, and writes the file that --config "
		"names, never over an existing one. What an option gives is not asked; from a "
		"pipe, one line is one answer. Tokens are written to files that only their owner "
		"can read; --netbox-token and --pve-token take a reference (file:PATH, env:NAME, "
		"cred:NAME) to a token that is stored already.",
	.takes = CMD_TAKES_INIT,
	.examples = "stagebox init\n"
		    "stagebox init --config ./stagebox.cfg\n"
		    "stagebox init --netbox-url https://netbox.lan --netbox-token cred:netbox \\\n"
		    "    --pve-url https://pve1.lan --pve-ca pve-root-ca.pem \\\n"
		    "    --pve-token cred:pve-lab --slug lab\n",
	.run = run_init,
};
