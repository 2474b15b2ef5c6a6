"""Experiments: propose configs, run their trials, record and track them."""
