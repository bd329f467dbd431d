"""Methods side by side: each with its best honest setting, one currency, judged against images that nobody started from."""
