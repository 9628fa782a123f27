"""What scans of one item say about copies of its label, and made-up scans to try that on."""
