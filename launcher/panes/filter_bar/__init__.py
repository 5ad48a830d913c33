"""The bar above the requests: what is looked for, what is hidden, and how to see all of it."""
