#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every text of the files in po/POTFILES is translated, and every file with such texts is in there.
. "$(dirname "$0")/lint.sh"
need xgettext
need msgfmt
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
listed=$(grep -v '^#' po/POTFILES)
# xgettext reads Blueprint as C, and says so each time.
# shellcheck disable=SC2086
xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --keyword=C_:1c,2 --keyword=ngettext:1,2 --output="$folder/all.pot" $listed 2>/dev/null
status=0
# shellcheck disable=SC2013 # words, one a line
for language in $(grep -v '^#' po/LINGUAS); do
  msgfmt --check --output-file=/dev/null "po/$language.po" || status=1
  msgmerge --quiet --no-fuzzy-matching --output-file="$folder/$language.po" "po/$language.po" "$folder/all.pot"
  missing=$(msgattrib --untranslated --no-obsolete "$folder/$language.po" | grep '^msgid "' | grep -v '^msgid ""$' || :)
  [ -z "$missing" ] || { echo "po/$language.po lacks:" && echo "$missing" && status=1; }
done
# shellcheck disable=SC2013
for file in $(grep -lE '\b(_|N_|C_|ngettext) \("|[^a-z]_\("' src/app/*.c src/app/*.blp); do
  echo "$listed" | grep -qxF "$file" || { echo "$file is not in po/POTFILES" && status=1; }
done
exit "$status"
