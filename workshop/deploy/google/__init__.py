"""The container of functions/container in the learner's own Google Cloud.

What is done there is one table, plan.py; a dry run prints it, a deployment
goes through it. gcloud.py alone runs Google's command line, which knows the
learner's login; nothing here looks at it.
"""
