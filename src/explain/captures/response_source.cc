#include "explain/captures/response_source.h"

#include <algorithm>

#include "base/ascii.h"
#include "explain/logs/log_field.h"
#include "explain/story/nowhere.h"
#include "verdict/misdirected_status.h"
#include "verdict/reason.h"

namespace astray::explain {
namespace {

constexpr size_t most_response_bytes = size_t{1} << 20;
constexpr std::string_view reason_phrase = "Misdirected Request";

bool contains(std::string_view text, std::string_view part) {
  return ascii_lower(text).find(ascii_lower(part)) != std::string::npos;
}

/// Whose answer a status other than 421 is, that stands for the same thing (servers.md §1.0).
LogServer sibling_of(const AnswerSigns& signs) {
  if (signs.status == 404 && signs.body_bytes == 0 && contains(signs.server, "envoy")) return LogServer::envoy;
  if (signs.status == 403 && contains(signs.body, "Access Denied") && contains(signs.server, "ATS/"))
    return LogServer::trafficserver;
  return LogServer::unknown;
}

LogServer server_of(HopSoftware hop) {
  switch (hop) {
    case HopSoftware::nginx:
      return LogServer::nginx;
    case HopSoftware::httpd:
      return LogServer::httpd;
    case HopSoftware::haproxy:
      return LogServer::haproxy;
    case HopSoftware::caddy:
      return LogServer::caddy;
    case HopSoftware::traefik:
      return LogServer::traefik;
    case HopSoftware::contour:
      return LogServer::envoy;
    case HopSoftware::astray:
      return LogServer::astray;
    default:
      return LogServer::unknown;
  }
}

/// httpd signs its pages with the virtual host: "Server at b.example Port 443".
Fact signed_by(std::string_view body) {
  constexpr std::string_view before = " Server at ";
  const size_t at = body.find(before);
  if (at == nowhere) return {};
  const std::string_view rest = body.substr(at + before.size());
  const size_t end = rest.find(" Port ");
  return end == nowhere ? Fact() : Fact::logged(rest.substr(0, end));
}

/// A line without its end.
std::string_view take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == nowhere ? std::string_view() : text.substr(end + 1);
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

struct Head {
  Sighting sighting;
  AnswerSigns signs;
};

/// The head of one response; `text` is left at its body.
Head take_head(std::string_view& text) {
  Head head;
  const std::string_view start = take_line(text);
  const size_t blank = start.find(' ');
  head.sighting.kind = Witnessed::response;
  head.sighting.protocol = protocol_of(start.substr(0, blank));
  FieldReader fields;
  fields.read(LogField::status, start.substr(std::min(blank + 1, start.size()), 3), head.sighting);
  head.signs.status = head.sighting.status;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    const size_t colon = line.find(':');
    if (colon == nowhere) continue;
    const std::string name = ascii_lower(line.substr(0, colon));
    const std::string_view value = ascii_trim(line.substr(colon + 1));
    if (name == "server") head.signs.server = value;
    if (name == "via") head.signs.via = value;
    if (name == "content-type") head.signs.content_type = value;
    if (name == "x-content-type-options") head.signs.nosniff = ascii_iequals(value, "nosniff");
  }
  return head;
}

/// What a 421's page begins with where it has no head: curl without -i, or text copied out of a browser's window.
bool is_page(std::string_view text) {
  if (ascii_istarts_with(text, "<!doctype") || ascii_istarts_with(text, "<html")) return contains(text, "421 Misdirected Request");
  constexpr std::string_view sentences[] = {reason_phrase, "The client needs a new connection for this",
                                            "Requested host does not match any Subject Alternative Names"};
  return std::any_of(std::begin(sentences), std::end(sentences), [&](std::string_view sentence) { return text.starts_with(sentence); });
}

void tell_answer(Head head, std::string_view body, uint32_t file, Witness& witness) {
  head.signs.body = body;
  head.signs.body_bytes = ascii_trim(body).size();
  Sighting& sighting = head.sighting;
  sighting.file = file;
  sighting.line = 1;
  sighting.written_by = hop_of(head.signs);
  sighting.server = server_of(sighting.written_by);
  if (sighting.server == LogServer::unknown) sighting.server = sibling_of(head.signs);
  if (sighting.server == LogServer::envoy && sighting.status == 404) sighting.details = Fact::logged("NR");
  if (sighting.status == 400 && contains(body, "Invalid SNI")) sighting.reason = Fact::logged("certificate-gap");
  // astray's own answers say their reason.
  if (sighting.written_by == HopSoftware::astray) {
    for (const ReasonInfo& reason : all_reasons()) {
      if (reason.group == ReasonGroup::misdirected && contains(body, reason.id)) sighting.reason = Fact::logged(reason.id);
    }
  }
  // Fastly's words for a Host that the connection's certificate does not name.
  if (sighting.status == 421 && contains(body, "does not match any Subject Alternative Names"))
    sighting.reason = Fact::logged("certificate-gap");
  sighting.virtual_host = signed_by(body);
  witness.request(sighting);
}

void tell_response(std::string_view& text, uint32_t file, Witness& witness) {
  Head head = take_head(text);
  // The next response begins at a line of its own (curl -iL).
  const size_t mark = text.starts_with("HTTP/") ? 0 : text.find("\nHTTP/");
  const std::string_view body = text.substr(0, mark);
  text = mark == nowhere ? std::string_view() : text.substr(mark + (mark == 0 ? 0 : 1));
  tell_answer(std::move(head), body, file, witness);
}

void tell_page(std::string_view body, uint32_t file, Witness& witness) {
  Head head;
  head.sighting.kind = Witnessed::response;
  head.sighting.status = head.signs.status = misdirected_status;
  tell_answer(std::move(head), body, file, witness);
}

}  // namespace

