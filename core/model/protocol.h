/* SPDX-License-Identifier: Apache-2.0 */
/* The messages between a job and its parent: the modes, and the lines of both pipes. */
#pragma once

enum sb_job_mode {
	SB_JOB_PLAN,      /* fetch, diff, plan: no write, no run; miss counters are not stored */
	SB_JOB_SYNC,      /* plan and apply */
	SB_JOB_APPLY,     /* apply a given plan part */
	SB_JOB_BOOTSTRAP, /* endpoint "": prepare NetBox for the first sync */
	SB_JOB_BOOTSTRAP_PLAN, /* the plan of a bootstrap: no write, no run */
	SB_JOB_MOVE_HOME,      /* endpoint "": a bootstrap that moves objects to another home */
	SB_JOB_MOVE_HOME_PLAN, /* the plan of it: no write, no run */
	SB_JOB_TRIAL,   /* endpoint "": try in a branch whether custom objects keep apart there */
	SB_JOB_TARGETS, /* read only: {"left": {"<module>": why}, "kept": [module]}, the modules
			 * that cannot write into a branch, and those that can */
	SB_JOB_REVERT,  /* undo the merge of the branch of a run; NetBox alone is asked */
	SB_JOB_AUDIT,   /* as PLAN; the plan also has "left", the objects that stay unowned */
	SB_JOB_FIND,    /* read only: which objects the target names, {"keys", "hint"} */
	SB_JOB_IMPORT,  /* endpoint "": the plan is the settings of netbox-proxbox */
	SB_JOB_VIEW,    /* read only: what the view of a module shows */
};

/*
 * The protocol of a job: lines of JSON. The parent writes to the job's descriptor 3:
 *   {"task": {"mode", "endpoint", "conf", "select", "target", "misses", "vanished", "clusters",
 * "refusals", "agents", "identity", "open_requests", "record", "replay_wall_s", "plan",
 * "max_objects", "now_s", "run", "has_siblings", "shared_made", "first_day", "dead", "faults",
 * "document", "actions", "open_calls", "known_tasks", "other_calls", "asks", "view", "modules",
 * "branch", "branches", "reverted", "store", "apart"}}
 *   {"applied": KEY, "fields": "TEXT"}     any number; TEXT is the JSON of the last-applied values
 *   {"branch_applied": KEY, "fields": "TEXT", "schema", "replaces"}   any number; values that were
 *                                          applied in a branch, over those of main (replaces:
 *                                          instead of them)
 *   {"replay": {...}}                      any number, recorded answers
 *   {"go": true}
 *   {"ack": N}                             what the event with "id" N says is durable
 *   {"answer": N, "line": {...}}           to the event "ask" with this "id": as a recorded answer
 *   {"lease": S}                           the job holds the lease that it asked for; S: time at
 *                                          which a request of a dead run for shared objects may
 *                                          still have been under way, 0 = none
 * The job writes to descriptor 4:
 *   {"ev":"loading","module"}                             "" after the last one
 *   {"ev":"files","files"}                                {"<module>": SHA-256 of its file}
 *   {"ev":"stage_begin","stage","module"}
 *   {"ev":"stage","stage","module","entry":{resource,status,runtime_seconds,response,...}}
 *   {"ev":"progress","stage","done","total","all_done","all"}   all: the objects of the whole run
 *   {"ev":"waiting","for","seconds"}                      until then the job does nothing
 *   {"ev":"seen","values"}                                names and addresses, if has_siblings
 *   {"ev":"request","id","method","path","kind","keys"}   a write; it is sent after the ack
 *   {"ev":"answered","id","status","outcome"}
 *   {"ev":"branch","id","run","name","branch","schema","step","job"}   the next step of a branch of
 *                                                         NetBox (base/branch_step.h), which is
 *                                                         taken after the ack; "run" made it
 *   {"ev":"settled","run","id","outcome"}                 a request of an earlier run
 *   {"ev":"action","id","op","stage","key","verb","notes"}   an action begins, or has another note;
 *                                                         it goes on after the ack, "op": its
 *                                                         position in the part of the plan
 *   {"ev":"call","id","op","n","key","call","node","older"}  its n-th write; it is sent after the
 * ack; older: tasks from before it
 *   {"ev":"called","id","document","op","n","key","call","node","outcome","task"?,"exit"?}
 *                                                         what is known of it; also
 *                                                         of an open call of an earlier run
 *   {"ev":"action_end","op","state","cause"}
 *   {"ev":"applied","key","fields"}   {"ev":"applied_drop","key"}
 *   {"ev":"field_made","field"}       bootstrap made a custom field, of which no object has a value
 *   {"ev":"apart","note"}             what a trial found out (model/apart.h)
 *   {"ev":"identity","value"}   {"ev":"misses","misses"}
 *   {"ev":"lease","netbox"}   {"ev":"lease_end"}          of the shared objects of a NetBox, by its
 *                                                         instance id; once
 *   {"ev":"refusals","refusals"}
 *   {"ev":"agents","agents"}                              memory of agents (model/agent_turn.h)
 *   {"ev":"ask","id","server","method","path","body"}     a request, if the task has "asks": no job
 *                                                         has both this and a network
 *   {"ev":"recorded","line"}                              an object, or its JSON as a text
 *   {"ev":"plan","plan"}
 *   {"ev":"view","document"?,"hint"?}                     what a view shows (view_document.h), or
 *                                                         that its word names nothing here
 *   {"ev":"end","status","exit","record","error"?}        the last line
 * "error" is {"code","text","http_status"}: code is a word of sb_rc_name(), http_status 0 without
 * an answer. The parent also accepts {"ev":"log"}, which no job sends, and ignores it: the log of a
 * job is its standard error.
 *
 * The job exits at once when descriptor 3 is closed, because nobody would record its writes. It
 * exits with SB_JOB_NO_MEMORY at its first failed allocation (base/memory.h); so does the process
 * that looks at modules. It exits with SB_JOB_BAD_EVENT when an event cannot be built.
 */
enum { SB_JOB_NO_MEMORY = 71, SB_JOB_BAD_EVENT = 72 };
