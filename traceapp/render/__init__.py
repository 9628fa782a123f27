"""What leaves on paper: QR symbols, label sheets and lists of codes. Pure: addresses in, bytes out."""
