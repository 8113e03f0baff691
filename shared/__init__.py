"""What every service stands on: money, events, the case store, the bus, the law. No business decisions but the law's."""
