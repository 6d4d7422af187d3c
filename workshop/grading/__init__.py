"""`workshop grade`: many submissions, judged by this repository's tests.

Whatever a submission does, it does to itself: each answer is judged in
processes that are shut in, and the rest goes on.
"""
