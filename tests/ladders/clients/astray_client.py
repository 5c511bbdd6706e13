"""astray's own client under each of its policies, by way of libastray's C interface (astray.h)."""
import ctypes

import scenario as scenarios

ERROR_SENTENCE = 3  # astray.h


def load(path):
    library = ctypes.CDLL(path)
    pointers = ("options_new", "client_new", "request_new", "client_open", "stream_head", "stream_outcome", "upload_new", "client_fetch")
    for name in pointers:
        function = getattr(library, f"astray_{name}")
        function.restype = ctypes.c_void_p
    for name in ("outcome_text", "options_error", "request_error", "client_error", "version"):
        getattr(library, f"astray_{name}").restype = ctypes.c_char_p
    library.astray_stream_read.restype = ctypes.c_int64
    library.astray_outcome_number.restype = ctypes.c_uint64
    library.astray_upload_new.argtypes = [ctypes.c_size_t, ctypes.c_uint64]
    library.astray_upload_write.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    library.astray_request_set_body.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    return library


class AstrayClient:
    """One client for each scenario, whose requests come one after the other."""
    interactive = True
    speaks_h1 = True
    policy = "strict"

    def __init__(self, lab):
        if not lab.library:
            raise SystemExit("--client astray needs --library, the path of libastray.so")
        self.lab, self.astray = lab, load(lab.library)
        self.client, self.held = None, {}

    def version(self):
        return self.astray.astray_version().decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._end()

    def _end(self):
        for stream, request in self.held.values():
            self.astray.astray_stream_free(stream)
            self.astray.astray_request_free(request)
        self.held = {}
        if self.client:
            self.astray.astray_client_free(self.client)
            self.client = None

    def begin_scenario(self, scenario, _profile):
        self._end()
        options = ctypes.c_void_p(self.astray.astray_options_new())
        settings = {"coalescing": self.policy, "ca_file": self.lab.authority.certificate,
                    "verification": "off" if scenario.overridden else "on"}
        if scenario.data.get("client_certificates"):
            settings["client_certificate_file"] = self.lab.client_pem
        for name, value in settings.items():
            if self.astray.astray_options_set(options, name.encode(), value.encode()) != 0:
                raise RuntimeError(f"{name}: {self.astray.astray_options_error(options).decode()}")
        self.client = ctypes.c_void_p(self.astray.astray_client_new(options))
        self.astray.astray_options_free(options)
        error = self.astray.astray_client_error(self.client).decode()
        if error:
            raise RuntimeError(error)

    def forget_dns(self):
        """Nothing: scenarios in which names move are not played to this client."""

    def send(self, request):
        if request.kind != "plain":
            return {"unsupported": "no WebSocket"}
        asked = ctypes.c_void_p(self.astray.astray_request_new(request.url.encode()))
        upload = self._give_body(asked, request)
        stream = ctypes.c_void_p(self.astray.astray_client_open(self.client, asked))
        head = ctypes.c_void_p(self.astray.astray_stream_head(stream))
        if upload:
            self.astray.astray_upload_free(upload)
        if head and request.hold:
            self.held[request.id] = stream, asked
            return {"status": self.astray.astray_head_status(head)}
        answer, error = self._read(stream)
        outcome = {"error": error} if error else {"status": self.astray.astray_head_status(head), "answer": answer}
        self.astray.astray_stream_free(stream)
        self.astray.astray_request_free(asked)
        return outcome

    def finish(self, request):
        """The rest of a held answer."""
        stream, asked = self.held.pop(request.id)
        answer, error = self._read(stream)
        self.astray.astray_stream_free(stream)
        self.astray.astray_request_free(asked)
        return {"error": error} if error else {"answer": answer}

    def _give_body(self, asked, request):
        if request.body == "none":
            return None
        self.astray.astray_request_set(asked, b"method", b"POST")
        text = scenarios.TEXT.encode()
        if request.body == "text":
            self.astray.astray_request_set_body(asked, text, len(text))
            return None
        upload = ctypes.c_void_p(self.astray.astray_upload_new(1 << 20, 2**64 - 1))
        self.astray.astray_request_set_upload(asked, upload)
        self.astray.astray_upload_write(upload, text, len(text))
        self.astray.astray_upload_finish(upload)
        return upload

    def _read(self, stream):
        """(the body, "") or ("", what was wrong)"""
        buffer, parts = ctypes.create_string_buffer(16 * 1024), []
        while (size := self.astray.astray_stream_read(stream, buffer, len(buffer))) > 0:
            parts.append(buffer.raw[:size])
        if size == 0:
            return b"".join(parts).decode(), ""
        outcome = ctypes.c_void_p(self.astray.astray_stream_outcome(stream))
        return "", self.astray.astray_outcome_text(outcome, ERROR_SENTENCE).decode() or "no reason given"


def _under(policy_name, profile):
    return type("Astray", (AstrayClient,), {"name": f"astray-{policy_name}", "profiles": (profile,), "policy": policy_name})


EVERY_POLICY = [_under("strict", "strict"), _under("rfc9113", "rfc9113"), _under("origin-frame", "origin-frame"),
                _under("off", "uncoalesced")]
