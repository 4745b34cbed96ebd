/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol between a job and its parent. */
#pragma once

enum sb_job_mode {
	SB_JOB_PLAN,      /* fetch, diff, plan: no write, no run, no miss counters */
	SB_JOB_SYNC,      /* plan and apply */
	SB_JOB_APPLY,     /* apply a given plan part */
	SB_JOB_BOOTSTRAP, /* prepare NetBox for the first sync */
	SB_JOB_BOOTSTRAP_PLAN,
	SB_JOB_AUDIT,  /* as PLAN; the plan also has "left", the objects that stay unowned */
	SB_JOB_IMPORT, /* endpoint "": the plan is the settings of netbox-proxbox */
};

/*
 * The protocol of a job: lines of JSON. The parent writes to the job's descriptor 3:
 *   {"task": {"mode", "endpoint", "conf", "select", "target", "misses", "identity",
 *             "open_requests", "record", "replay_wall_s", "plan", "max_objects", "now_s"}}
 *   {"applied": KEY, "fields": {...}}      any number
 *   {"replay": {...}}                      any number, recorded answers
 *   {"go": true}
 *   {"ack": N}                             the journal row of request N is durable
 * The job writes to descriptor 4:
 *   {"ev":"loading","module"}                             "" after the last one
 *   {"ev":"stage_begin","stage","module"}
 *   {"ev":"stage","stage","module","entry":{resource,status,runtime_seconds,response,...}}
 *   {"ev":"progress","stage","done","total"}
 *   {"ev":"request","id","method","path","kind","keys"}   the job sends it after the ack
 *   {"ev":"answered","id","status","outcome"}
 *   {"ev":"settled","run","id","outcome"}                 a request of an earlier run
 *   {"ev":"applied","key","fields"}   {"ev":"applied_drop","key"}
 *   {"ev":"identity","value"}   {"ev":"misses","misses"}
 *   {"ev":"recorded","line"}    {"ev":"log","level","text"}
 *   {"ev":"plan","plan"}
 *   {"ev":"end","status","exit","record","error"?}        the last line
 * The job exits at once when descriptor 3 is closed, because nobody would record its writes. A job
 * without memory for its next event exits with SB_JOB_NO_MEMORY.
 */
enum { SB_JOB_NO_MEMORY = 71 };
