"""What carries a learner through the workshop: progress, hints, reset,
submit, update.

Every command says at its end what comes next.
"""
