/* SPDX-License-Identifier: Apache-2.0 */
/* Structs and tables of modules that were built with other headers: the same members first, then
 * fewer or more. */
#pragma once

#include <stddef.h>

/** Copy a struct: what both have, the rest zero. Sizes in bytes. */
void sb_abi_copy(void *ret_ours, size_t our_size, const void *theirs, size_t their_size);

/**
 * Copy a table whose rows begin with a pointer, up to and with the row where it is NULL.
 *
 * @rows      NULL = none; its rows are row_size bytes apart
 * @our_size  of a row of the copy
 *
 * Returns the copy, which the caller frees; NULL without rows, or when memory is out.
 */
void *sb_abi_table(const void *rows, size_t row_size, size_t our_size);
