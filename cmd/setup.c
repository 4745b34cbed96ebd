/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by all commands: the configuration, the folder of the program, signals. */
#include "cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "stagebox/json.h"

/* cloud-compat: ok: default place of the configuration itself, when no option names it */
#define DEFAULT_CONFIG "/etc/stagebox/stagebox.cfg"
#define PATH_ROOM      4096

/* An option or the environment names the configuration; NULL = the default place. */
static const char *named_path(const struct cmd *cmd)
{
	const char *path = cmd->options.config;

	if (!path)
		path = getenv("STAGEBOX_CONFIG");
	return path && path[0] ? path : NULL;
}

const char *cmd_conf_path(const struct cmd *cmd)
{
	const char *path = named_path(cmd);

	return path ? path : DEFAULT_CONFIG;
}

/* The level is set in the configuration, because jobs receive that as well. */
static int silence_log(json_t *conf, struct sb_error *err)
{
	json_t *log = json_object_get(conf, "log");

	if (log && json_object_set_new(log, "level", json_string("error")) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

static int override_module_dir(const struct cmd *cmd, json_t *conf, struct sb_error *err)
{
	sb_autofree char *dir = NULL;

	if (!cmd->options.module_dir)
		return 0;
	dir = realpath(cmd->options.module_dir, NULL);
	if (!dir)
		return sb_fail(err, SB_E_CONFIG, "--module-dir %s: %s", cmd->options.module_dir,
			       strerror(errno));
	if (json_object_set_new(conf, "module_dir", json_string(dir)) != 0 ||
	    json_object_set_new(conf, "module_path", json_array()) != 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

int cmd_conf(struct cmd *cmd, json_t **ret_conf, struct sb_error *err)
{
	const char *path = named_path(cmd);
	sb_autojson *conf = NULL, *faults = NULL;
	int rc;

	if (!path && access(DEFAULT_CONFIG, F_OK) != 0)
		return sb_fail(
			err, SB_E_CONFIG,
			"no configuration: %s does not exist; write it with `stagebox init`, "
			"or name another file with --config or STAGEBOX_CONFIG",
			DEFAULT_CONFIG);
	rc = sb_conf_load_all(cmd_conf_path(cmd), &conf, &faults, err);
	if (json_array_size(faults) && !cmd->entry->is_hidden) /* completion prints no errors */
		rc = cmd_fail_all(faults, err);
	if (!rc)
		rc = override_module_dir(cmd, conf, err);
	if (rc < 0)
		return rc;
	if (cmd->options.quiet)
		rc = silence_log(conf, err);
	if (rc < 0)
		return rc;
	sb_conf_log_level(conf);
	*ret_conf = sb_steal(conf);
	return 0;
}

int cmd_conf_or_none(struct cmd *cmd, json_t **ret_conf, struct sb_error *err)
{
	sb_autojson *conf = NULL;
	int rc;

	if (named_path(cmd) || access(DEFAULT_CONFIG, F_OK) == 0)
		return cmd_conf(cmd, ret_conf, err);
	conf = json_object();
	rc = conf ? override_module_dir(cmd, conf, err) : sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc)
		*ret_conf = sb_steal(conf);
	return rc;
}

char *cmd_beside(const char *name, struct sb_error *err)
{
	sb_autobuf path = SB_BUF_INIT(PATH_ROOM);
	char exe[PATH_ROOM];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash, *result;

	exe[len > 0 ? len : 0] = '\0';
	slash = strrchr(exe, '/');
	if (!slash) {
		sb_fail(err, SB_E_STATE,
			"cannot find the folder of this program: /proc/self/exe is not readable; "
			"mount /proc");
		return NULL;
	}
	slash[1] = '\0';
	sb_buf_addf(&path, "%s%s", exe, name);
	result = sb_buf_take(&path);
	if (!result)
		sb_fail(err, SB_E_NOMEM, "out of memory");
	return result;
}

/* RLIMIT_CORE does not stop a core file that the kernel pipes to a program. */
void cmd_close_memory(void)
{
	struct rlimit none = {0};

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

static volatile int caught_signal; /* number, 0 = none */

static void keep_signal(int number)
{
	caught_signal = number;
}

const volatile int *cmd_keep_signals(void)
{
	struct sigaction action = {.sa_handler = keep_signal}, ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* A reader of our output that is gone must not end a run in the middle of its writes. */
	sigaction(SIGPIPE, &ignore, NULL);
	return &caught_signal;
}

int cmd_signal(void)
{
	return caught_signal;
}
