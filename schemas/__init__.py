"""The contract: messages, Avro schemas, topics, the port to the event log, ids, errors. Imports nothing of ours."""
