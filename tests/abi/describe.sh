#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Describes the ABI for modules: describe.sh LIBSTAGEBOX.SO FOLDER writes FOLDER/functions.abi and types.abi.
# Needs abidw (Debian: abigail-tools). UPDATE_ABI=1 ./dev lint abi records the result as that of the current version; read
# the difference before you commit it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
library=$1
to=$2
describe() { abidw --headers-dir "$top/include/stagebox" --drop-private-types --no-show-locs --no-corpus-path --no-comp-dir-path "$@"; }

{
	echo '[abi_whitelist]'
	sed '/STAGEBOX_PRIVATE {/,$d' "$top/core/stagebox.map" | sed -n 's/^[[:space:]]*\(sb_[a-z0-9_]*\);$/  \1/p' |
		grep -v ' sb_guest_' # of stagebox/guest.h, which may change
} >"$to/names"
describe --kmi-whitelist "$to/names" "$library" | sed "s|path='$top/|path='|" >"$to/functions.abi"
# shellcheck disable=SC2046 # a list of options
"${CC:-cc}" -std=c11 -g -shared -fPIC -I"$top/include" $(pkg-config --cflags jansson) -o "$to/types.so" "$here/types.c"
describe "$to/types.so" | sed "s|path='$top/|path='|" >"$to/types.abi"
