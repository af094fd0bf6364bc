"""Pages for people: of a plan, a run sheet, a packet and a brief."""
