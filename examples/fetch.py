#!/usr/bin/env python3
"""fetch.py [OPTION=VALUE…] URL…: fetches one after the other on one client; says which connection carried each."""
import ctypes
import sys

STATUS, CONNECTION_ID, ERROR_SENTENCE, CARRIAGE = 1, 3, 3, 7  # astray.h

astray = ctypes.CDLL("libastray.so.0")
for name in ("options_new", "client_new", "request_new", "client_fetch"):
    getattr(astray, f"astray_{name}").restype = ctypes.c_void_p
for name in ("outcome_text", "options_error"):
    getattr(astray, f"astray_{name}").restype = ctypes.c_char_p
astray.astray_outcome_number.restype = ctypes.c_uint64
astray.astray_outcome_body.restype = ctypes.c_void_p

options = ctypes.c_void_p(astray.astray_options_new())
urls = [word for word in sys.argv[1:] if word.startswith("http")]
for word in sys.argv[1:]:
    name, _, value = word.partition("=")
    if word not in urls and astray.astray_options_set(options, name.encode(), value.encode()) != 0:
        sys.exit(astray.astray_options_error(options).decode())

client = ctypes.c_void_p(astray.astray_client_new(options))
failed = 0
for url in urls:
    request = ctypes.c_void_p(astray.astray_request_new(url.encode()))
    outcome = ctypes.c_void_p(astray.astray_client_fetch(client, request))
    size = ctypes.c_size_t()
    astray.astray_outcome_body(outcome, ctypes.byref(size))
    error = astray.astray_outcome_text(outcome, ERROR_SENTENCE).decode()
    status, connection = (astray.astray_outcome_number(outcome, number) for number in (STATUS, CONNECTION_ID))
    carriage = astray.astray_outcome_text(outcome, CARRIAGE).decode()
    if error:
        print(f"{url}: {error}", file=sys.stderr)
        failed = 1
    else:
        print(f"{url}: {status}, {size.value} bytes, connection {connection} ({carriage})")
    astray.astray_outcome_free(outcome)
    astray.astray_request_free(request)
astray.astray_client_free(client)
astray.astray_options_free(options)
sys.exit(failed)
