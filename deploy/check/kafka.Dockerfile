# Stands in for apache/kafka: the same broker, from Maven Central's jars, told its settings in the same way.
ARG BASE
FROM ${BASE}
RUN apt-get update -q && apt-get install -qy --no-install-recommends openjdk-17-jre-headless && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 appuser \
    && install --directory --owner appuser /var/lib/kafka/data /opt/kafka/config /opt/kafka/logs
COPY *.jar /opt/kafka/libs/
COPY kafka.sh /opt/kafka/run
USER appuser
VOLUME /var/lib/kafka/data
CMD ["bash", "/opt/kafka/run"]
