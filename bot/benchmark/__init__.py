"""Benchmarks: figures of this machine, each beside a floor or a peer that was measured in the same run."""
