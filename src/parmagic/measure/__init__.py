"""What a run took: its records, its serial baseline, and whether the values agree."""
