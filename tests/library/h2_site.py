"""An HTTP/2 server on loopback, for names that share a certificate: answers "hello from NAME"."""
import socket
import ssl
import subprocess
import threading

import h2.config
import h2.connection
import h2.events


class Site:
    """`with Site(folder, ["a.test"]) as site: site.port, site.ca_file`"""

    def __init__(self, folder, names):
        key, self.ca_file = folder / "site.key", folder / "site.pem"
        alternatives = ",".join(f"DNS:{name}" for name in names)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-keyout", key, "-out", self.ca_file, "-subj", f"/CN={names[0]}", "-addext", f"subjectAltName={alternatives}"],
                       check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.ca_file, key)
        self.context.set_alpn_protocols(["h2"])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            with self.context.wrap_socket(client, server_side=True) as stream:
                connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
                connection.initiate_connection()
                stream.sendall(connection.data_to_send())
                while data := stream.recv(65536):
                    for event in connection.receive_data(data):
                        if isinstance(event, h2.events.RequestReceived):
                            authority = next(value for name, value in event.headers if name in (":authority", b":authority"))
                            name = (authority.decode() if isinstance(authority, bytes) else authority).split(":")[0]
                            connection.send_headers(event.stream_id, [(":status", "200")])
                            connection.send_data(event.stream_id, f"hello from {name}".encode(), end_stream=True)
                    stream.sendall(connection.data_to_send())
        except (OSError, ssl.SSLError):
            pass  # the client left
