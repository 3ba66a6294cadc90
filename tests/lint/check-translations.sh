#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every text of the programs and of the help is translated, and every file with such texts is in po/POTFILES.
. "$(dirname "$0")/lint.sh"
need xgettext
need msgfmt
need itstool
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0

# is_complete FILE TEMPLATE: each text is there, and nothing that is only guessed or not used any more
is_complete () {
  merged=$folder/merged.po
  msgmerge --quiet --no-fuzzy-matching --output-file="$merged" "$1" "$2"
  msgfmt --check --output-file=/dev/null "$merged" || return 1
  wrong=$(msgattrib --untranslated --no-obsolete --no-wrap "$merged" | grep '^msgid ".' || :)
  [ -z "$wrong" ] || { echo "$1 lacks:" && echo "$wrong" && return 1; }
  wrong=$(msgattrib --only-fuzzy --no-wrap "$1" | grep '^msgid ".' || :)
  [ -z "$wrong" ] || { echo "$1 is not sure of:" && echo "$wrong" && return 1; }
  wrong=$(msgattrib --only-obsolete --no-wrap "$merged" | grep '^#~ msgid ".' || :)
  [ -z "$wrong" ] || { echo "$1 has what nobody says any more:" && echo "$wrong" && return 1; }
  # Only there msgfmt puts in what PRIu64 is on a machine.
  wrong=$(awk '/^#, .*c-format/ { c = 1 } /^$/ { c = 0 } /^msgid .*<PRI/ && !c' "$1")
  [ -z "$wrong" ] || { echo "$1 needs \"#, c-format\" before:" && echo "$wrong" && return 1; }
}

listed=$(grep -v '^#' po/POTFILES)
# xgettext reads Blueprint as C, and says so each time.
# shellcheck disable=SC2086
xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --keyword=C_:1c,2 --keyword=ngettext:1,2 --output="$folder/all.pot" $listed 2>/dev/null
wrong=$(msgcat --no-wrap "$folder/all.pot" | grep '^msgid .*%"$' || :)
[ -z "$wrong" ] || { echo "a text ends at a macro; in texts, PRIu64 and the like stand for sizes:" && echo "$wrong" && status=1; }
itstool -o "$folder/help.pot" help/C/*.page
# shellcheck disable=SC2013 # words, one a line
for language in $(grep -v '^#' po/LINGUAS); do
  is_complete "po/$language.po" "$folder/all.pot" || status=1
  is_complete "help/$language/$language.po" "$folder/help.pot" || status=1
done

marked=$(grep -lE '(^|[^a-z_])(_|N_|C_|ngettext) ?\("' src/app/*.c src/app/*.blp src/cli/*.c src/words/*.c)
for file in $marked $(grep -l 'translatable="yes"' src/app/*.ui) data/*.desktop.in data/*.metainfo.xml.in data/*.gschema.xml; do
  echo "$listed" | grep -qxF "$file" || { echo "$file is not in po/POTFILES" && status=1; }
done
# What stands there only for the catalogue is really said.
grep -hE '^  N_ \("' src/cli/mmp-cli-cause.c | sed 's/^  N_ (\(.*\)),$/\1/' >"$folder/causes"
cat src/engine/*/*.c >"$folder/engine"
while read -r cause; do
  grep -qF "$cause" "$folder/engine" || { echo "src/cli/mmp-cli-cause.c: nothing in the engine says $cause" && status=1; }
done <"$folder/causes"
exit "$status"
