/* SPDX-License-Identifier: Apache-2.0 */
/* Loading modules with libltdl. */
#include "load/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <ltdl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/guess.h"
#include "load/elf.h"
#include "load/file_hash.h"
#include "load/folders.h"
#include "load/policy_names.h"
#include "load/registry_check.h"
#include "load/registry_priv.h"
#include "load/stages.h"
#include "stagebox/json.h"

#define ENTRY "sb_module_entry"

/* Leak reports have no symbol names for a library that was closed. */
static bool may_close(void)
{
#ifdef SB_SANITIZED
	return false;
#else
	return !getenv("STAGEBOX_NO_DLCLOSE");
#endif
}

static void close_files(struct sb_registry *registry)
{
	size_t i;

	if (!may_close())
		return;
	for (i = registry->n_modules; i-- > 0;)
		if (registry->modules[i]->handle)
			lt_dlclose(registry->modules[i]->handle); /* no effect on resident ones */
	lt_dlexit();
}

static int init_ltdl(struct sb_registry *registry, struct sb_error *err)
{
	if (registry->close_files)
		return 0;
	if (lt_dlinit() != 0)
		return sb_fail(err, SB_E_CONFIG, "libltdl: %s", lt_dlerror());
	registry->close_files = close_files;
	return 0;
}

/* libltdl reports "file not found" for every failure; the dynamic linker reports the cause. */
static int fail_as_linker(const char *path, struct sb_error *err)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const char *why;

	if (handle) {
		dlclose(handle);
		return sb_fail(err, SB_E_CONFIG, "libltdl cannot open the file");
	}
	why = dlerror();
	if (why && sb_starts_with(why, path) && why[strlen(path)] == ':')
		why += strlen(path) + 2;
	return sb_fail(err, SB_E_CONFIG, "%s", why ? why : "the dynamic linker gave no reason");
}

/* Open exactly this file: libltdl would search a bare name in folders that the environment names,
 * and a guessed extension could find x.la, a text file that names another library. */
static int open_file(const char *path, lt_dlhandle *ret_handle, struct sb_error *err)
{
	lt_dlhandle handle = NULL;
	lt_dladvise advise;
	int rc;

	if (path[0] != '/')
		return sb_fail(err, SB_E_CONFIG, "the path is not absolute");
	if (access(path, R_OK) != 0)
		return sb_fail(err, SB_E_CONFIG, "%s", strerror(errno));
	rc = sb_loader_check_whole(path, err);
	if (rc < 0)
		return rc;
	if (lt_dladvise_init(&advise) != 0)
		return sb_fail(err, SB_E_NOMEM, "libltdl: %s", lt_dlerror());
	if (lt_dladvise_local(&advise) == 0)
		handle = lt_dlopenadvise(path, advise);
	lt_dladvise_destroy(&advise);
	if (!handle)
		return fail_as_linker(path, err);
	*ret_handle = handle;
	return 0;
}

int sb_loader_open(struct sb_registry *registry, const char *path, struct sb_ctx **ret_ctx,
		   const struct sb_module **ret_module, struct sb_error *err)
{
	const struct sb_module *module;
	sb_module_entry_fn *entry = NULL;
	lt_dlhandle handle = NULL;
	char id[64];
	int rc;

	rc = sb_module_id(path, id, sizeof(id), err);
	if (!rc)
		rc = init_ltdl(registry, err);
	if (!rc)
		rc = open_file(path, &handle, err);
	if (rc < 0)
		return rc;
	rc = sb_registry_place(registry, path, handle, ret_ctx, err);
	if (!rc)
		rc = sb_file_hash(path, (*ret_ctx)->sha256, err);
	if (rc < 0) {
		if (may_close())
			lt_dlclose(handle);
		return rc;
	}
	*(void **)(&entry) = lt_dlsym(handle, ENTRY);
	if (!entry)
		return sb_fail(err, SB_E_CONFIG, "no function " ENTRY ": not a stagebox module");
	module = entry();
	rc = sb_module_check(module, id, err);
	if (rc < 0)
		return rc;
	*ret_module = module;
	return 0;
}

static int load_module(struct sb_registry *registry, const struct sb_module_folders *folders,
		       const char *name, const json_t *values, struct sb_error *err)
{
	const struct sb_module *module = NULL;
	sb_autofree char *path = NULL;
	struct sb_ctx *ctx = NULL;
	int rc;

	if (strchr(name, '/'))
		return sb_fail(err, SB_E_CONFIG,
			       "module \"%.150s\": modules takes names, not paths", name);
	rc = sb_module_folders_find(folders, name, &path, err);
	if (rc < 0)
		return rc;
	if (!path)
		return sb_module_folders_unknown(folders, name, err);
	rc = sb_loader_open(registry, path, &ctx, &module, err);
	if (!rc)
		rc = sb_registry_take(ctx, module, err);
	if (!rc)
		rc = sb_registry_start(ctx, values, err);
	if (rc < 0)
		return sb_context(err, rc, "module \"%s\" (%s)", name, path);
	lt_dlmakeresident(ctx->handle);
	return 0;
}

/* Reports the error of one module; returns 0 to continue with the next one. */
static int note_fault(const struct sb_load_watch *watch, int rc, const struct sb_error *why,
		      struct sb_error *first)
{
	if (first && !first->code)
		*first = *why;
	if (!watch || !watch->on_fault)
		return rc;
	watch->on_fault(watch->arg, why);
	return 0;
}

/* Settings of a module that is installed but not listed have no effect now; a name that no module
 * has is an error of writing. label: the group that has it */
