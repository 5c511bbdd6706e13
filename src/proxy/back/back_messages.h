#pragma once
// How requests and responses look on a connection to a back, and what of them stays there (RFC 9110 §7.6.1).
#include <string>
#include <vector>

#include "gateway/message.h"
#include "http1/client.h"
#include "http2/event.h"
#include "proxy/back/back_request.h"

namespace astray::proxy {

/// Whether the field of this name belongs to a connection, or has a place of its own in a
/// head: Connection, Content-Length, Host, Keep-Alive, Proxy-Connection, Transfer-Encoding, Upgrade.
bool stays_behind(std::string_view name);

/// Writes over `request`, whose memory is used again.
void write_http1_request(const RequestHead& head, http1::Request& request);
http1::FieldLines trailer_lines(const Fields& trailers);
/// With :protocol where the head asks for an upgrade (RFC 8441), and then without a key of WebSocket (§5).
http2::Fields http2_request_fields(const RequestHead& head);

/// What travels on: names in lower case, without what stays behind or Connection names, and without lines
/// that HTTP/2 could not carry (a name that is no token, control characters).
enum class FieldBytes : uint8_t { unknown, plain };
Fields fields_from_http1(const http1::Fields& fields, FieldBytes bytes_are = FieldBytes::unknown);
Fields fields_from_http2(Fields fields);

ResponseHead head_from_http1(const http1::ResponseHead& head);
/// Whether the head is all of the response.
enum class StreamEnds : uint8_t { no, here };
/// `method` is that of the request.
ResponseHead head_from_http2(http2::ResponseHead head, std::string_view method, StreamEnds ends);

}  // namespace astray::proxy
