#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# 200 histories of ./dev sim, each with other faults, crashes, late commits, changes and edits of people.
# versions one
# slow
# limit 900
sim=$(dirname "${STAGEBOX_RELEASE:?}")/tests/sim/stagebox-sim
[ -x "$sim" ] || sim=${STAGEBOX_BUILD:?}/tests/sim/stagebox-sim
# The memory of a simulated job that dies is not released: nobody is left who knows it.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS
exec "$sim" --tap --seeds "${SIM_SEEDS:-200}" 1
