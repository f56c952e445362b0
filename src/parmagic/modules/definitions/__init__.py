"""Says how each kind of function, class or object is made again in a module file."""
