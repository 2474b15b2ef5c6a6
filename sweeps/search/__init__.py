"""Where the next config of a sweep comes from."""