bool is_other_protocols_421(std::string_view line) {
  line = ascii_trim(line);
  if (line.starts_with("< ")) line = line.substr(2);
  if (!line.starts_with("421")) {
    // Within another program's line: "smtp; 421 4.7.0 Try again later", "reply: 421 Too many connections".
    const size_t at = line.find(" 421 ");
    if (at == nowhere) return false;
    const std::string_view rest = line.substr(at + 5);
    return (rest.size() > 4 && rest[0] == '4' && rest[1] == '.' && is_ascii_digit(rest[2]) && rest[3] == '.') ||
           rest.starts_with("Service not available") || rest.starts_with("Too many connections") ||
           rest.starts_with("There are too many connect");
  }
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return false;
  const std::string_view text = ascii_trim(line.substr(std::min<size_t>(4, line.size())));
  return !text.empty() && !ascii_istarts_with(text, reason_phrase);
}

bool is_response(std::string_view head) {
  while (!head.empty() && (head.front() == '\n' || head.front() == '\r' || head.front() == ' ')) head.remove_prefix(1);
  std::string_view rest = head;
  const std::string_view first = take_line(rest);
  if (is_page(head) || (first.starts_with("421") && (first.size() == 3 || first[3] == ' ' || first[3] == '-'))) return true;
  if (!first.starts_with("HTTP/")) return false;
  const size_t blank = first.find(' ');
  return blank != nowhere && blank + 1 < first.size() && is_ascii_digit(first[blank + 1]);
}

Result<SourceSummary> read_response(ByteSource& bytes, const SourceOptions& options, Witness& witness) {
  std::string text(most_response_bytes, '\0');
  size_t size = 0;
  std::optional<Error> error;
  while (size < text.size()) {
    const Result<size_t> got = bytes.read(text.data() + size, text.size() - size);
    if (!got) error = got.error();
    if (!got || *got == 0) break;
    size += *got;
  }
  text.resize(size);
  std::string_view rest = ascii_trim(text);
  SourceSummary summary{.format = "response", .server = LogServer::unknown, .bytes = size, .lines = 1};
  if (is_page(rest)) {
    tell_page(rest, options.file, witness);
  } else if (!rest.starts_with("HTTP/")) {
    const std::string_view line = take_line(rest);
    Sighting sighting;
    sighting.file = options.file;
    sighting.line = 1;
    sighting.status = 421;
    sighting.kind = is_other_protocols_421(line) ? Witnessed::other_protocol : Witnessed::response;
    sighting.written_by = HopSoftware::unknown;
    witness.request(sighting);
  }
  while (rest.starts_with("HTTP/")) tell_response(rest, options.file, witness);
  if (error) return tl::unexpected(*error);
  return summary;
}

}  // namespace astray::explain
