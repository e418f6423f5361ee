#!/usr/bin/env bash
# Provisions a running server with the load-test answer and sends it requests at a steady rate: with hermes when that is
# installed, else with `loadtest`, which takes the same options and scripts.
#
#   st/hermes/start.sh                                      asks, with defaults
#   HERMES__RPS=20000 st/hermes/start.sh < /dev/null        asks nothing: what is not set takes its default
#
# The answers: H2AGENT__RESPONSE_DELAY_MS [0], HERMES__RPS [5000] requests per second, HERMES__DURATION [10] in seconds.
# The server: H2AGENT__ENDPOINT [0.0.0.0] is host or host:port, H2AGENT__TRAFFIC_PORT [8000], H2AGENT__ADMIN_PORT [8074].
# What it records meanwhile: DISCARD_SERVER_DATA [true], DISCARD_SERVER_DATA_HISTORY [true].
# LOADTEST names the program that is taken without hermes; unset, it is target/release/loadtest or one on the PATH.
#
# Leaves report_delay<D>_rps<R>_t<T>.txt here (.1, .2 and so on if there is one), and `last` leads to it.
# Exit code 0 when no request failed, 1 when one did or the server is not there, 2 for bad usage.
set -euo pipefail
case ${1:-} in
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
    ?*) echo "$0: it takes no arguments, only variables: $0 --help" >&2 && exit 2 ;;
esac
# A relative LOADTEST is meant from where the user stands.
if [[ ${LOADTEST:-} == */* ]]; then LOADTEST=$(realpath -m "$LOADTEST"); fi
cd "$(dirname "$0")"
# shellcheck source=st/common.src
. ../common.src

# An unanswered request counts as a timeout after this.
TIMEOUT_MS=2000

# tool: the program that sends the requests.
tool() {
    local candidate
    for candidate in hermes ${LOADTEST:+"$LOADTEST"} ../../target/release/loadtest loadtest; do
        if command -v "$candidate"; then return; fi
        if [ "$candidate" = "${LOADTEST:-}" ]; then usage_error "LOADTEST is no program: '$LOADTEST'"; fi
    done
    usage_error "neither hermes nor loadtest is there: run 'cargo build --release', or name one with LOADTEST"
}

# traffic_script: a flow of one message, in the format of hermes.
traffic_script() {
    local name=${HOST#[}
    cat << END
{
  "dns": "${name%]}",
  "port": "$TRAFFIC_PORT",
  "timeout": $TIMEOUT_MS,
  "flow": ["load-test"],
  "messages": {
    "load-test": {
      "method": "POST",
      "url": "${LOAD_TEST_PATH#/}",
      "body": $(cat "$REQUEST_FILE"),
      "response": {"code": 200}
    }
  }
}
END
}

begin
program=$(tool)
addresses 0.0.0.0
reachable

echo
ask H2AGENT__RESPONSE_DELAY_MS "h2agent response delay in milliseconds" 0 0 $((TIMEOUT_MS - 1))
ask HERMES__RPS "requests per second" 5000 1 10000000
ask HERMES__DURATION "duration of the test in seconds" 10 1 1000000
printf '\n\n'

provision "$H2AGENT__RESPONSE_DELAY_MS"
new_report "report_delay${H2AGENT__RESPONSE_DELAY_MS}_rps${HERMES__RPS}_t${HERMES__DURATION}"
traffic_script > "$WORK/traffic.json"
# About ten lines of the table, whatever the duration.
period=$(((HERMES__DURATION + 9) / 10))

code=0
set -x
time "$program" -r "$HERMES__RPS" -t "$HERMES__DURATION" -p "$period" -f "$WORK/traffic.json" -o "$WORK/hermes.out" |
    tee -a "$REPORT" || code=$?
set +x
# What went wrong, second by second, if anything did: the file has a heading in any case.
if grep -q '^[0-9]' "$WORK/hermes.out.err" 2> /dev/null; then
    { echo && cat "$WORK/hermes.out.err"; } >> "$REPORT"
fi
link_report

[ "$code" = 0 ] || failed "$program failed with code $code"
# The last row: Time Sent/s Recv/s RT minRT maxRT Sent Success Errors Timeouts.
counts=$(awk 'NF == 10 && $7 ~ /^[0-9]+$/ { row = $7 " " $8 " " $9 " " $10 } END { print row }' \
    "$WORK/hermes.out.accum" 2> /dev/null || true)
[ -n "$counts" ] || failed "$program wrote no table of what it sent; the report says more"
read -r sent success errors timeouts <<< "$counts"
if ((success == 0 || errors + timeouts > 0)); then
    failed "$success of $sent requests succeeded, $errors were answered wrongly or not at all, $timeouts timed out; the report says more"
fi
