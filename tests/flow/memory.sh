#!/bin/sh
# A worker's limit of memory: a build with sanitizers has none (worker/limits.c), so test_sandbox runs once more in the one without them
# that ./check makes (CONGVAN_PLAIN). Elsewhere a build without sanitizers has shown it by test_sandbox itself.
[ -n "${CONGVAN_PLAIN-}" ] || { echo "1..0 # SKIP no second build (CONGVAN_PLAIN)"; exit 0; }
said=$("$CONGVAN_PLAIN/tests/unit/test_sandbox" 2>&1)
status=$?
printf '%s\n' "$said"
case $said in
*"no limit of address space"*) echo "Bail out! CONGVAN_PLAIN has sanitizers too"; status=1 ;;
*test_memory*) ;;
*) echo "Bail out! test_memory did not run"; status=1 ;;
esac
exit "$status"