static int check_module_name(const struct sb_module_folders *folders, const json_t *conf,
			     const char *label, const char *name, struct sb_error *err)
{
	const json_t *modules = json_object_get(conf, "modules"), *word;
	sb_autofree char *path = NULL;
	struct sb_guess guess;
	size_t i;

	sb_guess_start(&guess, name);
	json_array_foreach (modules, i, word) {
		const char *known = json_string_value(word);

		if (known && sb_streq(known, name))
			return 0;
		sb_guess_try(&guess, known ? known : "");
	}
	if (!strchr(name, '/') && (sb_module_folders_find(folders, name, &path, NULL) < 0 || path))
		return 0;
	return sb_fail(err, SB_E_CONFIG, "%s.%.60s: no module of this name is listed in modules%s",
		       label, name, guess.hint);
}

/* groups: by names of modules */
static int check_module_names(const struct sb_module_folders *folders, const json_t *conf,
			      const char *label, json_t *groups, const struct sb_load_watch *watch,
			      struct sb_error *err)
{
	const char *name;
	json_t *value;
	int rc = 0;

	json_object_foreach (groups, name, value) {
		struct sb_error why = SB_ERROR_INIT;

		rc = check_module_name(folders, conf, label, name, &why);
		if (rc < 0)
			rc = note_fault(watch, rc, &why, err);
		if (rc < 0)
			break;
	}
	return rc;
}

/* Names of modules in the groups options and branching. */
static int check_groups(const struct sb_module_folders *folders, const json_t *conf,
			const struct sb_load_watch *watch, struct sb_error *err)
{
	const json_t *branching = json_object_get(conf, "branching"), *endpoint;
	char label[128];
	size_t i;
	int rc;

	rc = check_module_names(folders, conf, "options", json_object_get(conf, "options"), watch,
				err);
	if (!rc)
		rc = check_module_names(folders, conf, "branching.modules",
					json_object_get(branching, "modules"), watch, err);
	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint) {
		const char *slug = sb_json_str(endpoint, "slug");

		branching = json_object_get(endpoint, "branching");
		snprintf(label, sizeof(label), "endpoint %.60s: branching.modules",
			 slug ? slug : "");
		if (!rc)
			rc = check_module_names(folders, conf, label,
						json_object_get(branching, "modules"), watch, err);
	}
	return rc;
}

static int check_policies(const struct sb_registry *registry, const json_t *conf,
			  const struct sb_load_watch *watch, struct sb_error *err)
{
	json_t *policies = json_object_get(conf, "policy"), *word;
	const char *name;
	int rc = 0;

	json_object_foreach (policies, name, word) {
		struct sb_error why = SB_ERROR_INIT;

		rc = sb_policy_name_check(sb_registry_kinds(registry), name, &why);
		if (!rc)
			rc = sb_policy_word_check(sb_registry_kinds(registry), name,
						  json_string_value(word), &why);
		if (rc < 0)
			rc = note_fault(watch, rc, &why, err);
		if (rc < 0)
			break;
	}
	return rc;
}

static int load_modules(struct sb_registry *registry, const struct sb_module_folders *folders,
			const json_t *conf, const struct sb_load_watch *watch, struct sb_error *err)
{
	const json_t *options = json_object_get(conf, "options");
	struct sb_error first = SB_ERROR_INIT;
	const json_t *word;
	size_t i;
	int rc;

	rc = check_groups(folders, conf, watch, &first);
	json_array_foreach (json_object_get(conf, "modules"), i, word) {
		const char *name = json_string_value(word);
		struct sb_error why = SB_ERROR_INIT;

		if (rc < 0)
			break;
		if (!name)
			return sb_fail(err, SB_E_CONFIG, "modules[%zu] is not a string", i);
		if (watch)
			watch->on_module(watch->arg, name);
		rc = load_module(registry, folders, name, json_object_get(options, name), &why);
		if (rc < 0)
			rc = note_fault(watch, rc, &why, &first);
	}
	if (first.code) {
		if (err)
			*err = first;
		return first.code;
	}
	if (watch)
		watch->on_module(watch->arg, "");
	rc = sb_registry_seal(registry, &first);
	if (rc < 0 && watch && watch->on_fault)
		watch->on_fault(watch->arg, &first);
	if (!rc)
		check_policies(registry, conf, watch, &first);
	if (first.code && err)
		*err = first;
	return first.code;
}

static int find_and_load(struct sb_registry *registry, const json_t *conf,
			 const struct sb_load_watch *watch, struct sb_error *err)
{
	struct sb_module_folders folders;
	struct sb_error why = SB_ERROR_INIT;
	int rc = sb_module_folders_read(conf, &folders, &why);

	if (rc < 0) {
		if (watch && watch->on_fault)
			watch->on_fault(watch->arg, &why);
		if (err)
			*err = why;
	} else {
		rc = load_modules(registry, &folders, conf, watch, err);
	}
	sb_module_folders_finish(&folders);
	return rc;
}

int sb_registry_load_watched(const json_t *conf, const struct sb_load_watch *watch,
			     struct sb_registry **ret_registry, struct sb_error *err)
{
	struct sb_registry *registry = NULL;
	int rc;

	rc = sb_registry_create(&registry, err);
	if (rc < 0)
		return rc;
	rc = find_and_load(registry, conf, watch, err);
	if (rc < 0) {
		sb_registry_destroy(registry);
		if (err)
			err->code = SB_E_CONFIG; /* start() may return any code */
		return SB_E_CONFIG;
	}
	*ret_registry = registry;
	return 0;
}
