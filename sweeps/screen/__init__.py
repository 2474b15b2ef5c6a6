"""Print for a person or a program, and read arguments; whatever a user named is printed literally."""
