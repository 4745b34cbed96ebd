/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the person at the terminal; from a pipe, one line is one answer. */
#pragma once

#include <stdbool.h>

#include "stagebox/error.h"

/** Checks and completes an answer: *ret_text, caller frees. Returns 0, or a code with err. */
typedef int ask_check_fn(const char *text, char **ret_text, struct sb_error *err);

/**
 * Print a question on stderr and read one line of stdin. At a terminal it is asked again until the
 * answer passes the check.
 *
 * @option  named when there is no answer: "--netbox-url"; NULL = none
 * @dflt    for an empty answer; NULL = an empty answer is passed to the check
 * @check   NULL = any text
 *
 * Returns 0 with *ret_text (caller frees), SB_E_ARG without an answer, the code of the check, or
 * SB_E_NOMEM.
 */
int ask_text(const char *question, const char *option, const char *dflt, ask_check_fn *check,
	     char **ret_text, struct sb_error *err);

/** As ask_text(), but a terminal does not show what is typed. */
int ask_secret(const char *question, const char *option, ask_check_fn *check, char **ret_text,
	       struct sb_error *err);
