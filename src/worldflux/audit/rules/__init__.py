"""Released decision rules, each frozen in a room of its own: a package is judged for ever by the rules it names."""
