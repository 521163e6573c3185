"""drill rehearses disasters: it breaks, recovers, measures and reports."""
