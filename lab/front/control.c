/* SPDX-License-Identifier: Apache-2.0 */
/* D/ctl: a socket that takes one JSON object as request and returns one as answer. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "front/dir.h"
#include "front/front.h"

enum { REQUEST_MAX_BYTES = 1024 * 1024, ANSWER_MAX_BYTES = 1024 * 1024 * 1024, PATIENCE_S = 5 };

/* A socket address holds about 100 characters and directories of tests are longer, so the path goes
 * through /proc/self/fd. */
static int address_of(const char *dir, struct sockaddr_un *ret_address)
{
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (dir_fd >= 0)
		snprintf(ret_address->sun_path, sizeof(ret_address->sun_path),
			 "/proc/self/fd/%d/ctl", dir_fd);
	return dir_fd;
}

int lab_control_listen(const char *dir)
{
	struct sockaddr_un address;
	int dir_fd = address_of(dir, &address);
	int fd, rc;

	if (dir_fd < 0)
		return -1;
	unlink(address.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rc = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof(address));
	if (!rc)
		rc = listen(fd, 16);
	close(dir_fd);
	if (rc < 0 && fd >= 0)
		close(fd);
	return rc < 0 ? -1 : fd;
}

static int send_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int send_json(int fd, json_t *json)
{
	sb_autobuf text = SB_BUF_INIT(ANSWER_MAX_BYTES);

	sb_buf_add_json(&text, json);
	return text.failed ? -1 : send_all(fd, text.text, text.len);
}

/* Read one JSON document up to the end of the stream. New reference or NULL. */
static json_t *receive_json(int fd, size_t max_bytes)
{
	sb_autobuf text = SB_BUF_INIT(max_bytes);
	char block[16 * 1024];
	ssize_t n;

	while ((n = recv(fd, block, sizeof(block), 0)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return NULL;
		sb_buf_add_mem(&text, block, (size_t)n);
	}
	if (text.failed || !text.len)
		return NULL;
	return json_loadb(text.text, text.len, 0, NULL);
}

static void serve_one(struct lab_front *front, int fd)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};
	sb_autojson *request = NULL, *answer = NULL;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	request = receive_json(fd, REQUEST_MAX_BYTES);
	if (!request)
		return;
	answer = lab_command_run(front, request);
	if (!answer)
		answer = json_pack("{s:s}", "error", "out of memory");
	if (answer)
		send_json(fd, answer);
}

void lab_control_serve(struct lab_front *front, int listen_fd)
{
	struct pollfd fds[2] = {{.events = POLLIN}, {.events = POLLIN}};
	sigset_t signals;

	/* block_signals() has blocked these signals in every thread. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	fds[0].fd = signalfd(-1, &signals, SFD_CLOEXEC);
	fds[1].fd = listen_fd;
	if (fds[0].fd < 0)
		return;
	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		int fd;

		if (fds[0].revents)
			break;
		if (!fds[1].revents)
			continue;
		fd = accept(listen_fd, NULL, NULL);
		if (fd < 0)
			continue;
		serve_one(front, fd);
		close(fd);
	}
	close(fds[0].fd);
}

json_t *lab_control_call(const char *dir, json_t *request)
{
	struct sockaddr_un address;
	int dir_fd = address_of(dir, &address);
	json_t *answer = NULL;
	int fd;

	if (dir_fd < 0)
		return NULL;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    send_json(fd, request) == 0 && shutdown(fd, SHUT_WR) == 0)
		answer = receive_json(fd, ANSWER_MAX_BYTES);
	if (fd >= 0)
		close(fd);
	close(dir_fd);
	return answer;
}
