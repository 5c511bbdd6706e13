#include "http1/other_protocol.h"

#include "base/ascii.h"
#include "http1/characters.h"
#include "names/raw_host.h"

namespace astray::http1 {
namespace {

constexpr size_t tls_shown_bytes =
    7;  // record header (RFC 8446 §5.1), and of an alert also level and description
constexpr size_t http2_frame_header = 9;  // RFC 9113 §4.1

bool is_tls_content_type(char c) {
  return c >= 0x14 && c <= 0x17;
}

bool starts_with_frame_zero(std::string_view bytes) {
  return bytes.front() == '\0';
}

}  // namespace

std::string_view to_string(OtherProtocol protocol) {
  switch (protocol) {
    case OtherProtocol::none:
      return "none";
    case OtherProtocol::http_0_9:
      return "http_0_9";
    case OtherProtocol::http_2:
      return "http_2";
    case OtherProtocol::tls:
      return "tls";
    case OtherProtocol::ssh:
      return "ssh";
    case OtherProtocol::numeric_reply:
      return "numeric_reply";
    case OtherProtocol::mail_greeting:
      return "mail_greeting";
    case OtherProtocol::other_text:
      return "other_text";
    case OtherProtocol::other_bytes:
      return "other_bytes";
  }
  return "";
}

OtherProtocol recognise_other(std::string_view bytes) {
  if (bytes.empty() || bytes.starts_with("HTTP/")) return OtherProtocol::none;
  if (bytes.size() >= 2 && is_tls_content_type(bytes[0]) && bytes[1] == 3) return OtherProtocol::tls;
  // A SETTINGS frame (type 4) on stream 0 opens a server's side of HTTP/2 (RFC 9113 §3.4).
  if (bytes.size() >= http2_frame_header && starts_with_frame_zero(bytes) && bytes[3] == 4 &&
      bytes.substr(5, 4) == std::string_view("\0\0\0\0", 4))
    return OtherProtocol::http_2;
  if (bytes.starts_with("PRI * HTTP/2")) return OtherProtocol::http_2;
  if (bytes.starts_with("SSH-")) return OtherProtocol::ssh;
  if (bytes.starts_with("+OK") || bytes.starts_with("* OK")) return OtherProtocol::mail_greeting;
  if (bytes.size() >= 4 && is_ascii_digit(bytes[0]) && is_ascii_digit(bytes[1]) && is_ascii_digit(bytes[2]) &&
      (bytes[3] == ' ' || bytes[3] == '-'))
    return OtherProtocol::numeric_reply;
  if (find_control(bytes) != bytes.size()) return OtherProtocol::other_bytes;
  const std::string_view text = trim_blanks(bytes);
  return text.starts_with('<') ? OtherProtocol::http_0_9 : OtherProtocol::other_text;
}

std::optional<size_t> enough_first_bytes(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  size_t wanted = max_kept_first_bytes;
  if (is_tls_content_type(bytes[0]) && (bytes.size() == 1 || bytes[1] == 3)) {
    wanted = tls_shown_bytes;
  } else if (starts_with_frame_zero(bytes)) {
    wanted = http2_frame_header;
  } else if (const size_t line_feed = bytes.find('\n'); line_feed < wanted) {
    const bool after_cr = line_feed != 0 && bytes[line_feed - 1] == '\r';
    return after_cr ? line_feed - 1 : line_feed;
  }
  if (bytes.size() >= wanted) return wanted;
  return std::nullopt;
}

std::string printable(std::string_view first_bytes) {
  return RawHost(std::string(first_bytes)).printable();
}

}  // namespace astray::http1
