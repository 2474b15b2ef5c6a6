"""Choose the next config of a sweep: the search space, the sampler, the study and its queue."""
