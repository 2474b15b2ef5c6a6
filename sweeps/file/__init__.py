"""Sweep files in W&B's YAML: read, checked against the parameters of a trial, planned."""
