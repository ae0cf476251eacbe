"""Rehearsal: what other rules would have made of what happened, tried out and, where wanted, written down."""
