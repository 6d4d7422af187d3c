"""From a function app to the learner's own Azure account, and back.

What is done there is one table, plan.py; a dry run prints it, a deployment
goes through it. account.py alone makes credentials and sends requests.
"""
