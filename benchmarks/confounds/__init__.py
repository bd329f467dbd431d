"""Confounds: neurons that read one thing, known images in which another always goes with it, and what each method shows of that."""
