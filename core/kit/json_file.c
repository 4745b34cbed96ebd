/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing the files of a case; each error names the file. */
#include "kit/json_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

int sb_kit_read_bytes(const char *path, struct sb_buf *ret_bytes, struct sb_error *err)
{
	FILE *file;
	struct stat st;
	char part[65536];
	size_t n;
	int rc = 0;

	/* A link could lead to any file of the user, whose text would be in the report. */
	if (lstat(path, &st) < 0)
		return sb_fail(err, SB_E_CONFIG, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return sb_fail(err, SB_E_CONFIG,
			       "%s is not a regular file: a case has files of its own, and no "
			       "links",
			       path);
	file = fopen(path, "re");
	if (!file)
		return sb_fail(err, SB_E_CONFIG, "%s: %s", path, strerror(errno));
	sb_buf_init(ret_bytes, (size_t)SB_KIT_MAX_MIB << 20);
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		sb_buf_add_mem(ret_bytes, part, n);
	if (ferror(file))
		rc = sb_fail(err, SB_E_CONFIG, "%s: %s", path, strerror(errno));
	fclose(file);
	if (!rc && ret_bytes->failed)
		rc = sb_fail(err, SB_E_CONFIG, "%s is larger than %d MiB", path, SB_KIT_MAX_MIB);
	return rc;
}

int sb_kit_read_json(const char *path, json_t **ret_json, struct sb_error *err)
{
	sb_autobuf bytes = {0};
	json_error_t error;
	int rc = sb_kit_read_bytes(path, &bytes, err);

	if (rc < 0)
		return rc;
	*ret_json = json_loadb(sb_buf_str(&bytes), bytes.len, JSON_REJECT_DUPLICATES, &error);
	if (*ret_json)
		return 0;
	return sb_fail(err, SB_E_CONFIG, "%s:%d:%d: %s", path, error.line, error.column,
		       sb_text_is_utf8(error.text) ? error.text : "not JSON in UTF-8");
}

int sb_kit_write_json(const char *path, const json_t *json, struct sb_error *err)
{
	/* cloud-compat: ok: a command for the author of a module, on their own machine */
	FILE *file = fopen(path, "we");
	bool is_bad;

	if (!file)
		return sb_fail(err, SB_E_STATE, "%s: %s", path, strerror(errno));
	is_bad = json_dumpf(json, file, JSON_INDENT(2) | JSON_SORT_KEYS) < 0 ||
		 fputc('\n', file) == EOF;
	if (fclose(file) != 0 || is_bad)
		return sb_fail(err, SB_E_STATE,
			       "%s: could not be written; check the free disk space", path);
	return 0;
}
