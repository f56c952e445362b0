"""Draws runs with matplotlib, which nothing else imports."""
