#include "probe/line_protocols.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/check.h"

namespace astray {
namespace {

constexpr int service_not_available = 421;

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  return ascii_lower(text).find(ascii_lower(part)) != std::string::npos;
}

// The three digits at the start of a line, if they are followed by a blank, '-' or nothing; otherwise 0.
int reply_code(std::string_view line) {
  if (line.size() < 3 || (line.size() > 3 && line[3] != ' ' && line[3] != '-')) return 0;
  for (char c : line.substr(0, 3))
    if (!is_ascii_digit(c)) return 0;
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  return code >= 100 && code < 600 ? code : 0;
}

// Words with a dot are names and versions: "ftp.example.com ESMTP" is a mail server.
LineProtocol named_in(std::string_view text) {
  bool ftp = false;
  bool smtp = false;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(" \t\n"), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.find('.') != std::string_view::npos) continue;
    ftp = ftp || contains_ignoring_case(word, "ftp") || ascii_istarts_with(word, "FileZilla");
    smtp = smtp || contains_ignoring_case(word, "smtp");
  }
  if (ftp == smtp) return LineProtocol::unknown;
  return ftp ? LineProtocol::ftp : LineProtocol::smtp;
}

// "4.7.0 text": RFC 3463 §2, whose class repeats the first digit of the reply code.
bool has_enhanced_code(int code, std::string_view text) {
  const auto skip_digits = [&text] {
    const size_t before = text.size();
    while (!text.empty() && is_ascii_digit(text.front())) text.remove_prefix(1);
    return before != text.size();
  };
  if (text.size() < 2 || text[0] - '0' != code / 100 || text[1] != '.') return false;
  text.remove_prefix(2);
  if (!skip_digits() || text.empty() || text.front() != '.') return false;
  text.remove_prefix(1);
  return skip_digits() && (text.empty() || text.front() == ' ');
}

// Whether one of the lines begins with these words, whatever stands between and behind them.
bool has_line(std::string_view text, std::string_view first_word, std::string_view second_part) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = ascii_trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!ascii_istarts_with(line, first_word)) continue;
    line.remove_prefix(first_word.size());
    if (!line.empty() && line.front() != ' ') continue;
    if (second_part.empty() || contains_ignoring_case(line, second_part)) return true;
  }
  return false;
}

std::string shown(std::string_view text) {
  return http1::printable(text.substr(0, text.find('\n')));
}

std::string_view told_by(LineBasis basis) {
  switch (basis) {
    case LineBasis::greeting_text:
      return "told from the text of its greeting";
    case LineBasis::reply_code:
      return "told from its reply code";
    case LineBasis::ehlo_answer:
      return "told from its answer to EHLO";
    case LineBasis::port:
      return "only the port suggests it";
    case LineBasis::none:
      return "which of both could not be told";
  }
  return "";
}

std::string_view spoken_name(LineProtocol protocol) {
  switch (protocol) {
    case LineProtocol::ftp:
      return "FTP";
    case LineProtocol::smtp:
      return "SMTP";
    case LineProtocol::unknown:
      return "FTP or SMTP";
  }
  return "";
}

std::string_view meaning_of_421(LineProtocol protocol) {
  switch (protocol) {
    case LineProtocol::ftp:
      return "service not available, closing control connection: RFC 959 section 4.2.2";
    case LineProtocol::smtp:
      return "service not available, closing transmission channel: RFC 5321 section 4.2.3";
    case LineProtocol::unknown:
      return "service not available, in both";
  }
  return "";
}

}  // namespace

std::string_view to_string(LineProtocol protocol) {
  switch (protocol) {
    case LineProtocol::ftp:
      return "ftp";
    case LineProtocol::smtp:
      return "smtp";
    case LineProtocol::unknown:
      return "unknown";
  }
  return "";
}

std::string_view to_string(LineBasis basis) {
  switch (basis) {
    case LineBasis::greeting_text:
      return "greeting_text";
    case LineBasis::reply_code:
      return "reply_code";
    case LineBasis::ehlo_answer:
      return "ehlo_answer";
    case LineBasis::port:
      return "port";
    case LineBasis::none:
      return "none";
  }
  return "";
}

std::string_view to_string(StartTls offer) {
  switch (offer) {
    case StartTls::offered:
      return "offered";
    case StartTls::not_offered:
      return "not_offered";
    case StartTls::could_not_tell:
      return "could_not_tell";
  }
  return "";
}

