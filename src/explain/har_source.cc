// HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/). Chrome and Firefox write the members "connection" and
// "serverIPAddress", which the format makes optional.
#include "explain/har_source.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "explain/json_pieces.h"
#include "explain/log_field.h"
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
    const std::string number = "connection " + std::string(member_text(entry, "connection"));
    if (number != "connection " && number != "connection 0") s.connection = Fact::logged(number);
    if (const std::string_view address = member_text(entry, "serverIPAddress"); !address.empty()) s.back = Fact::logged(address);
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
