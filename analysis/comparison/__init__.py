"""Compare trials: what is averaged, chosen, refused and tested, and the sentences that say so."""
