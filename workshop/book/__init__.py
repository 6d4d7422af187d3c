"""The book: every lesson and exercise as pages that need no network."""
