/* SPDX-License-Identifier: Apache-2.0 */
/* Defines the interface of fuzz targets. With clang libFuzzer calls them; else replay.c runs a
 * corpus. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** Run the target on one input. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** The path of a file in memory that holds data; valid until the next call. NULL when there is
 * none. */
const char *fuzz_file(const uint8_t *data, size_t size);
