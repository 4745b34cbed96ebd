/* SPDX-License-Identifier: Apache-2.0 */
/* The misbehaving HTTP server. */
#include "fake_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stagebox/types.h>

enum { MAX_REQUEST = 65536 };

/* Like assert(), but active in release builds, too. */
static void check_that(bool holds)
{
	if (!holds)
		abort();
}

static void put_bytes(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

static void put_text(int fd, const char *text)
{
	put_bytes(fd, text, strlen(text));
}

/* Reads the head, and the body by Content-Length; 0 = the client closed. */
static size_t read_request(int fd, char *to)
{
	size_t len = 0, want = 0;

	for (;;) {
		ssize_t n;
		const char *end, *length;

		to[len] = '\0';
		end = strstr(to, "\r\n\r\n");
		if (end && !want) {
			length = strstr(to, "Content-Length: ");
			want = (size_t)(end + 4 - to) +
			       (length && length < end ? strtoul(length + 16, NULL, 10) : 0);
		}
		if (want && len >= want)
			return len;
		n = recv(fd, to + len, MAX_REQUEST - 1 - len, 0);
		if (n <= 0)
			return 0;
		len += (size_t)n;
	}
}

static void put_body(int fd, const char *body, size_t len)
{
	char head[128];

	snprintf(head, sizeof(head),
		 "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", len);
	put_text(fd, head);
	put_bytes(fd, body, len);
}

/* Answers one request; false = close the connection. */
static bool answer_request(int fd, char *request, size_t len, bool *dies)
{
	static char filler[100000];
	const char *path = strchr(request, ' ') + 1;

	if (*dies)
		return false;
	if (sb_starts_with(path, "/echo"))
		put_body(fd, request, len);
	else if (sb_starts_with(path, "/die")) {
		*dies = true;
		put_body(fd, "", 0);
	} else if (sb_starts_with(path, "/cut")) {
		put_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
		return false;
	} else if (sb_starts_with(path, "/long")) {
		memset(filler, 'x', sizeof(filler));
		put_body(fd, filler, sizeof(filler));
	} else if (sb_starts_with(path, "/slow")) {
		sleep(2);
		return false;
	} else if (sb_starts_with(path, "/redirect"))
		put_text(fd, "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: "
			     "https://user:word@other.example:8006/x?token=word\r\n\r\n");
	else if (sb_starts_with(path, "/phrase"))
		put_text(fd, "HTTP/1.1 401 No ticket\r\nContent-Length: 0\r\n\r\n");
	else if (sb_starts_with(path, "/later"))
		put_text(fd, "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\nretry-after: 7\r\n"
			     "API-Version: 4.7\r\nContent-Type: application/json\r\n\r\n{}");
	else if (sb_starts_with(path, "/noise")) {
		put_text(fd, "\x15\x03\x03\x00\x02\x02\x46");
		return false;
	} else
		return false;
	return true;
}

static void serve_connections(int listener, int seen)
{
	static char request[MAX_REQUEST];

	for (;;) {
		int fd = accept(listener, NULL, NULL);
		bool dies = false;
		size_t len;

		if (fd < 0)
			_exit(0);
		/* One process per connection, so that a slow one does not delay others. */
		if (fork() != 0) {
			close(fd);
			continue;
		}
		close(listener);
		while ((len = read_request(fd, request))) {
			if (write(seen, "1", 1) != 1 || !answer_request(fd, request, len, &dies))
				break;
		}
		close(fd);
		_exit(0);
	}
}

void fake_server_start(struct fake_server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), pipes[2];

	check_that(listener >= 0 && pipe(pipes) == 0);
	check_that(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
	check_that(listen(listener, 16) == 0);
	check_that(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
	server->port = ntohs(address.sin_port);
	snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%u", server->port);
	server->pid = fork();
	check_that(server->pid >= 0);
	if (server->pid == 0) {
		signal(SIGCHLD, SIG_IGN);
		close(pipes[0]);
		serve_connections(listener, pipes[1]);
	}
	close(listener);
	close(pipes[1]);
	server->seen = pipes[0];
	fcntl(server->seen, F_SETFL, O_NONBLOCK);
}

void fake_server_stop(struct fake_server *server)
{
	kill(server->pid, SIGTERM);
	waitpid(server->pid, NULL, 0);
	close(server->seen);
}

size_t fake_server_seen(struct fake_server *server)
{
	char bytes[256];
	ssize_t n = read(server->seen, bytes, sizeof(bytes));

	return n > 0 ? (size_t)n : 0;
}
