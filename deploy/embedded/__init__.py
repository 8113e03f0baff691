"""The servers a platform brings along, from wheels: PostgreSQL and a Kafka-compatible broker."""
