"""The servers a platform brings with it: PostgreSQL and a Kafka-compatible broker, from wheels, nothing to install."""
