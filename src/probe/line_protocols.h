#pragma once
// FTP (RFC 959) and SMTP (RFC 5321) have a 421 of their own. Both greet first, with a reply of three digits
// and a text, over one or several lines ("421-…", "421 …"). This engine (base/engine.h) waits for the
// greeting, finds out which of the two it is, asks politely whether TLS can be started (EHLO; FEAT), says
// QUIT and goes.
//
// Events: LineReply*, then one LineAnswer or LineFailed, the last ever. After a 421 nothing more is sent: the
// peer closes. No timer runs here: a caller whose time is up calls receive_end() to hear what is known by
// then.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/engine.h"
#include "http1/other_protocol.h"
#include "http1/send_queue.h"
#include "names/port.h"

namespace astray {

enum class LineProtocol : uint8_t { ftp, smtp, unknown };
std::string_view to_string(LineProtocol protocol);

/// What told which protocol it is, the strongest first.
enum class LineBasis : uint8_t {
  greeting_text,  ///< "FTP" or "SMTP" in the greeting, or the words of the RFC for its 421
  reply_code,   ///< 120 is FTP's, 554 in a greeting is SMTP's; "421 4.7.0 …" has SMTP's enhanced code (RFC
                ///< 3463)
  ehlo_answer,  ///< EHLO got 250 (SMTP) or 530 "not logged in" (FTP)
  port,         ///< only the port suggests it: 21 and 990, or 25, 465 and 587
  none,         ///< could not tell
};
std::string_view to_string(LineBasis basis);

/// What a reply answers.
enum class LineStep : uint8_t { greeting, ehlo, feat, quit };

/// Whether the peer offers to start TLS on this connection: SMTP's STARTTLS (RFC 3207), FTP's AUTH TLS (RFC
/// 4217).
enum class StartTls : uint8_t { offered, not_offered, could_not_tell };
std::string_view to_string(StartTls offer);

/// One complete reply. `text` has one line per line of the reply, without its code, as it came.
struct LineReply {
  LineStep step{};
  int code = 0;
  std::string_view text;
};

struct LineAnswer {
  LineProtocol protocol = LineProtocol::unknown;
  LineBasis basis = LineBasis::none;
  int greeting_code = 0;
  std::string_view greeting;  ///< its text
  StartTls start_tls = StartTls::could_not_tell;
  /// The peer said 421 in answer to this, with `refusal` as the text.
  std::optional<LineStep> refused_at{};
  std::string_view refusal{};
};
/// One sentence without full stop, printable; of a 421 that it is not HTTP's.
std::string describe(const LineAnswer& answer);

enum class LineError : uint8_t {
  no_greeting,       ///< the peer ended, or the caller gave up, before one byte came
  cut_greeting,      ///< the greeting was not complete
  no_line_protocol,  ///< the first line is no reply
  reply_too_large,
};
std::string_view describe(LineError error);

struct LineFailed {
  LineError error{};
  std::string_view first_bytes{};  ///< of the connection, as they came
  /// Of no_line_protocol; none when they look like HTTP/1.
  http1::OtherProtocol looks_like = http1::OtherProtocol::none;
};

class LineProtocolClient {
 public:
  using Event = std::variant<LineReply, LineAnswer, LineFailed>;

  /// `port` is a hint only.
  explicit LineProtocolClient(Port port) : port_(port) {}

  void receive(std::string_view bytes);
  void receive_end() { input_ended_ = true; }
  std::optional<Event> next_event();
  size_t write_to(std::span<char> buffer) { return output_.write_to(buffer); }
  std::optional<MonotonicTime> deadline() const { return std::nullopt; }
  void on_deadline(MonotonicTime) {}

  /// All lines of one reply together, in bytes.
  static constexpr size_t max_reply_bytes = 16 * 1024;

 private:
  enum class State : uint8_t { reading, answer, done };
  enum class LineOutcome : uint8_t { needs_more, complete, no_reply };

  std::optional<Event> take_reply();
  LineOutcome take_line();
  bool is_no_greeting() const;
  void after_greeting();
  void after_ehlo();
  void after_feat();
  void ask(LineStep step, std::string_view command);
  void tell(LineProtocol protocol, LineBasis basis);
  void tell_by_text();
  void tell_by_port();
  Event finish();
  Event fail(LineError error);

  Port port_;
  http1::SendQueue output_;
  State state_ = State::reading;
  std::string_view input_;
  bool input_ended_ = false;

  LineStep step_ = LineStep::greeting;
  std::string line_;        // what came of the current line
  std::string first_line_;  // of the connection
  int code_ = 0;            // of the current reply; 0 before its first line
  size_t reply_bytes_ = 0;
  std::string text_;
  std::string greeting_;
  std::string refusal_;
  LineAnswer answer_;
};
static_assert(Engine<LineProtocolClient>);

}  // namespace astray
