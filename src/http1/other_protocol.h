#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace astray::http1 {

/// What the first bytes of a peer look like when they do not look like HTTP/1. A look at bytes, no proof.
enum class OtherProtocol : uint8_t {
  none,           ///< the bytes do start like HTTP/1
  http_0_9,       ///< a document without a status line: it starts with '<'
  http_2,         ///< a SETTINGS frame (server) or the client preface
  tls,            ///< a TLS record: this port wants TLS
  ssh,            ///< "SSH-"
  numeric_reply,  ///< three digits and a blank or '-': FTP, SMTP, NNTP … ("220 ftp ready", "421 …")
  mail_greeting,  ///< POP3 "+OK", IMAP "* OK"
  other_text,
  other_bytes,
};
std::string_view to_string(OtherProtocol protocol);
OtherProtocol recognise_other(std::string_view first_bytes);

inline constexpr size_t max_kept_first_bytes = 128;
/// How many of a peer's first bytes are enough to recognise it and to show: up to the first line end, or
/// max_kept_first_bytes, or the header of a binary record. Nothing while more are needed.
std::optional<size_t> enough_first_bytes(std::string_view bytes);

/// For messages and logs: printable ASCII as it is, other bytes as \xNN.
std::string printable(std::string_view first_bytes);

}  // namespace astray::http1
