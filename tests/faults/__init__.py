"""What must hold when things break: the rows of FAULTS D, E and G, on real servers and real processes."""
