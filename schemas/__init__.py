"""The contract: messages, their Avro schemas, topics, the port to the event log, ids and errors. Imports nothing of ours."""
