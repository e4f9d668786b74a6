# Stands in for prom/prometheus: Debian's.
ARG BASE
FROM ${BASE}
RUN apt-get update -q && apt-get install -qy --no-install-recommends prometheus && rm -rf /var/lib/apt/lists/* \
    && install --directory --owner nobody /prometheus
USER nobody
VOLUME /prometheus
ENTRYPOINT ["prometheus"]
