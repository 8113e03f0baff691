"""A real Apache Kafka of our own for tests: its published Java archives, fetched by Maven, run on the loopback."""
