"""Print a comparison: in the terminal, as Markdown, LaTeX, HTML or CSV."""
