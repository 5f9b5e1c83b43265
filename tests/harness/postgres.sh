#!/bin/sh
# A PostgreSQL for one test run.
#
#   postgres.sh start DIR    makes a cluster in DIR (absent or empty), starts it on a Unix socket there, prints its address
#   postgres.sh stop DIR     ends it and removes DIR
#
# Nothing listens on the network. The data do not survive the machine: fsync is off. As root the server runs as user
# "postgres", as anyone else as that user. Needs the package postgresql-15 (or any later).
set -eu

usage() {
	sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

fail() {
	echo "postgres.sh: $1" >&2
	exit 3
}

as_server() {
	if [ "$(id -u)" = 0 ]; then
		(cd / && setpriv --reuid=postgres --regid=postgres --init-groups --reset-env "$@")
	else
		"$@"
	fi
}

find_tools() {
	tools=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
	[ -n "$tools" ] && [ -x "$tools/initdb" ] || fail "no PostgreSQL server here; install the package postgresql-15"
}

start() {
	mkdir -p "$1"
	dir=$(cd "$1" && pwd)
	[ -z "$(ls -A "$dir")" ] || fail "$dir is not empty"
	# A socket's path holds 107 bytes.
	[ ${#dir} -le 80 ] || fail "$dir is too long for a Unix socket; choose a shorter one"
	if [ "$(id -u)" = 0 ]; then
		id postgres >/dev/null 2>&1 || fail "no user postgres; install the package postgresql-15"
		chown postgres:postgres "$dir"
		as_server test -w "$dir" || fail "user postgres cannot reach $dir; choose a directory below one that is open to it"
	fi
	as_server "$tools/initdb" -D "$dir/data" -U fengni -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir.log" 2>&1 ||
		fail "initdb failed: $(tail -n 5 "$dir.log")"
	mv "$dir.log" "$dir/initdb.log"
	cat >>"$dir/data/postgresql.conf" <<-END
		listen_addresses = ''
		unix_socket_directories = '$dir'
		fsync = off
		full_page_writes = off
		shared_buffers = 16MB
		max_connections = 60
		log_min_messages = warning
	END
	as_server "$tools/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 start >/dev/null ||
		fail "the server did not start: $(tail -n 5 "$dir/server.log")"
	as_server "$tools/createdb" -h "$dir" -U fengni fengni
	echo "postgresql://fengni@/fengni?host=$(echo "$dir" | sed 's/%/%25/g; s/ /%20/g')"
}

stop() {
	[ -d "$1" ] || exit 0
	dir=$(cd "$1" && pwd)
	[ -d "$dir/data" ] || fail "$dir holds no cluster"
	as_server "$tools/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
	rm -rf "$dir"
}

[ $# = 2 ] || usage
find_tools
case $1 in
start) start "$2" ;;
stop) stop "$2" ;;
*) usage ;;
esac
