/* SPDX-License-Identifier: Apache-2.0 */
/* Refusing truncated shared objects: the dynamic linker crashes on a file cut behind its headers.
 */
#include "load/elf.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_at(int fd, void *data, size_t len, off_t offset)
{
	return pread(fd, data, len, offset) == (ssize_t)len;
}

/* The length of the file by its ELF headers; 0 = not ELF, left to the dynamic linker. */
static uint64_t expected_length(int fd)
{
	ElfW(Ehdr) head;
	ElfW(Phdr) part;
	uint64_t end, wanted;
	size_t i;

	if (!read_at(fd, &head, sizeof(head), 0) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
	    head.e_phentsize != sizeof(part))
		return 0;
	wanted = (uint64_t)head.e_shoff + (uint64_t)head.e_shnum * head.e_shentsize;
	end = (uint64_t)head.e_phoff + (uint64_t)head.e_phnum * head.e_phentsize;
	if (end > wanted)
		wanted = end;
	for (i = 0; i < head.e_phnum; i++) {
		if (!read_at(fd, &part, sizeof(part), (off_t)(head.e_phoff + i * sizeof(part))))
			break;
		end = (uint64_t)part.p_offset + part.p_filesz;
		if (part.p_type == PT_LOAD && end > wanted)
			wanted = end;
	}
	return wanted;
}

int sb_loader_check_whole(const char *path, struct sb_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t wanted = 0;
	struct stat st;

	if (fd < 0)
		return sb_fail(err, SB_E_CONFIG, "%s", strerror(errno));
	if (fstat(fd, &st) != 0)
		st.st_size = 0;
	else if (S_ISREG(st.st_mode))
		wanted = expected_length(fd);
	close(fd);
	if (wanted > (uint64_t)st.st_size)
		return sb_fail(
			err, SB_E_CONFIG,
			"file too short: %lld bytes, its ELF headers say %llu; install it again",
			(long long)st.st_size, (unsigned long long)wanted);
	return 0;
}
