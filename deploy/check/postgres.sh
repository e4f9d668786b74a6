# Makes the database the first time, then serves it.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb -U "$POSTGRES_USER" -A scram-sha-256 --pwfile=<(printf %s "$POSTGRES_PASSWORD") -E UTF8 --locale=C >/tmp/initdb.log
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    echo "CREATE DATABASE $POSTGRES_DB;" | postgres --single -c listen_addresses= postgres >/dev/null
fi
exec postgres -c listen_addresses='*' -c unix_socket_directories=/run/postgresql
