#!/usr/bin/env bash
# Provisions a running server with the load-test answer and measures it with h2load.
#
#   st/h2load/start.sh                                      asks, with defaults
#   H2LOAD__ITERATIONS=1000000 st/h2load/start.sh < /dev/null     asks nothing: what is not set takes its default
#
# The answers: H2AGENT__RESPONSE_DELAY_MS [0], H2LOAD__ITERATIONS [100000, divided by the delay], H2LOAD__CLIENTS [1],
# H2LOAD__THREADS [as many as clients], H2LOAD__CONCURRENT_STREAMS [100].
# The server: H2AGENT__ENDPOINT [localhost] is host or host:port, H2AGENT__TRAFFIC_PORT [8000], H2AGENT__ADMIN_PORT [8074].
# What it records meanwhile: DISCARD_SERVER_DATA [true], DISCARD_SERVER_DATA_HISTORY [true].
#
# Three things to try:
# - Delays hold nothing up: a delay of 1000, 100 iterations and 100 streams take about one second.
# - Timers leave nothing behind: a delay of 1 and 1000000 iterations, with an eye on the memory of the server.
# - Throughput: no delay. h2load often is what limits it; st/gate measures the server's CPU instead.
#
# Leaves report_delay<D>_iters<N>_c<C>_t<T>_m<M>.txt here (.1, .2 and so on if there is one), and `last` leads to it.
# Exit code 0 when every request was answered with 2xx, 1 when not or the server is not there, 2 for bad usage.
set -euo pipefail
case ${1:-} in
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
    ?*) echo "$0: it takes no arguments, only variables: $0 --help" >&2 && exit 2 ;;
esac
cd "$(dirname "$0")"
# shellcheck source=st/common.src
. ../common.src

begin
need h2load nghttp2-client
addresses localhost
reachable

echo
ask H2AGENT__RESPONSE_DELAY_MS "h2agent response delay in milliseconds" 0 0 3600000
iterations=100000
if ((H2AGENT__RESPONSE_DELAY_MS > 0)); then
    iterations=$((iterations / H2AGENT__RESPONSE_DELAY_MS))
    ((iterations > 0)) || iterations=1
fi
ask H2LOAD__ITERATIONS "number of h2load iterations" "$iterations" 1 4294967295
ask H2LOAD__CLIENTS "number of h2load clients" 1 1 1000000
ask H2LOAD__THREADS "number of h2load threads" "$H2LOAD__CLIENTS" 1 1000000
ask H2LOAD__CONCURRENT_STREAMS "number of h2load concurrent streams" 100 1 1000000
((H2LOAD__CLIENTS <= H2LOAD__ITERATIONS)) ||
    usage_error "H2LOAD__CLIENTS ($H2LOAD__CLIENTS) must not be more than H2LOAD__ITERATIONS ($H2LOAD__ITERATIONS)"
((H2LOAD__THREADS <= H2LOAD__CLIENTS)) ||
    usage_error "H2LOAD__THREADS ($H2LOAD__THREADS) must not be more than H2LOAD__CLIENTS ($H2LOAD__CLIENTS)"
printf '\n\n'

provision "$H2AGENT__RESPONSE_DELAY_MS"
new_report "report_delay${H2AGENT__RESPONSE_DELAY_MS}_iters${H2LOAD__ITERATIONS}_c${H2LOAD__CLIENTS}_t${H2LOAD__THREADS}_m${H2LOAD__CONCURRENT_STREAMS}"

code=0
set -x
time h2load -t"$H2LOAD__THREADS" -n"$H2LOAD__ITERATIONS" -c"$H2LOAD__CLIENTS" -m"$H2LOAD__CONCURRENT_STREAMS" \
    "http://$TRAFFIC$LOAD_TEST_PATH" -d ./request.json | tee -a "$REPORT" || code=$?
set +x
link_report

[ "$code" = 0 ] || failed "h2load failed with code $code"
succeeded=$(sed -n 's/^status codes: \([0-9]*\) 2xx.*/\1/p' "$REPORT")
[ "${succeeded:-0}" = "$H2LOAD__ITERATIONS" ] ||
    failed "only ${succeeded:-0} of $H2LOAD__ITERATIONS requests were answered with 2xx; the report says more"
