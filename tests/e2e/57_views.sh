#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Views of an outside author: one that shows something, and all mistakes that its callbacks can make.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
own=$(dirname "$STAGEBOX")/tests/modules
if ! [ -f "$own/glance.so" ]; then
	skip "a view of an outside author" "there is no build with its test modules"
	done_testing
fi
mkdir "$TMPDIR/modules"
cp "$(dirname "$STAGEBOX")"/modules/*.so "$own/glance.so" "$TMPDIR/modules/"
lab_up --guests 6 --endpoints 1
set_conf "s|^modules.*|modules = [ \"glance\" ]; module_dir = \"$TMPDIR/modules\";|"
printf '{"body": {"data": [{"poolid": "prod", "comment": "two\\nlines"}, {"poolid": "test"}]}}' >"$TMPDIR/pools"
check "two pools" ctl answer lab /pools "$TMPDIR/pools"
mark
check "a module may have views alone" gives 0 glance
check "nothing is asked of NetBox" sh -c '! tail -n "+$(($2 + 1))" "$1" | grep netbox' - "$lab/requests.ndjson" "$since"
check "control characters of a title are harmless" out_has '^Pools?\[31m$'
check "those of values, too" out_has '^prod  *two\\nlines  *yes  *-  *0$'
check "null is a dash" out_has '^test  *-  *yes  *-  *0$'
check "its word names one" gives 0 glance test
check "alone" not out_has prod
check "or none" gives 64 glance tset
check "with a hint" err_has 'no endpoint has an object "tset" (did you mean "test"?)'
check "the long form is the same" gives 0 view glance test
check "a list that cannot be read" sh -c 'echo "{\"status\": 500}" >"$1"' - "$TMPDIR/broken"
ctl clear
check "of the server" ctl answer lab /pools "$TMPDIR/broken"
check "is a note" gives 4 glance
check "with its reason" out_has 'GET /pools: HTTP 500'
ctl clear
check "a word that is needed" gives 64 glance-mistake
check "is asked for" err_has '"glance-mistake" needs MISTAKE'

# mistake WORD TEXT: the view fails, and the error has the text
mistake() { gives 1 glance-mistake "$1" && err_has "lab: view glance-mistake: $2"; }
check "no data" mistake 0 'the document of show: "data" is missing or not an object'
check "data of another type" mistake 1 'the document of show: "data" is missing or not an object'
check "an unknown member" mistake 2 'the document of show: "more" is not a member of a view'
check "a note that is not a text" mistake 3 'the document of show: notes\[0\] is not a text'
check "a row that does not fit" mistake 4 'the document of show: tables\[0\]: row 1: it is not an array of 1 values'
check "a value that is a list" mistake 5 'the document of show: tables\[0\]: row 0: value 1 is an array or object'
check "a table without a title" mistake 6 'the document of show: tables\[0\]: its "title" is not a text'
check "a document that is nested too deep" mistake deep 'the document of show: a value is nested more than 32 deep'
check "a document that is too large" mistake large 'the document of show: it takes more than 8 MiB'
check "a text that is not UTF-8" mistake bytes 'the document of show: a text in it is not UTF-8'
check "a text with a NUL" mistake nul 'the document of show: a text in it has a NUL'
check "a request from show" mistake ask 'sb_ask() was called in show'
check "a comparison in show" mistake reconcile 'sb_reconcile() was called in show: call it only in diff'
check "a failure without a message" mistake silent 'show failed without an error message'
check "a crash" gives 1 glance-mistake crash
check "names the view and its module" err_has 'lab: the job died of signal 6.*in stage "view glance-mistake" (module "glance")'
check "views are part of the description of a module" gives 0 modules info glance
check "with their names" out_has '^glance-mistake  *MISTAKE  *make a mistake?\[31m$'
check "their help" gives 0 help glance-mistake
check "has no control characters" out_has '^make a mistake?\[31m$'
check "a command of stagebox among views" gives 64 view sync
check "is not its own hint" not err_has 'did you mean "sync"'
check "a view under a name of its own choice" gives 78 modules check "$own/foreign_view.so"
check "is refused" err_has 'view name "sync" is not "foreign_view" or "foreign_view-..."'

check "the lab stops" lab_down
done_testing
