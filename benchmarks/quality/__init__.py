"""Quality on published protocols."""
