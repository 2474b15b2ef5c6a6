"""Load trials into the tidy frame from a runs folder, W&B or Optuna."""
