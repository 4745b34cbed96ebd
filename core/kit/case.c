/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the folder of a case. */
#include "kit/case.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "kit/given.h"
#include "kit/json_file.h"
#include "kit/script.h"
#include "stagebox/json.h"

enum { MAX_STEPS = 99, MAX_PATH_CHARS = 4096 };

static int out_of_memory(struct sb_error *err)
{
	return sb_fail(err, SB_E_NOMEM, "out of memory");
}

/* "FOLDER/NAME". Caller frees. */
static char *join_path(const char *folder, const char *name)
{
	sb_autobuf path = SB_BUF_INIT(MAX_PATH_CHARS);

	sb_buf_addf(&path, "%s/%s", folder, name);
	return sb_buf_take(&path);
}

/* The mode of a file in a folder; 0 = there is none. */
static mode_t file_mode(const char *folder, const char *name)
{
	sb_autofree char *path = join_path(folder, name);
	struct stat st;

	return path && lstat(path, &st) == 0 ? st.st_mode : 0;
}

static bool is_folder(const char *folder, const char *name)
{
	return S_ISDIR(file_mode(folder, name));
}

/* The number of a step's folder; 0 = another name. */
static int step_number(const char *name)
{
	int number = 0;
	const char *c;

	for (c = name; isdigit((unsigned char)*c) && number <= MAX_STEPS; c++)
		number = number * 10 + (*c - '0');
	return *c || name[0] == '0' || number > MAX_STEPS ? 0 : number;
}

/* Changes of the script, and of the rows of a NetBox: a name with a slash first or a blank is that
 * of a request, any other is a list. */
static int take_members(const char *folder, enum sb_kit_server server, const json_t *file,
			struct sb_kit_step *step, struct sb_error *err)
{
	json_t *script = server == SB_KIT_PVE ? step->pve : step->netbox, *value;
	const char *name;
	int rc = 0;

