"""Statistics and pictures of weights, and explanations of their gradients."""
