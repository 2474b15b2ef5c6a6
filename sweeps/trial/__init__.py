"""Run a trial in this process: device and threads, signals, waits, heartbeats."""
