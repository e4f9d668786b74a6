# Stands in for postgres: Debian's server, which makes user, password and database in the same way.
ARG BASE
FROM ${BASE}
RUN apt-get update -q && apt-get install -qy --no-install-recommends postgresql && rm -rf /var/lib/apt/lists/* \
    && install --directory --owner postgres --group postgres --mode 3777 /var/lib/postgresql/data /run/postgresql
COPY postgres.sh /usr/local/bin/postgres.sh
ENV PATH=/usr/lib/postgresql/15/bin:$PATH PGDATA=/var/lib/postgresql/data
STOPSIGNAL SIGINT
VOLUME /var/lib/postgresql/data
CMD ["bash", "/usr/local/bin/postgres.sh"]
