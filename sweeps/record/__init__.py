"""The record of a trial: its files, the writing of them, and what is shown or drawn from them."""
