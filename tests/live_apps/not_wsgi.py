"""Its app is a number."""

app = 42
