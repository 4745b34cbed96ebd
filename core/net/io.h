/* SPDX-License-Identifier: Apache-2.0 */
/* The io seam through which every answer enters: send, wait, clock, random. */
#pragma once

#include "base/buf.h"
#include "stagebox/error.h"

/* The real transport (curl), the recorder and the replay implement it. */

struct sb_io_request {
	const char *server; /* id of a server that the io knows: "netbox", "pve:lab" */
	unsigned url;       /* which of the server's base URLs (modulo their number); 0 = first */
	const char *method; /* "GET" */
	const char *path;   /* with query, below the server's base: "/api/status/" */
	const char *body;   /* JSON text or NULL; copied */
	size_t body_len;
	const char *headers; /* extra header lines, "\n"-separated, or NULL: "If-Match: ..." */
	unsigned timeout_ms;
	size_t max_bytes; /* a longer answer is an error */
};

struct sb_io_answer {
	int status;         /* HTTP status; 0 = no answer */
	const char *reason; /* phrase of the status line, "" when none */
	const char *body;   /* zero-terminated, never NULL */
	size_t len;
	const char *content_type; /* "" when none */
	const char *api_version;  /* header API-Version of NetBox, "" when none */
	const char *date;         /* header Date as it came; NULL or "" when none */
	unsigned retry_after_ms;
	/* Set when the answer is incomplete: code SB_E_NET, SB_E_TIMEOUT, SB_E_HTTP (too long, cut,
	 * redirect), with a text that names the hop and the fix. retryable: the same request may
	 * get an answer later (not with a wrong certificate). A redirect keeps its status. */
	struct sb_error err;
	bool reused_dead; /* a kept-alive connection died before one byte of the answer */
	bool not_sent;    /* proven: no byte of the request left (connect or TLS failed) */
};

typedef void sb_io_done(void *arg, const struct sb_io_answer *answer);

struct sb_io;

struct sb_io_ops {
	/** Start one request; done is called once from a later wait(). */
	int (*send)(struct sb_io *io, const struct sb_io_request *request, sb_io_done *done,
		    void *arg, struct sb_error *err);
	/** Forget all requests that were sent with this arg: done is not called for them. */
	void (*cancel)(struct sb_io *io, const void *arg);
	/** Deliver what has arrived; else wait up to timeout_ms, or until the watched descriptor is
	 * readable. Returns 0, or a negative code when waiting itself failed. */
	int (*wait)(struct sb_io *io, int64_t timeout_ms, struct sb_error *err);
	int64_t (*now_ms)(struct sb_io *io);  /* monotonic */
	int64_t (*wall_s)(struct sb_io *io);  /* UTC */
	uint64_t (*random)(struct sb_io *io); /* not for secrets */
	void (*destroy)(struct sb_io *io);
};

struct sb_io {
	const struct sb_io_ops *ops;
	int watch_fd; /* -1 = none; wait() calls on_readable when it can be read */
	void (*on_readable)(void *arg);
	/* May be NULL = never: something was asked of the watched descriptor and has not come. An
	 * io without a clock of its own waits for that instead of advancing its clock. */
	bool (*is_awaited)(void *arg);
	void *watch_arg;
};

/* The result of a login: header lines ("Name: value", "\n"-separated; NULL = none). All secret. */
struct sb_io_grant {
	char *headers;       /* for every request */
	char *write_headers; /* in addition, for every request that is not a read */
	char *renewal;       /* replaces the password in the next login */
};

/*
 * A server with a login instead of a fixed authorization header. The transport logs in before the
 * first request, again when hold_ms have passed, and once more when a request is answered 401. The
 * layers above see nothing of it: recordings hold neither password nor grant.
 */
struct sb_io_login {
	const char *user, *password;
	const char *path; /* of the POST */
	unsigned hold_ms;
	/** Append the form body; secret is the password or the renewal. */
	void (*ask)(const char *user, const char *secret, struct sb_buf *to);
	/** Read the answer. Returns 0, or a code with err: the waiting requests end with that
	 * error. */
	int (*take)(const char *user, const struct sb_io_answer *answer,
		    struct sb_io_grant *ret_grant, struct sb_error *err);
};

/* One server of the real transport. Credentials are held here and nowhere above. */
struct sb_io_server {
	const char *id;
	const char *const *urls;         /* base URLs, no slash at the end; ends with NULL */
	const char *authorization;       /* whole header value; secret; NULL with a login */
	const struct sb_io_login *login; /* NULL = none */
	bool verify_ssl;
	const char *ca_file;      /* "" = system */
	const char *fingerprints; /* "" = none; else these certificates and no others: SHA-256 in
				     upper-case hex with colons, separated by blanks */
	const char *proxy;        /* "" = of the environment; "none"; else its URL */
	const char *proxy_auth;   /* "user:password"; secret; "" = none */
	bool gzip;
	unsigned max_idle_ms; /* drop kept-alive connections idle for longer */
};

/** The real transport: one curl multi handle. The server table is copied. */
int sb_io_curl_create(const struct sb_io_server *servers, size_t n, struct sb_io **ret_io,
		      struct sb_error *err);

/** Passes everything on to inner (owned from now on, also on failure) and hands one line of JSON
 * per delivered answer to sink, in the order of delivery. Holds no credentials by construction. */
typedef void sb_io_sink(void *arg, const char *line);
int sb_io_record_create(struct sb_io *inner_take, sb_io_sink *sink, void *arg,
			struct sb_io **ret_io, struct sb_error *err);

/** Answers from recorded lines (an array of the objects of the sink). Equal requests are answered
 * in their recorded order; one that was not recorded gets SB_E_NET "not in the recording". The
 * clock starts at the recorded wall time and advances by the time that is waited. */
int sb_io_replay_create(const json_t *lines, int64_t wall_s, struct sb_io **ret_io,
			struct sb_error *err);

/** Pass requests that were not recorded to ask (from within send(), number is unique) instead of
 * failing them. The caller answers each one with sb_io_replay_answer(). request is borrowed. */
typedef void sb_io_ask(void *arg, uint64_t number, const struct sb_io_request *request);
void sb_io_replay_ask(struct sb_io *io, sb_io_ask *ask, void *arg);

/** Answer a request that was passed to ask: line is an object as sb_io_record_create() gives its
 * sink, without server, method and path; borrowed. A number that is not open is ignored: the
 * request was cancelled. */
void sb_io_replay_answer(struct sb_io *io, uint64_t number, json_t *line);

void sb_io_destroy(struct sb_io *io);
