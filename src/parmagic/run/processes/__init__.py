"""The notebook's end of worker processes: how they are started, spoken to, and ended."""
