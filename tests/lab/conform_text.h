/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of answers: what the recording writes for ids and times. */
#pragma once

#include <stdbool.h>

/** Is this what the recording calls want? "ID #" is an id, "<time>" a time, and the dependents of
 * "objects were found: web1 (#), db1 (#)" stand in any order. */
bool conform_text_fits(const char *want, const char *have);

/** "2026-08-06T03:33:20.001000Z", microseconds where they are not 0. */
bool conform_is_stamp(const char *text);
