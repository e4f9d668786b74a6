"""The event log of many machines: Kafka, by kafka-python, whose errors end here."""
