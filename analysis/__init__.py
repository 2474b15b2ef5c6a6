"""From records to tables and pictures. Imports no torch."""
