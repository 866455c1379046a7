"""The HTML page of a report: one file that holds everything it shows."""
