"""`python -m workshop.book` builds the book, for those who write it."""

from workshop.book.command import main

main()
