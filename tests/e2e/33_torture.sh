#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A sample of ./dev torture: an allocation or an I/O call fails, in the command and in the job, and nothing is lost by it.
# versions one
# slow
# limit 400
if ! grep -q -a torture_fails "${STAGEBOX:?}"; then
	echo "1..0 # skip this program has no failures on purpose: use build-asan"
	exit 0
fi
exec python3 "${STAGEBOX_SRC:?}/tests/torture/torture.py" --tap --build "${STAGEBOX_BUILD:?}" --seconds 5
