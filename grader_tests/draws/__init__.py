"""One module a chapter; each holds the reference forwards and makes the cards of its exercises."""
