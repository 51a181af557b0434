"""The network's graph: what is shown, selected and searched for."""
