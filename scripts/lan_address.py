"""Print this machine's address in the local network, as another device there would call it. Sends nothing."""

import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    try:
        # Connecting a datagram socket only asks the routing table which address would be used.
        probe.connect(("192.0.2.1", 9))
        print(probe.getsockname()[0])
    except OSError:
        print("127.0.0.1")
