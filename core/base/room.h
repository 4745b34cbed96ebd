/* SPDX-License-Identifier: Apache-2.0 */
/* How far an array grows that may become large. */
#pragma once

#include <stddef.h>

/** The next room of an array that is full: small ones double; large ones, which the kernel moves
 * without copying them, grow by an eighth, because half of their memory would stay unused. */
static inline size_t sb_room_after(size_t room)
{
	return room < 1024 ? 2 * room + 8 : room + room / 8;
}
