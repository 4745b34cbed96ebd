/* SPDX-License-Identifier: Apache-2.0 */
/* The retry rule: which requests are sent again, and after how long. */
#include "net/http_priv.h"

enum { MAX_RETRIES = 2, MAX_DEAD_REPEATS = 3, MAX_RETRY_AFTER_MS = 30000 };

static bool is_transient_status(int status)
{
	return status == 429 || (status >= 502 && status <= 504) ||
	       (status >= 595 && status <= 599);
}

/* The server is known to have done nothing, so that even a write may be sent again. */
static bool was_not_processed(const struct sb_io_answer *answer)
{
	if (answer->not_sent)
		return answer->err.retryable;
	return (answer->status == 429 || answer->status == 503) && answer->retry_after_ms;
}

static bool is_worth_a_retry(const struct http_job *job, const struct sb_io_answer *answer)
{
	if (was_not_processed(answer))
		return true;
	if (!job->repeatable)
		return false;
	if (answer->err.code)
		return answer->err.retryable;
	return is_transient_status(answer->status);
}

int64_t sb_http_retry_delay(struct http_job *job, const struct sb_io_answer *answer)
{
	static const int64_t backoff_ms[MAX_RETRIES] = {500, 2000};
	struct sb_io *io = job->http->io;
	int64_t delay_ms;

	if (job->node->dead_status)
		return -1;
	if (answer->reused_dead && job->repeatable && job->dead_repeats < MAX_DEAD_REPEATS) {
		job->dead_repeats++;
		return 0;
	}
	if (job->once || job->retries >= MAX_RETRIES || !is_worth_a_retry(job, answer))
		return -1;
	delay_ms = backoff_ms[job->retries++];
	delay_ms = delay_ms * (75 + (int64_t)(io->ops->random(io) % 51)) / 100;
	if ((int64_t)answer->retry_after_ms > delay_ms)
		delay_ms = answer->retry_after_ms;
	return delay_ms < MAX_RETRY_AFTER_MS ? delay_ms : MAX_RETRY_AFTER_MS;
}
