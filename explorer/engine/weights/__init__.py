"""Weights: their visible part, statistics, and explanations of their gradients."""
