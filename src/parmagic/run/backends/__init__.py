"""The backends, one a file: each is `run(job, workers)`, as `run.backend` says."""
