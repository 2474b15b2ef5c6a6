"""Write the report: one HTML file with the tables, the pictures and all trials, made from ``page.html``."""
