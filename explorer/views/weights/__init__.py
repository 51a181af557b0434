"""The Weights tab."""
