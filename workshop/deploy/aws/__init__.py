"""From the learner's work to a function in their own AWS account, and back.

`plan.py` says what will be sent, as data; the dry run prints that, and
`deployment.py` sends it. `account.py` alone makes clients of AWS.
"""
