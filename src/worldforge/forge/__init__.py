"""The facade: providers by name and capability, and worlds that are kept."""
