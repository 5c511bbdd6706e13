// HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), in which "connection" and "serverIPAddress" are optional.
// Chrome writes its number for the connection into "connection" and "_connectionId". Firefox writes the server's port
// into "connection" (devtools/client/netmonitor/src/har/har-builder.js), which tells no connections apart.
// Playwright adds "_serverPort" and, of the certificate, "_securityDetails".
#include "explain/captures/har_source.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "explain/captures/json_pieces.h"
#include "explain/logs/log_field.h"
#include "names/hostname.h"
#include "names/url.h"

namespace astray::explain {
namespace {

namespace dom = simdjson::dom;  // which judges a whole entry before any of it is used

constexpr std::string_view har_pieces[] = {"log.entries[]", "log.creator"};
constexpr size_t most_entry_bytes = size_t{32} << 20;

std::string_view member_text(const dom::object& object, std::string_view name) {
  std::string_view text;
  return object[name].get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
}

/// Calls `take(name, value)` for each field of a head, the name in lower case.
template <typename Take>
void read_fields(const dom::object& message, const Take& take) {
  dom::array fields;
  if (message["headers"].get_array().get(fields) != simdjson::SUCCESS) return;
  for (auto element : fields) {
    dom::object field;
    if (element.get_object().get(field) != simdjson::SUCCESS) return;
    const std::string name = ascii_lower(member_text(field, "name"));
    take(name, member_text(field, "value"));
  }
}

/// Whether the request waited for a connection to be made: -1 and, in Firefox, 0 mean that it did not.
bool opened_a_connection(const dom::object& entry) {
  dom::object timings;
  double connect = 0;
  return entry["timings"].get_object().get(timings) == simdjson::SUCCESS &&
         timings["connect"].get_double().get(connect) == simdjson::SUCCESS && connect > 0;
}

/// "192.0.2.1:443", or the address alone. Chrome puts brackets around IPv6 addresses.
std::string back_of(const dom::object& entry, std::string_view port) {
  std::string_view address = member_text(entry, "serverIPAddress");
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  int64_t number = 0;
  const bool has_number = entry["_serverPort"].get_int64().get(number) == simdjson::SUCCESS;
  const std::string port_text = has_number ? std::to_string(number) : std::string(port);
  if (address.empty() || port_text.empty()) return std::string(address);
  const bool v6 = address.find(':') != std::string_view::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", address, v6 ? "]" : "", port_text);
}

/// Names of the certificate: all where they are listed, else its subject, where that is a name of a host.
std::string certificate_in(const dom::object& entry) {
  dom::object details;
  if (entry["_securityDetails"].get_object().get(details) != simdjson::SUCCESS) return {};
  std::string names;
  dom::array listed;
  if (details["sanList"].get_array().get(listed) == simdjson::SUCCESS) {
    for (auto element : listed) {
      std::string_view name;
      if (element.get_string().get(name) == simdjson::SUCCESS) names += (names.empty() ? "" : ",") + std::string(name);
    }
  }
  if (!names.empty()) return names;
  const std::string_view subject = member_text(details, "subjectName");
  return Hostname::parse(subject.starts_with("*.") ? subject.substr(2) : subject) && subject.find('.') != std::string_view::npos ? std::string(subject) : std::string();
}

class HarReader {
 public:
  HarReader(uint32_t file, Witness& witness) : file_(file), witness_(witness) {}

