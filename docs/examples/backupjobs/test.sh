#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test.sh ./backupjobs.so: plays the cases with the real engine, without a network, and prints TAP. UPDATE=1 writes what each
# step gives to its expected.json.
set -eu
: "${STAGEBOX:?the program; \"make check\" sets it}"
module=$(realpath "${1:?the module: ./backupjobs.so}")
cd "$(dirname "$0")"
exec "$STAGEBOX" modules test ${UPDATE:+--update} "$module" cases/*/
