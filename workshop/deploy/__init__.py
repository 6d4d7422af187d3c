"""From the learner's work to what a cloud takes."""
