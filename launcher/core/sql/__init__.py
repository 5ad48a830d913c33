"""SQL statements as text: what two have in common, how one is shown, and what its values are."""
