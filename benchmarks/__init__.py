"""Ratios for the targets of speed, size and memory, each by a script of its own. `make bench` prints them all."""
