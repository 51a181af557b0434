"""The Autodiff tab."""