	json_object_foreach ((json_t *)(uintptr_t)file, name, value) {
		bool is_request = server == SB_KIT_PVE || name[0] == '/' || strchr(name, ' ');
		size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-/");

		if (is_request)
			rc = sb_kit_script_put(script, server, folder, name, value, err);
		else if (name[len] || !strchr(name, '/') || name[strlen(name) - 1] == '/')
			rc = sb_fail(err, SB_E_CONFIG,
				     "\"%.120s\" is neither a list, such as "
				     "\"virtualization/virtual-machines\", nor a request, such as "
				     "\"GET /api/extras/tags/\"",
				     name);
		else if (!json_is_array(value))
			rc = sb_fail(err, SB_E_CONFIG, "\"%.120s\" is not a list of objects", name);
		else if (json_object_set(step->rows, name, value) < 0)
			rc = out_of_memory(err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* A file of JSON that may be missing: *ret_json is NULL then. */
static int read_optional(const char *path, json_t **ret_json, struct sb_error *err)
{
	struct stat st;
	int rc;

	if (lstat(path, &st) < 0 && errno == ENOENT)
		return 0;
	rc = sb_kit_read_json(path, ret_json, err);
	if (!rc && !json_is_object(*ret_json))
		rc = sb_fail(err, SB_E_CONFIG, "%s: expected an object: { ... }", path);
	return rc;
}

static int read_server(const char *folder, const char *at, enum sb_kit_server server,
		       struct sb_kit_step *step, struct sb_error *err)
{
	sb_autofree char *path = join_path(at, server == SB_KIT_PVE ? "pve.json" : "netbox.json");
	sb_autojson *file = NULL;
	int rc = path ? read_optional(path, &file, err) : out_of_memory(err);

	if (rc < 0)
		return rc;
	rc = take_members(folder, server, file, step, err);
	return rc < 0 && rc != SB_E_NOMEM ? sb_context(err, rc, "%s", path) : rc;
}

/* The files of one step. folder: of the case; at: of the step. */
static int read_step(const char *folder, const char *at, struct sb_kit_step *step,
		     struct sb_error *err)
{
	int rc = read_server(folder, at, SB_KIT_PVE, step, err);

	if (!rc)
		rc = read_server(folder, at, SB_KIT_NETBOX, step, err);
	return rc;
}

static int start_step(struct sb_kit_step *step, const char *name, const char *at,
		      struct sb_error *err)
{
	int rc;

	step->name = strdup(name);
	step->expected = join_path(at, "expected.json");
	step->pve = json_object();
	step->netbox = json_object();
	step->rows = json_object();
	if (!step->name || !step->expected || !step->pve || !step->netbox || !step->rows)
		return out_of_memory(err);
	rc = read_optional(step->expected, &step->wanted, err);
	if (rc < 0)
		return rc;
	rc = sb_kit_check_wanted(step->wanted, err);
	return rc < 0 ? sb_context(err, rc, "%s", step->expected) : 0;
}

/* An unknown file is probably one with a mistake in its name. */
static int check_name(const char *folder, const char *name, bool is_step, bool has_steps,
		      struct sb_error *err)
{
	static const char *const files[] = {"pve.json", "netbox.json", "expected.json", "README.md",
					    "stagebox.cfg"};
	size_t i, n = SB_ARRAY_LEN(files) - is_step;

	/* --update writes files, and a report shows what they contain: those of the case only. */
	if (S_ISLNK(file_mode(folder, name)))
		return sb_fail(err, SB_E_CONFIG,
			       "%s/%s: a link: a case has files and folders of its own", folder,
			       name);
	if (!is_step && is_folder(folder, name)) {
		if (sb_streq(name, "files") || step_number(name))
			return 0;
		return sb_fail(err, SB_E_CONFIG,
			       "%s/%s: an unknown folder: a case has steps 1 to %d, and \"files\"",
			       folder, name, MAX_STEPS);
	}
	if (has_steps && sb_streq(name, "expected.json"))
		return sb_fail(err, SB_E_CONFIG,
			       "%s/%s: a case with steps has one in the folder of each step",
			       folder, name);
	for (i = 0; i < n; i++)
		if (sb_streq(files[i], name))
			return 0;
	return sb_fail(err, SB_E_CONFIG, "%s/%s: an unknown file: expected pve.json, netbox.json%s",
		       folder, name,
		       is_step ? " or expected.json"
			       : ", expected.json, stagebox.cfg or README.md; files that answers "
				 "name are below \"files\"");
}

struct names {
	struct dirent **entries;
	int n;
};

static void free_names(struct names *names)
{
	while (names->n > 0)
		free(names->entries[--names->n]);
	free(names->entries);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
	int x = step_number((*a)->d_name), y = step_number((*b)->d_name);

	if (x != y)
		return x - y;
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int list_names(const char *folder, struct names *names, struct sb_error *err)
{
	int n = scandir(folder, &names->entries, is_visible, by_number), i;

	if (n < 0)
		return sb_fail(err, SB_E_CONFIG, "%s: %s", folder, strerror(errno));
	names->n = n;
	for (i = 0; i < n; i++)
		if (!sb_text_is_utf8(names->entries[i]->d_name))
			return sb_fail(err, SB_E_CONFIG,
				       "%s: the name of a file in it is not UTF-8", folder);
	return 0;
}

static int read_one_step(struct sb_kit_case *the_case, const char *name, struct sb_error *err)
{
	struct sb_kit_step *step = &the_case->steps[the_case->n_steps++];
	sb_autofree char *at = *name ? join_path(the_case->folder, name) : strdup(the_case->folder);
	struct names names SB_CLEANUP(free_names) = {0};
	int i, rc;

	if (!at)
		return out_of_memory(err);
	rc = start_step(step, name, at, err);
	if (!rc && *name)
		rc = list_names(at, &names, err);
	for (i = 0; !rc && i < names.n; i++)
		rc = check_name(at, names.entries[i]->d_name, true, false, err);
	return rc < 0 ? rc : read_step(the_case->folder, at, step, err);
}

static void finish_step(struct sb_kit_step *step)
{
	free(step->name);
	free(step->expected);
	json_decref(step->pve);
	json_decref(step->netbox);
	json_decref(step->rows);
	json_decref(step->wanted);
}

static int read_steps(struct sb_kit_case *the_case, const struct names *names, struct sb_error *err)
{
	int i, number = 0, rc;

	rc = start_step(&the_case->base, "", the_case->folder, err);
	if (!rc)
		rc = read_step(the_case->folder, the_case->folder, &the_case->base, err);
	for (i = 0; !rc && i < names->n; i++) {
		int found = step_number(names->entries[i]->d_name);

		if (!found || !is_folder(the_case->folder, names->entries[i]->d_name))
			continue;
		if (found != ++number)
			rc = sb_fail(
				err, SB_E_CONFIG,
				"%s/%s: there is no step %d before it: number the steps from 1",
				the_case->folder, names->entries[i]->d_name, number);
		if (!rc)
			rc = read_one_step(the_case, names->entries[i]->d_name, err);
	}
	return rc;
}

static int read_conf(struct sb_kit_case *the_case, struct sb_error *err)
{
	the_case->conf = join_path(the_case->folder, "stagebox.cfg");
	return the_case->conf ? 0 : out_of_memory(err);
}

int sb_kit_case_read(const char *folder, struct sb_kit_case *ret_case, struct sb_error *err)
{
	struct names names SB_CLEANUP(free_names) = {0};
	bool has_steps = false, has_conf = false;
	size_t len = strlen(folder);
	const char *name;
	int i, rc;

	memset(ret_case, 0, sizeof(*ret_case));
	while (len > 1 && folder[len - 1] == '/')
		len--;
	ret_case->folder = strndup(folder, len);
	if (!ret_case->folder)
		return out_of_memory(err);
	name = strrchr(ret_case->folder, '/');
	ret_case->name = strdup(name && name[1] ? name + 1 : ret_case->folder);
	ret_case->steps = calloc(MAX_STEPS + 1, sizeof(*ret_case->steps));
	if (!ret_case->name || !ret_case->steps)
		return out_of_memory(err);
	if (!sb_text_is_utf8(folder))
		return sb_fail(err, SB_E_CONFIG, "the path of a case is not UTF-8");
	rc = list_names(ret_case->folder, &names, err);
	for (i = 0; !rc && i < names.n; i++) {
		name = names.entries[i]->d_name;
		has_steps |= step_number(name) && is_folder(ret_case->folder, name);
		has_conf |= sb_streq(name, "stagebox.cfg");
	}
	for (i = 0; !rc && i < names.n; i++)
		rc = check_name(ret_case->folder, names.entries[i]->d_name, false, has_steps, err);
	if (!rc && has_conf)
		rc = read_conf(ret_case, err);
	if (rc < 0)
		return rc;
	return has_steps ? read_steps(ret_case, &names, err) : read_one_step(ret_case, "", err);
}

void sb_kit_case_finish(struct sb_kit_case *the_case)
{
	size_t i;

	for (i = 0; i < the_case->n_steps; i++)
		finish_step(&the_case->steps[i]);
	finish_step(&the_case->base);
	free(the_case->steps);
	free(the_case->folder);
	free(the_case->name);
	free(the_case->conf);
	memset(the_case, 0, sizeof(*the_case));
}
