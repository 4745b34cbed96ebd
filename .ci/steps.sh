#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the steps of CI, prints their output and adds up their counts. Sourced by .ci/run and .ci/full.
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
passed=0 failed=0 skipped=0

# step NAME CMD...: runs one step, prints its output and keeps it for the counts.
step() {
	local name=$1 begun=$SECONDS rc
	shift
	printf '== %s\n' "$*"
	"$@" 2>&1 </dev/null | tee "$log/$name"
	rc=${PIPESTATUS[0]}
	printf '== %s: exit code %s after %s s\n' "$name" "$rc" $((SECONDS - begun))
	return "$rc"
}

# count NAME RC: adds the counts in the last line of a step; a failed step without counts is one failure.
count() {
	local line p f k
	line=$(grep -E '^((live|package): )?[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log/$1" | tail -n 1)
	read -r p f k < <(sed -E 's/^[a-z]+: //; s/ (passed|failed|skipped),?//g' <<<"$line")
	((passed += ${p:-0}, failed += ${f:-0}, skipped += ${k:-0}))
	if (($2 != 0 && ${f:-0} == 0)); then ((failed += 1)); fi
	if grep -qE '^(live|package): SKIPPED' "$log/$1"; then ((skipped += 1)); fi
}

# check NAME CMD...: runs a step and adds its counts.
check() {
	local name=$1 rc=0
	step "$@" || rc=$?
	count "$name" "$rc"
}

# finish: prints the last line; its result is the exit code.
finish() {
	printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
	((failed == 0 && passed > 0))
}
