"""One thread: the tests are small, several processes share the cores, and sums keep their order."""

import torch

torch.set_num_threads(1)
