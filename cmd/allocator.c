/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces the allocation functions of libc by functions that note each failure; a job ends with
 * it. The dynamic linker gives them to all libraries and modules, because they are in the program
 * itself. The memory is that of libc, or in a build with sanitizers that of their runtime. */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#ifdef SB_SANITIZED
#define LIBC(name) __interceptor_##name
#else
#define LIBC(name)                 __libc_##name
#define torture_fails_allocation() false
#ifndef __GLIBC__
#error "name the functions by which this C library can be called when the program has its own malloc()"
#endif
#endif

#define REPLACES_LIBC __attribute__((visibility("default")))

void *LIBC(malloc)(size_t size);
void *LIBC(calloc)(size_t n, size_t size);
void *LIBC(realloc)(void *old, size_t size);
void *LIBC(memalign)(size_t align, size_t size);
void LIBC(free)(void *memory);
#ifdef SB_SANITIZED
bool torture_fails_allocation(void); /* tests/torture/torture.h */
#endif

static inline void *note_result(void *memory)
{
	if (!memory)
		sb_memory_note_failure();
	return memory;
}

static bool fails_on_purpose(void)
{
	if (!torture_fails_allocation())
		return false;
	errno = ENOMEM;
	return true;
}

REPLACES_LIBC void *malloc(size_t size)
{
	return note_result(fails_on_purpose() ? NULL : LIBC(malloc)(size));
}

REPLACES_LIBC void *calloc(size_t n, size_t size)
{
	return note_result(fails_on_purpose() ? NULL : LIBC(calloc)(n, size));
}

REPLACES_LIBC void *realloc(void *old, size_t size)
{
	if (!size) /* it releases the memory, and its result NULL is right */
		return LIBC(realloc)(old, size);
	return note_result(fails_on_purpose() ? NULL : LIBC(realloc)(old, size));
}

REPLACES_LIBC void *memalign(size_t align, size_t size)
{
	return note_result(fails_on_purpose() ? NULL : LIBC(memalign)(align, size));
}

REPLACES_LIBC void *aligned_alloc(size_t align, size_t size)
{
	return memalign(align, size);
}

REPLACES_LIBC int posix_memalign(void **ret_memory, size_t align, size_t size)
{
	void *memory;

	if (align < sizeof(void *) || align & (align - 1))
		return EINVAL;
	memory = memalign(align, size);
	if (!memory)
		return ENOMEM;
	*ret_memory = memory;
	return 0;
}

REPLACES_LIBC void *valloc(size_t size)
{
	return memalign((size_t)sysconf(_SC_PAGESIZE), size);
}

REPLACES_LIBC void *pvalloc(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return size > SIZE_MAX - page ? note_result(NULL)
				      : memalign(page, (size + page - 1) / page * page);
}

REPLACES_LIBC void *reallocarray(void *old, size_t n, size_t size)
{
	size_t total;

	if (!__builtin_mul_overflow(n, size, &total))
		return realloc(old, total);
	errno = ENOMEM;
	return note_result(NULL);
}

/* Here as well, so that an allocator of LD_PRELOAD never gets memory that is not its own. */
REPLACES_LIBC void free(void *memory)
{
	LIBC(free)(memory);
}
