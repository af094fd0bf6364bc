"""For authors of providers: the contract kit and runtime profiles."""
