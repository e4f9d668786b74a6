# Starts a broker from KAFKA_… variables, as the image that this one stands in for does: `_` is a dot.
set -eu
config=/opt/kafka/config
export LOG_DIR=/opt/kafka/logs
env | sed -n 's/^KAFKA_\([A-Z_]*\)=/\1 /p' | while read -r name value; do
    [ "$name" = HEAP_OPTS ] || printf '%s=%s\n' "$(printf %s "$name" | tr 'A-Z_' 'a-z.')" "$value"
done >"$config/server.properties"
cat >"$config/log4j2.yaml" <<'LOG4J'
Configuration:
  Appenders: {Console: {name: out, PatternLayout: {pattern: "%d %p %c{1}: %m%n"}}}
  Loggers: {Root: {level: warn, AppenderRef: {ref: out}}}
LOG4J
run() { java "-Dlog4j2.configurationFile=$config/log4j2.yaml" -cp '/opt/kafka/libs/*' "$@"; }
run kafka.tools.StorageTool format --ignore-formatted -t "$CLUSTER_ID" -c "$config/server.properties"
exec java $KAFKA_HEAP_OPTS "-Dlog4j2.configurationFile=$config/log4j2.yaml" -cp '/opt/kafka/libs/*' \
    kafka.Kafka "$config/server.properties"