  bool read_entry(std::string_view text, uint64_t line) {
    dom::element document;
    dom::object entry;
    dom::object request;
    if (parser_.parse(text.data(), text.size(), false).get(document) != simdjson::SUCCESS ||
        document.get_object().get(entry) != simdjson::SUCCESS || entry["request"].get_object().get(request) != simdjson::SUCCESS)
      return false;
    Sighting s;
    s.file = file_;
    s.line = line;
    s.kind = Witnessed::capture;
    const std::string_view url_text = member_text(request, "url");
    const auto url = Url::parse(url_text);
    if (!url) {
      witness_.aside();  // data:, blob:, chrome-extension:
      return true;
    }
    std::string authority = url->authority.text();
    s.scheme = url->scheme;
    s.method = Fact::logged(member_text(request, "method"));
    s.path = Fact::logged(url->target);
    s.protocol = protocol_of(member_text(request, "httpVersion"));
    read_fields(request, [&](const std::string& name, std::string_view value) {
      if ((name == ":authority" || name == "host") && !value.empty()) authority = value;
      if (name == "user-agent") s.agent = Fact::logged(value);
    });
    s.authority = Fact::logged(authority);

    dom::object response;
    AnswerSigns signs;
    if (entry["response"].get_object().get(response) == simdjson::SUCCESS) {
      int64_t status = 0;
      if (response["status"].get_int64().get(status) == simdjson::SUCCESS && status >= 100 && status <= 999)
        s.status = static_cast<int>(status);
      if (!s.protocol) s.protocol = protocol_of(member_text(response, "httpVersion"));
      signs.body_bytes = 1;  // unless it says so
      read_fields(response, [&](const std::string& name, std::string_view value) {
        if (name == "server") signs.server = value;
        if (name == "via") signs.via = value;
        if (name == "content-type") signs.content_type = value;
        if (name == "x-content-type-options") signs.nosniff = ascii_iequals(value, "nosniff");
        if (name == "content-length" && value == "0") signs.body_bytes = 0;
      });
      dom::object content;
      if (response["content"].get_object().get(content) == simdjson::SUCCESS) {
        signs.body = member_text(content, "text");
        if (!member_text(content, "encoding").empty()) signs.body = {};  // base64
      }
      signs.status = s.status;
      s.written_by = hop_of(signs);
      if (!signs.server.empty()) s.server_field = Fact::logged(signs.server);
    }
    // Only Firefox has this member.
    const bool is_firefox = !member_text(entry, "_securityState").empty();
    const std::string_view connection = member_text(entry, "connection");
    const std::string_view own_id = member_text(entry, "_connectionId");
    const std::string_view id = !own_id.empty() ? own_id : is_firefox ? std::string_view() : connection;
    const std::string number = fmt::format("connection {}", id);
    if (!id.empty() && id != "0") s.connection = Fact::logged(number);
    if (is_firefox && opened_a_connection(entry)) s.request_number = 1;
    const std::string back = back_of(entry, is_firefox ? connection : std::string_view());
    if (!back.empty()) s.back = Fact::logged(back);
    const std::string certificate = certificate_in(entry);
    if (!certificate.empty()) s.certificate = Fact::logged(certificate);
    s.time = times_.read(member_text(entry, "startedDateTime"));
    witness_.request(s);
    return true;
  }

  std::string creator(std::string_view text) {
    dom::element document;
    dom::object object;
    if (parser_.parse(text.data(), text.size(), false).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS)
      return {};
    return std::string(member_text(object, "name"));
  }

 private:
  uint32_t file_;
  Witness& witness_;
  dom::parser parser_;
  TimeReader times_;
};

}  // namespace

bool is_har(std::string_view head) {
  for (const std::string_view part : {std::string_view("{"), std::string_view("\"log\""), std::string_view(":"), std::string_view("{")}) {
    head = ascii_trim(head);
    if (!head.starts_with(part)) return false;
    head.remove_prefix(part.size());
  }
  return true;
}

Result<SourceSummary> read_har(ByteSource& bytes, const SourceOptions& options, Witness& witness) {
  JsonPieces pieces(bytes, har_pieces, most_entry_bytes);
  HarReader reader(options.file, witness);
  SourceSummary summary{.format = "HAR", .server = LogServer::unknown, .bytes = 0, .lines = 0};
  while (const std::optional<JsonPieces::Piece> piece = pieces.next()) {
    if (piece->which == 1) {
      if (const std::string creator = reader.creator(piece->text); !creator.empty()) summary.format = "HAR of " + creator;
      continue;
    }
    if (piece->too_large) {
      witness.trouble(Trouble::long_line, options.file, piece->line);
      continue;
    }
    if (reader.read_entry(piece->text, piece->line)) continue;
    std::string repaired = well_formed_utf8(piece->text);
    const bool was_bad = repaired != piece->text;
    repaired.reserve(repaired.size() + JsonPieces::padding);
    const bool read = was_bad && reader.read_entry(repaired, piece->line);
    witness.trouble(read ? Trouble::bad_utf8 : Trouble::unreadable_line, options.file, piece->line);
  }
  summary.bytes = pieces.bytes();
  summary.lines = pieces.lines();
  if (pieces.error()) return tl::unexpected(*pieces.error());
  if (!pieces.complete()) witness.trouble(Trouble::truncated, options.file, pieces.lines());
  return summary;
}

}  // namespace astray::explain
