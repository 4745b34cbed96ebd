#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# versions one
# Made-up kinds of a module have every trait that kinds of core have: each rule holds for them, and does not hold when
# the one trait that it is about is left out.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
own=$(dirname "$STAGEBOX")/tests/modules
if ! [ -f "$own/traits.so" ]; then
	skip "made-up kinds have every trait" "there is no build with its test modules"
	done_testing
fi
mkdir "$TMPDIR/modules"
cp "$own/traits.so" "$TMPDIR/modules/"
lab_up --guests 2 --endpoints 1
set_conf "s|^modules.*|modules = [ \"traits\" ]; module_dir = \"$TMPDIR/modules\";|" 's|^netbox: {|&\n\tbatch = 3;|'
check "bootstrap" gives 0 bootstrap
python3 "$e2e/traits_run.py" "$STAGEBOX" "$lab" "$config" "$n"
n=$(cat "$lab/n" || echo "$n")
check "every rule was tried" test -s "$lab/n"
done_testing
