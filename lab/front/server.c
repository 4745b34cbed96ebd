/* SPDX-License-Identifier: Apache-2.0 */
/* The listener of one server: reads requests, applies limits, holds and faults, and sends answers.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>

#include "front/exchange.h"
#include "front/faults.h"
#include "front/limits.h"
#include "front/log.h"
#include "front/now.h"
#include "front/reply.h"
#include "front/script.h"
#include "front/server.h"

enum {
	BODY_MAX_BYTES = 8 * 1024 * 1024,
	CONNECTION_BYTES = 256 * 1024,
	CONNECTIONS = 500,
	NETBOX_IDLE_S = 2,
	PVE_IDLE_S = 5,
};

static void exchange_destroy(struct lab_exchange *exchange)
{
	lab_answer_finish(&exchange->answer);
	sb_buf_finish(&exchange->body);
	free(exchange->target);
	free(exchange->raw_path);
	free(exchange);
}

/* libmicrohttpd calls this first, with the target only. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
	struct lab_exchange *exchange = calloc(1, sizeof(*exchange));
	const char *mark;

	if (!exchange)
		return NULL;
	exchange->server = cls;
	exchange->connection = connection;
	exchange->watched_fd = -1;
	exchange->started_ms = lab_now_ms();
	sb_buf_init(&exchange->body, BODY_MAX_BYTES);
	mark = strchr(target, '?');
	exchange->target = strdup(target);
	exchange->raw_path = strndup(target, mark ? (size_t)(mark - target) : strlen(target));
	if (!exchange->target || !exchange->raw_path) {
		exchange_destroy(exchange);
		return NULL;
	}
	return exchange;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
			 enum MHD_RequestTerminationCode code)
{
	struct lab_exchange *exchange = *con_cls;

	(void)cls;
	(void)connection;
	(void)code;
	if (!exchange)
		return;
	/* The connection ended before an answer was sent. */
	if (!exchange->logged)
		lab_log_write(exchange, 0, 0, false);
	exchange_destroy(exchange);
	*con_cls = NULL;
}

/* Each connection gets a counter of its requests. */
static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	(void)cls;
	(void)connection;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = calloc(1, sizeof(unsigned));
	} else {
		free(*context);
		*context = NULL;
	}
}

static const char *find_header(struct lab_exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static void read_head(struct lab_exchange *exchange, const char *method, const char *path)
{
	struct lab_request *request = &exchange->request;
	const char *mark = strchr(exchange->target, '?');
	const char *encoding = find_header(exchange, "Transfer-Encoding");

	request->method = method;
	request->path = path;
	request->raw_path = exchange->raw_path;
	request->query = mark ? mark + 1 : "";
	request->authorization = find_header(exchange, "Authorization");
	request->cookie = find_header(exchange, "Cookie");
	request->csrf = find_header(exchange, "CSRFPreventionToken");
	request->if_match = find_header(exchange, "If-Match");
	request->branch = find_header(exchange, "X-NetBox-Branch");
	request->content_type = find_header(exchange, "Content-Type");
	request->accept_language = find_header(exchange, "Accept-Language");
	request->chunked = encoding && strcasecmp(encoding, "chunked") == 0;
	exchange->stage = LAB_STAGE_BODY;
}

/* Decide the answer of a complete request. The stage is ANSWER or DROP afterwards; the exchange may
 * be paused before that stage is carried out. */
static void begin_answer(struct lab_exchange *exchange)
{
	int64_t wait_ms = 0;

	if (exchange->body.len) {
		exchange->request.body = exchange->body.text;
		exchange->request.body_len = exchange->body.len;
	}
	exchange->stage = LAB_STAGE_ANSWER;
	if (lab_limits_refuse(exchange))
		return;
	if (lab_hold_take(exchange)) {
		lab_log_write(exchange, 0, 0, true);
		if (!lab_clock_pause(exchange, LAB_PAUSE_HELD, -1))
			exchange->stage = LAB_STAGE_DROP;
		return;
	}
	if (lab_fault_apply(exchange, &wait_ms))
		return;
	if (!lab_script_apply(exchange))
		lab_exchange_handle(exchange);
	if (exchange->is_lost)
		exchange->stage = LAB_STAGE_DROP;
	if (exchange->is_late)
		lab_fault_answer_late(exchange);
	if (wait_ms > 0)
		lab_clock_pause(exchange, LAB_PAUSE_STALL, wait_ms);
	else if (exchange->answer.delay_ms > 0)
		lab_clock_pause(exchange, LAB_PAUSE_DELAY, exchange->answer.delay_ms);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *path,
				  const char *method, const char *version, const char *data,
				  size_t *data_len, void **con_cls)
{
	struct lab_exchange *exchange = *con_cls;

	(void)cls;
	(void)connection;
	(void)version;
	if (!exchange)
		return MHD_NO;
	if (exchange->stage == LAB_STAGE_HEAD) {
		read_head(exchange, method, path);
		return MHD_YES;
	}
	if (*data_len) {
		/* Beyond its limit the buffer ignores data; lab_limits_refuse() then refuses the
		 * request. */
		sb_buf_add_mem(&exchange->body, data, *data_len);
		*data_len = 0;
		return MHD_YES;
	}
	exchange->just_paused = false;
	if (exchange->stage == LAB_STAGE_BODY)
		begin_answer(exchange);
	if (exchange->just_paused) /* the clock may already have changed the stage */
		return MHD_YES;
	if (exchange->stage == LAB_STAGE_ANSWER)
		return lab_reply_send(exchange);
	return MHD_NO;
}

static struct MHD_Daemon *listen_on(struct lab_server *server, const struct sockaddr_in *address)
{
	const struct lab_certs *certs = &server->front->certs;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_KEY, 0, certs->key},
		{MHD_OPTION_HTTPS_MEM_CERT, 0, certs->certificate},
		{MHD_OPTION_TLS_NO_ALPN, 1, NULL},
		{MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};

	if (certs->key)
		flags |= MHD_USE_TLS;
	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR,
				(const struct sockaddr *)address, MHD_OPTION_CONNECTION_TIMEOUT,
				(unsigned)(server->netbox ? NETBOX_IDLE_S : PVE_IDLE_S),
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
				MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
				MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
				MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
				MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL, MHD_OPTION_ARRAY,
				certs->key ? tls : none, MHD_OPTION_END);
}

int lab_server_start(struct lab_server *server, struct sb_error *err)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	const union MHD_DaemonInfo *info;
	char url[64];

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->daemon = listen_on(server, &address);
	if (!server->daemon)
		return sb_fail(err, SB_E_NET, "cannot listen on 127.0.0.1 for %s", server->name);
	info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
	if (!info)
		return sb_fail(err, SB_E_NET, "cannot read the port of %s", server->name);
	snprintf(url, sizeof(url), "%s://127.0.0.1:%u", server->front->certs.key ? "https" : "http",
		 info->port);
	server->url = strdup(url);
	if (!server->url || (server->netbox && lab_netbox_base(server->netbox, url) < 0))
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

void lab_server_stop(struct lab_server *server)
{
	if (server->daemon)
		MHD_stop_daemon(server->daemon);
	server->daemon = NULL;
}
