"""Work with W&B: mirror trials, be an agent, choose configs for its sweep scheduler."""
