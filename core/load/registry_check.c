/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of module descriptors, in an order that makes each read safe: a module may be built for
 * another ABI, or not be a module. */
#include "load/registry_check.h"

#include <string.h>

/* The sizes in ABI 2.0, the least that a module has. */
#define MODULE_MIN_SIZE (offsetof(struct sb_module, stop) + sizeof(void (*)(void)))
#define OPTION_MIN_SIZE (offsetof(struct sb_opt, help) + sizeof(void *))

static bool is_id(const char *text)
{
	return text[0] && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

int sb_module_check(const struct sb_module *module, const char *expected, struct sb_error *err)
{
	if (!module)
		return sb_fail(err, SB_E_CONFIG, "the entry function returned no descriptor");
	if (module->magic != SB_MODULE_MAGIC)
		return sb_fail(err, SB_E_CONFIG,
			       "wrong magic 0x%08x (expected 0x%08x): not a stagebox module",
			       (unsigned)module->magic, SB_MODULE_MAGIC);
	if (module->abi_major != SB_ABI_MAJOR)
		return sb_fail(err, SB_E_CONFIG,
			       "built for ABI %u.%u, this program has %d.%d: rebuild the module",
			       module->abi_major, module->abi_minor, SB_ABI_MAJOR, SB_ABI_MINOR);
	if (module->abi_minor > SB_ABI_MINOR)
		return sb_fail(err, SB_E_CONFIG,
			       "needs ABI %u.%u, this program has %d.%d: update stagebox",
			       module->abi_major, module->abi_minor, SB_ABI_MAJOR, SB_ABI_MINOR);
	if (module->size < MODULE_MIN_SIZE)
		return sb_fail(err, SB_E_CONFIG,
			       "descriptor of %zu bytes is too short (need %zu): set its size, as "
			       "SB_MODULE() does",
			       module->size, MODULE_MIN_SIZE);
	if (!module->name)
		return sb_fail(err, SB_E_CONFIG, "the descriptor has no name");
	if (!is_id(module->name))
		return sb_fail(err, SB_E_CONFIG, "name \"%.64s\" is not made of a-z, 0-9 and _",
			       module->name);
	if (expected && !sb_streq(module->name, expected))
		return sb_fail(err, SB_E_CONFIG,
			       "the descriptor's name \"%.64s\" differs from the file's name",
			       module->name);
	if (module->options && module->option_size < OPTION_MIN_SIZE)
		return sb_fail(err, SB_E_CONFIG,
			       "option_size is too small: set it to the size of a row of options, "
			       "as SB_TABLE(option, rows) does");
	if (!module->start)
		return sb_fail(err, SB_E_CONFIG, "the descriptor has no start function");
	return 0;
}

int sb_module_check_options(const struct sb_module *module, struct sb_error *err)
{
	const struct sb_opt *opt, *other;

	if (!module->options)
		return 0;
	for (opt = module->options; opt->name; opt++) {
		if (!is_id(opt->name))
			return sb_fail(err, SB_E_CONFIG, "option name \"%.64s\" is malformed",
				       opt->name);
		if ((unsigned)opt->type > SB_OPT_LIST)
			return sb_fail(err, SB_E_CONFIG, "option \"%s\" has unknown type %d",
				       opt->name, (int)opt->type);
		if (opt->flags & ~(unsigned)SB_OPT_SECRET)
			return sb_fail(err, SB_E_CONFIG, "option \"%s\" has unknown flags 0x%x",
				       opt->name, opt->flags & ~(unsigned)SB_OPT_SECRET);
		if (opt->flags & SB_OPT_SECRET && opt->type != SB_OPT_STR)
			return sb_fail(err, SB_E_CONFIG,
				       "option \"%s\": a secret must be a text (SB_OPT_STR)",
				       opt->name);
		if (opt->flags & SB_OPT_SECRET && opt->dflt && *opt->dflt)
			return sb_fail(err, SB_E_CONFIG,
				       "option \"%s\": a secret has no default but the empty text",
				       opt->name);
		if (opt->min > opt->max)
			return sb_fail(err, SB_E_CONFIG, "option \"%s\" has min above max",
				       opt->name);
		for (other = module->options; other != opt; other++)
			if (sb_streq(other->name, opt->name))
				return sb_fail(err, SB_E_CONFIG, "option \"%s\" is declared twice",
					       opt->name);
	}
	return 0;
}

int sb_module_id(const char *path, char *ret_id, size_t size, struct sb_error *err)
{
	const char *base = strrchr(path, '/');
	size_t len;

	base = base ? base + 1 : path;
	len = strlen(base);
	if (len <= 3 || !sb_streq(base + len - 3, ".so") || len - 3 >= size)
		return sb_fail(err, SB_E_CONFIG, "file name is not <module>.so");
	memcpy(ret_id, base, len - 3);
	ret_id[len - 3] = '\0';
	if (!is_id(ret_id))
		return sb_fail(err, SB_E_CONFIG, "file name is not made of a-z, 0-9 and _");
	return 0;
}
