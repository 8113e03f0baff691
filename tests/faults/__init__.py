"""The fault suite: whatever is killed, cut or told twice, nothing is lost and nothing is doubled. `make faults`."""
