"""Plots of curves and of training."""
