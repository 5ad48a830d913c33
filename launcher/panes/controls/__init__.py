"""Small widgets that panes are made of, and that Qt has none of: tables, texts, switches, marks."""
