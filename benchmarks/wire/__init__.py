"""An impaired wire: what happens to each datagram (`channel`), and two network namespaces joined by it (`tun`)."""