std::string describe(const LineAnswer& answer) {
  const std::string_view name = spoken_name(answer.protocol);
  const std::string_view basis = told_by(answer.basis);
  if (answer.refused_at)
    return fmt::format("{} answered 421 ({}; {}), which is not HTTP's 421 Misdirected Request: \"{}\"", name,
                       meaning_of_421(answer.protocol), basis, shown(answer.refusal));
  const std::string greeting = fmt::format("{} speaks here ({}), no HTTP; it greeted with {} \"{}\"", name,
                                           basis, answer.greeting_code, shown(answer.greeting));
  switch (answer.start_tls) {
    case StartTls::offered:
      return greeting + " and offers to start TLS";
    case StartTls::not_offered:
      return greeting + " and does not offer to start TLS";
    case StartTls::could_not_tell:
      break;
  }
  return greeting;
}

std::string_view describe(LineError error) {
  switch (error) {
    case LineError::no_greeting:
      return "no greeting came: FTP and SMTP servers speak first";
    case LineError::cut_greeting:
      return "the greeting was not complete";
    case LineError::no_line_protocol:
      return "the first line is no reply of FTP or SMTP";
    case LineError::reply_too_large:
      return "a reply is larger than the limit";
  }
  return "";
}

void LineProtocolClient::receive(std::string_view bytes) {
  CHECK(input_.empty() && !input_ended_);
  input_ = bytes;
}

std::optional<LineProtocolClient::Event> LineProtocolClient::next_event() {
  if (state_ == State::answer) return finish();
  if (state_ == State::done) {
    input_ = {};
    return std::nullopt;
  }
  while (!input_.empty()) {
    if (++reply_bytes_ > max_reply_bytes) return fail(LineError::reply_too_large);
    const char next = input_.front();
    input_.remove_prefix(1);
    if (next != '\n') {
      line_ += next;
      if (is_no_greeting()) return fail(LineError::no_line_protocol);
      continue;
    }
    if (line_.ends_with('\r')) line_.pop_back();
    switch (take_line()) {
      case LineOutcome::needs_more:
        break;
      case LineOutcome::complete:
        return take_reply();
      case LineOutcome::no_reply:
        if (answer_.greeting_code == 0) return fail(LineError::no_line_protocol);
        return finish();
    }
  }
  if (!input_ended_) return std::nullopt;
  if (answer_.greeting_code != 0) return finish();
  return fail(first_line_.empty() && line_.empty() ? LineError::no_greeting : LineError::cut_greeting);
}

// Peers of binary protocols, and of endless lines, send no line end.
bool LineProtocolClient::is_no_greeting() const {
  if (!first_line_.empty() || line_.size() < 4 || reply_code(line_) != 0) return false;
  return http1::enough_first_bytes(line_).has_value();
}

// RFC 959 §4.2 and RFC 5321 §4.2.1: a reply goes on from "ddd-" to "ddd " of the same code; FTP allows any
// text in between.
LineProtocolClient::LineOutcome LineProtocolClient::take_line() {
  if (first_line_.empty()) first_line_ = line_;
  const std::string line = std::move(line_);
  line_.clear();
  const int code = reply_code(line);
  const bool goes_on = line.size() > 3 && line[3] == '-';
  const bool first = code_ == 0;
  if (first && code == 0) return LineOutcome::no_reply;
  if (first) text_.clear();
  if (!first) text_ += '\n';
  if (first || code == code_) {
    text_ += line.size() > 4 ? line.substr(4) : "";
  } else {
    text_ += line;
  }
  if (first) code_ = code;
  return code == code_ && !goes_on ? LineOutcome::complete : LineOutcome::needs_more;
}

std::optional<LineProtocolClient::Event> LineProtocolClient::take_reply() {
  const LineReply reply{step_, code_, text_};
  if (code_ == service_not_available) {
    refusal_ = text_;
    answer_.refused_at = step_;
    state_ = State::answer;
  }
  switch (step_) {
    case LineStep::greeting:
      after_greeting();
      break;
    case LineStep::ehlo:
      after_ehlo();
      break;
    case LineStep::feat:
      after_feat();
      break;
    case LineStep::quit:
      state_ = State::answer;
      break;
  }
  code_ = 0;
  reply_bytes_ = 0;
  return reply;
}

