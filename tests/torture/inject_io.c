/* SPDX-License-Identifier: Apache-2.0 */
/* The I/O calls that can fail on purpose: those of the program, its modules, libcurl and SQLite on
 * files, pipes, sockets and processes. close() is none, and the calls inside libc (stdio, dlopen)
 * are not seen here. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "torture.h"

#define REPLACES_LIBC __attribute__((visibility("default")))

/* A replacement with the parameters of a call: fails with the error, or calls libc. */
#define CALL(type, name, error, declared, passed)                                                  \
	REPLACES_LIBC type name declared                                                           \
	{                                                                                          \
		static type(*next) declared;                                                       \
                                                                                                   \
		if (torture_fails(TORTURE_IO)) {                                                   \
			errno = (error);                                                           \
			return -1;                                                                 \
		}                                                                                  \
		if (!next)                                                                         \
			*(void **)&next = dlsym(RTLD_NEXT, #name);                                 \
		return next passed;                                                                \
	}

/* The same for a call whose last argument is optional. */
#define CALL_WITH_REST(name, error, last, declared, passed)                                        \
	REPLACES_LIBC int name declared                                                            \
	{                                                                                          \
		static int(*next) declared;                                                        \
		va_list ap;                                                                        \
		long rest;                                                                         \
                                                                                                   \
		if (torture_fails(TORTURE_IO)) {                                                   \
			errno = (error);                                                           \
			return -1;                                                                 \
		}                                                                                  \
		if (!next)                                                                         \
			*(void **)&next = dlsym(RTLD_NEXT, #name);                                 \
		va_start(ap, last);                                                                \
		rest = va_arg(ap, long);                                                           \
		va_end(ap);                                                                        \
		return next passed;                                                                \
	}

CALL(ssize_t, read, EIO, (int fd, void *to, size_t n), (fd, to, n))
REPLACES_LIBC ssize_t write(int fd, const void *from, size_t n)
{
	static ssize_t (*next)(int fd, const void *from, size_t n);

	torture_note_write(from, n);
	if (torture_fails(TORTURE_IO)) {
		errno = ENOSPC;
		return -1;
	}
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "write");
	return next(fd, from, n);
}

CALL(ssize_t, pread, EIO, (int fd, void *to, size_t n, off_t at), (fd, to, n, at))
CALL(ssize_t, pread64, EIO, (int fd, void *to, size_t n, off64_t at), (fd, to, n, at))
CALL(ssize_t, pwrite, ENOSPC, (int fd, const void *from, size_t n, off_t at), (fd, from, n, at))
CALL(ssize_t, pwrite64, ENOSPC, (int fd, const void *from, size_t n, off64_t at), (fd, from, n, at))
CALL(int, fsync, EIO, (int fd), (fd))
CALL(int, fdatasync, EIO, (int fd), (fd))
CALL(int, ftruncate, EIO, (int fd, off_t len), (fd, len))
CALL(int, ftruncate64, EIO, (int fd, off64_t len), (fd, len))
CALL(int, unlink, EACCES, (const char *path), (path))
CALL(int, rename, EACCES, (const char *from, const char *to), (from, to))
CALL(int, mkdir, EACCES, (const char *path, mode_t mode), (path, mode))
CALL(int, poll, ENOMEM, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout))
CALL(ssize_t, send, ECONNRESET, (int fd, const void *from, size_t n, int flags),
     (fd, from, n, flags))
CALL(ssize_t, recv, ECONNRESET, (int fd, void *to, size_t n, int flags), (fd, to, n, flags))
CALL(int, connect, ECONNREFUSED, (int fd, const struct sockaddr *to, socklen_t len), (fd, to, len))
CALL(int, socket, EMFILE, (int family, int type, int protocol), (family, type, protocol))
CALL(int, socketpair, EMFILE, (int family, int type, int protocol, int fds[2]),
     (family, type, protocol, fds))
CALL(int, pipe2, EMFILE, (int fds[2], int flags), (fds, flags))
CALL(pid_t, fork, EAGAIN, (void), ())
CALL_WITH_REST(open, EMFILE, flags, (const char *path, int flags, ...), (path, flags, rest))
CALL_WITH_REST(open64, EMFILE, flags, (const char *path, int flags, ...), (path, flags, rest))
CALL_WITH_REST(openat, EMFILE, flags, (int dir, const char *path, int flags, ...),
	       (dir, path, flags, rest))
CALL_WITH_REST(fcntl, ENOLCK, command, (int fd, int command, ...), (fd, command, rest))
CALL_WITH_REST(fcntl64, ENOLCK, command, (int fd, int command, ...), (fd, command, rest))
