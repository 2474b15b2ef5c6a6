"""Coordinate networks: the mathematics of a trial, its one schema, and the trial itself."""
