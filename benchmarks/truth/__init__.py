"""Is what parmagic says of a run true? Estimates, advice and forecasts against measurements."""
