"""Claims and their protocols: load, check, bind, draft."""
