#include "gateway/refusal/trouble.h"

#include <array>

#include <fmt/format.h>

#include "gateway/refusal/statement.h"

namespace astray::gateway {
namespace {

struct Row {
  Trouble trouble;
  int status;
  std::string_view id;
  std::string_view sentence;
};

constexpr std::array rows{
    Row{Trouble::no_route, 404, "no-route", "no route of this virtual host takes the request"},
    Row{Trouble::bad_path, 400, "bad-path", "the path can be understood in more than one way"},
    Row{Trouble::bad_head, 400, "bad-head", "the head of the request breaks the rules of HTTP"},
    Row{Trouble::head_too_large, 431, "head-too-large", "the head of the request is too large"},
    Row{Trouble::target_too_long, 414, "target-too-long", "the target of the request is too long"},
    Row{Trouble::version_unknown, 505, "version-unknown", "the request is of another version of HTTP"},
    Row{Trouble::coding_unknown, 501, "coding-unknown", "the body is in a transfer coding that is not known"},
    Row{Trouble::request_timeout, 408, "request-timeout", "the rest of the request did not come in time"},
    Row{Trouble::body_too_large, 413, "body-too-large", "the body of the request is too large"},
    Row{Trouble::upgrade_impossible, 501, "upgrade-impossible", "the back cannot be asked for this protocol"},
    Row{Trouble::back_unavailable, 503, "back-unavailable", "no address of the back is usable"},
    Row{Trouble::back_overloaded, 503, "back-overloaded", "the back has as many requests as it may have"},
    Row{Trouble::back_unreachable, 502, "back-unreachable", "the back cannot be reached"},
    Row{Trouble::back_handshake, 502, "back-handshake", "TLS toward the back failed"},
    Row{Trouble::back_closed_early, 502, "back-closed-early",
        "the back closed before its answer was complete"},
    Row{Trouble::back_malformed, 502, "back-malformed", "what the back answered is no HTTP"},
    Row{Trouble::back_timed_out, 504, "back-timed-out", "the back did not answer in time"},
    Row{Trouble::back_misdirected, 502, "back-misdirected",
        "the back says that it is not the server for this authority"},
};

const Row& row_of(Trouble trouble) {
  return rows[static_cast<size_t>(trouble)];
}

constexpr bool rows_are_in_order() {
  for (size_t i = 0; i < rows.size(); ++i)
    if (static_cast<size_t>(rows[i].trouble) != i) return false;
  return true;
}
static_assert(rows_are_in_order());

}  // namespace

std::string_view to_string(Trouble trouble) {
  return row_of(trouble).id;
}

int status(Trouble trouble) {
  return row_of(trouble).status;
}

std::string trouble_body(Trouble trouble, std::string_view detail, std::string_view authority,
                         RefusalFormat format) {
  const Row& row = row_of(trouble);
  Statement statement{.status = row.status, .reason = row.id, .sentence = std::string(row.sentence)};
  if (!detail.empty()) statement.sentence += fmt::format(": {}", shown(detail));
  statement.authority = shown(authority);
  return body_of(statement, format);
}

}  // namespace astray::gateway
