"""The op table: forward rule, local derivatives and LaTeX of each op."""