void LineProtocolClient::after_greeting() {
  answer_.greeting_code = code_;
  greeting_ = text_;
  if (answer_.protocol == LineProtocol::unknown) tell_by_text();
  if (answer_.refused_at) return;
  constexpr int ready_soon = 120;  // FTP: another greeting follows
  constexpr int ready = 220;
  if (code_ == ready_soon) return;
  if (code_ != ready) {
    ask(LineStep::quit, "QUIT");
  } else if (answer_.protocol == LineProtocol::ftp) {
    ask(LineStep::feat, "FEAT");
  } else {
    ask(LineStep::ehlo, "EHLO astray.invalid");
  }
}

void LineProtocolClient::after_ehlo() {
  if (answer_.refused_at) {
    if (answer_.protocol == LineProtocol::unknown) tell_by_text();
    return;
  }
  constexpr int done = 250;
  constexpr int not_logged_in = 530;
  const bool unknown_command = code_ == 500 || code_ == 502;
  if (answer_.protocol == LineProtocol::unknown) {
    if (code_ == done) tell(LineProtocol::smtp, LineBasis::ehlo_answer);
    if (code_ == not_logged_in) tell(LineProtocol::ftp, LineBasis::ehlo_answer);
    if (answer_.protocol == LineProtocol::unknown) tell_by_port();
  }
  if (answer_.protocol == LineProtocol::ftp) {
    ask(LineStep::feat, "FEAT");
    return;
  }
  // Who does not know EHLO knows no extension either.
  if (answer_.protocol == LineProtocol::smtp && (code_ == done || unknown_command))
    answer_.start_tls =
        code_ == done && has_line(text_, "STARTTLS", "") ? StartTls::offered : StartTls::not_offered;
  ask(LineStep::quit, "QUIT");
}

void LineProtocolClient::after_feat() {
  if (answer_.refused_at) return;
  constexpr int system_status = 211;
  if (code_ == system_status)
    answer_.start_tls = has_line(text_, "AUTH", "TLS") ? StartTls::offered : StartTls::not_offered;
  ask(LineStep::quit, "QUIT");
}

void LineProtocolClient::ask(LineStep step, std::string_view command) {
  step_ = step;
  output_.append(command);
  output_.append("\r\n");
}

void LineProtocolClient::tell(LineProtocol protocol, LineBasis basis) {
  answer_.protocol = protocol;
  answer_.basis = basis;
}

// By the reply that was just read.
void LineProtocolClient::tell_by_text() {
  constexpr int ready_soon = 120;
  constexpr int no_smtp_service = 554;
  const LineProtocol named = named_in(text_);
  if (named != LineProtocol::unknown) return tell(named, LineBasis::greeting_text);
  if (code_ == service_not_available && contains_ignoring_case(text_, "closing transmission channel"))
    return tell(LineProtocol::smtp, LineBasis::greeting_text);
  if (code_ == service_not_available && contains_ignoring_case(text_, "closing control connection"))
    return tell(LineProtocol::ftp, LineBasis::greeting_text);
  if (code_ == ready_soon) return tell(LineProtocol::ftp, LineBasis::reply_code);
  if (code_ == no_smtp_service || has_enhanced_code(code_, text_))
    return tell(LineProtocol::smtp, LineBasis::reply_code);
}

void LineProtocolClient::tell_by_port() {
  switch (port_.number()) {
    case 21:
    case 990:
      return tell(LineProtocol::ftp, LineBasis::port);
    case 25:
    case 465:
    case 587:
      return tell(LineProtocol::smtp, LineBasis::port);
    default:
      return tell(LineProtocol::unknown, LineBasis::none);
  }
}

LineProtocolClient::Event LineProtocolClient::finish() {
  if (answer_.protocol == LineProtocol::unknown) tell_by_port();
  state_ = State::done;
  input_ = {};
  answer_.greeting = greeting_;
  answer_.refusal = refusal_;
  return answer_;
}

LineProtocolClient::Event LineProtocolClient::fail(LineError error) {
  state_ = State::done;
  input_ = {};
  if (first_line_.empty()) first_line_ = line_;
  const std::string_view first_bytes =
      std::string_view(first_line_)
          .substr(0, http1::enough_first_bytes(first_line_).value_or(first_line_.size()));
  const bool other = error == LineError::no_line_protocol;
  return LineFailed{error, first_bytes,
                    other ? http1::recognise_other(first_bytes) : http1::OtherProtocol::none};
}

}  // namespace astray
