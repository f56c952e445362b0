"""What travels beside a module file, how large data do, and what cannot."""
