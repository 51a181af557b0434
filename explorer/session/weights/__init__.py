"""What the Weights tab looks at."""
