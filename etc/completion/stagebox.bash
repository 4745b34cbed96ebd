# SPDX-License-Identifier: Apache-2.0
# Completion of stagebox for bash. The program itself lists the candidates, so completion matches its version.
_stagebox() {
	local word line words=("${COMP_WORDS[@]:1:COMP_CWORD}")
	local program=${COMP_WORDS[0]/#\~\//$HOME/} cur=${COMP_WORDS[COMP_CWORD]}

	COMPREPLY=()
	[ "$cur" != = ] || cur=
	while IFS= read -r line; do
		case $line in
		:files | :folders)
			compopt -o filenames 2>/dev/null
			word=-f
			[ "$line" = :files ] || word=-d
			mapfile -t COMPREPLY < <(compgen "$word" -- "$cur")
			return
			;;
		*) COMPREPLY+=("${line%%$'\t'*}") ;;
		esac
	done < <("$program" complete "${words[@]/#\~\//$HOME/}" 2>/dev/null)
	# a list continues after its comma
	case ${COMPREPLY[0]-} in
	*,*) compopt -o nospace 2>/dev/null ;;
	esac
}
complete -F _stagebox stagebox
