"""What every service stands on: money, events, case store, bus, law. No business decisions but the law's."""
