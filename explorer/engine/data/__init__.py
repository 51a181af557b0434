"""Downloads of data sets, and data sets as tensors."""
