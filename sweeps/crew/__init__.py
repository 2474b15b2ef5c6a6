"""Run a sweep with a crew of workers: start, watch and replace them, and print the comparison."""
