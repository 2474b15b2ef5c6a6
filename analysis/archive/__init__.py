"""Write the trials of a table as one file that opens on another machine and verifies itself."""
