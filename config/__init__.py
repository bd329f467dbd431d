"""The settings of an installation, and what is checked and set up by them: addresses, log lines, targets of webhooks."""
