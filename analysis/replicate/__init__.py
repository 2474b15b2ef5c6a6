"""Write what was chosen for each row as sweep files on further seeds and data."""
