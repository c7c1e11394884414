"""What people would use instead, measured beside Memorizer; never imported into its process."""
