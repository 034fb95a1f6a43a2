"""What features bring: cold items, cold users, click probabilities."""
