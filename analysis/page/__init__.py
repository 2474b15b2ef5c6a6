"""The parts of the report's page: what stands in it, each made from the frame. The page itself is ``page.html``."""
