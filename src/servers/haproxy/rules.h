#pragma once
// http-request, tcp-request and redirect rules, as far as they change who answers and with which status.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "servers/haproxy/acl.h"

namespace astray::haproxy {

/// Text with %[expressions] in it (section 8.2.4's custom formats).
struct Format {
  struct Piece {
    std::string text;                      ///< where there is no expression
    std::optional<Expression> expression;
    bool known = true;                     ///< false: a log variable such as %ci
  };
  std::vector<Piece> pieces;
  std::string text;  ///< as written
  bool is_literal() const;
};
Format read_format(const Word& word, SourceSpan span, Reading& reading);
/// Absent: nobody can tell. A sample that is not there leaves nothing in its place.
std::optional<std::string> evaluate(const Format& format, const RequestView& request);

struct Rule {
  enum class Action : uint8_t {
    allow,         ///< ends the rules of this proxy
    refuse,        ///< answers `status`, an error
    close,         ///< ends the connection, or the stream, without an answer
    answer,        ///< `http-request return status N`
    redirect,      ///< answers `status`, a redirection
    set_host,
    set_variable,
    drop_variable,
    obscure_host,  ///< changes the Host in a way that nobody can tell
    unknown,       ///< may end the request: a script, a service, …
  };
  Action action = Action::unknown;
  int status = 0;
  std::string variable;                  ///< "txn.host"
  std::optional<Expression> expression;  ///< set_variable with an expression
  std::optional<Format> format;          ///< set_host, set_variable with a format
  Condition condition;
  SourceSpan span;
};

/// A line that starts with http-request, tcp-request or redirect; absent: it changes nothing that astray asks.
std::optional<Rule> read_rule(const Line& line, const NamedAcls& acls, Reading& reading);

/// Where `if` or `unless` starts on the line, from `first` on; the number of words without.
size_t condition_start(const Line& line, size_t first);

}  // namespace astray::haproxy
