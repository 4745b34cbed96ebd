/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of answers, and the placeholders of the recording for ids and times. */
#pragma once

#include <stdbool.h>

/** Does have match the recorded text? "ID #" matches an id, "<time>" a time, and the dependents in
 * "objects were found: web1 (#), db1 (#)" may have any order. */
bool conform_text_fits(const char *want, const char *have);

/** Is this a stamp, "2026-08-06T03:33:20.001000Z", without microseconds when they are 0? */
bool conform_is_stamp(const char *text);
