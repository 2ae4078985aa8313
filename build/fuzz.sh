#!/bin/sh
# Runs every fuzz target of the tree for FUZZTIME (1m), one after the other.
set -u
cd "$(dirname "$0")/.." || exit 1
. build/app.sh
need_go
FUZZTIME=${FUZZTIME:-1m}
status=0
for file in $(grep -rlE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*\(' . | sort); do
	package=$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		say "fuzzing $package $target for $FUZZTIME"
		CGO_ENABLED=$TEST_CGO go test -trimpath -tags "$TAGS" -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 5s "$package" || status=1
	done
done
exit $status
