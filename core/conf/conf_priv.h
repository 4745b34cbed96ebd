/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of core/conf: a reading in progress, one value, guesses, references. */
#pragma once

#include <stdio.h>

#include "conf/conf.h"
#include "base/guess.h"

/* A configuration while it is read. */
struct sb_conf_reading {
	const char *path; /* as the caller gave it */
	char *folder;     /* absolute, of path */
	json_t *conf;
	json_t *places; /* "netbox.url" -> "file:line" or the name of the variable */
	json_t *faults; /* texts of the errors found so far: reading continues after each */
	json_t *failed; /* "netbox.url" -> true: options whose value was refused */
};

/* Where a value came from: for errors and for relative paths. */
struct sb_conf_origin {
	const char *where;  /* "stagebox.cfg:7: netbox.url" */
	const char *folder; /* NULL = paths stay as they are */
};

/** Note an error of the configuration, and continue: returns 0, or rc itself when it is another
 * kind of error (out of memory). label names the option whose value was refused; NULL = none. */
int sb_conf_note(struct sb_conf_reading *reading, int rc, const struct sb_error *err,
		 const char *label);

/** Was the value of an option below this label refused? ("endpoints[0]", "netbox.url") */
bool sb_conf_has_failed(const struct sb_conf_reading *reading, const char *label);

/** Explain why libconfig refused a line of a file: "expected ..., found ...". Returns
 * SB_E_CONFIG with err, or 0 when nothing was found. */
int sb_conf_syntax(const char *path, unsigned line, struct sb_error *err);

/** Check that every "@include" of an open file, and of the files that it includes, names a file
 * that libconfig can read. file is borrowed, and read to its end; folder is that of the
 * configuration. Returns 0, or SB_E_CONFIG with file and line. */
int sb_conf_check_includes(FILE *file, const char *path, const char *folder, struct sb_error *err);

static inline const char *sb_conf_member(const struct sb_conf_row *row)
{
	return row->json ? row->json : row->name;
}

/** Check one value; ret_value is a new reference of the type that the row promises. */
int sb_conf_value(const struct sb_conf_row *row, const struct sb_conf_origin *origin,
		  const json_t *raw, json_t **ret_value, struct sb_error *err);

/** The same from text: defaults and environment. */
int sb_conf_value_text(const struct sb_conf_row *row, const struct sb_conf_origin *origin,
		       const char *text, json_t **ret_value, struct sb_error *err);

/** Check the form of a text; ret_text (caller frees) is the text in its final form. */
int sb_conf_form_check(enum sb_conf_form form, const struct sb_conf_origin *origin,
		       const char *text, char **ret_text, struct sb_error *err);

/** True when the text is "file:...", "env:..." or "cred:..." with something behind it. */
bool sb_conf_is_reference(const char *text);

/** Read the secret behind a reference. label names the option in errors. *ret_secret: new reference
 * to its text. */
int sb_conf_read_secret(const char *label, const char *text, json_t **ret_secret,
			struct sb_error *err);

/** With a list of faults an error of the configuration is noted there, and 0 is the result: reading
 * continues. err has the first one. */
int sb_conf_note_fault(int rc, json_t *faults, const struct sb_error *why, struct sb_error *err);

/** Is an optional secret left empty? */
bool sb_conf_secret_is_unset(const struct sb_conf_row *row, const char *text);

/** Check a reference; ret_text (caller frees) has an absolute path. */
int sb_conf_reference_check(const struct sb_conf_origin *origin, const char *text, char **ret_text,
			    struct sb_error *err);

const struct sb_conf_group *sb_conf_group_find(const char *name);
const struct sb_conf_row *sb_conf_row_find(const struct sb_conf_row *rows, const char *name);

/** Try the names of all rows as candidates. */
void sb_guess_rows(struct sb_guess *guess, const struct sb_conf_row *rows);

/** Overlay STAGEBOX_* of the environment. */
int sb_conf_env(struct sb_conf_reading *reading, struct sb_error *err);

/** Check rules on several values (required, unique, scheme and use_https); fill in defaults. */
int sb_conf_complete(struct sb_conf_reading *reading, struct sb_error *err);
