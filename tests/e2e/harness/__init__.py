"""What the end-to-end tests share: a real server, real clients and short words for both."""
