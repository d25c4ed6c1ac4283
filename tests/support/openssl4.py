"""A TLS server on 127.0.0.1 by the OpenSSL that Python's `cryptography` ships, which is newer than Debian's: it knows
X25519MLKEM768. Arguments: certificate chain, key, port."""

import socket
import sys

from OpenSSL import SSL

chain, key, port = sys.argv[1:]
context = SSL.Context(SSL.TLS_SERVER_METHOD)
context.use_certificate_chain_file(chain)
context.use_privatekey_file(key)
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(port)))
listener.listen(16)
while True:
    client, _ = listener.accept()
    try:
        stream = SSL.Connection(context, client)
        stream.set_accept_state()
        stream.do_handshake()
        stream.shutdown()
    except SSL.Error as error:
        print(repr(error), flush=True)
    client.close()
