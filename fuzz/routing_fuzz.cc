// A list of routes and a request, one line each:
//   routes    "P /prefix", "E /exact", "A" (any path), each with methods behind it: "P /a GET PUT"; then an
//             empty line
//   request   "GET /target", then its fields, "name: value"
// A naive matcher that cuts paths into lists of segments finds the same route. Whatever is taken of a request
// that HTTP/2 would carry, and prepared, is a head that HTTP/1.1 writes and reads again as the same, without
// a field of the connection's, and with what the gateway says about a stranger alone.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "base/check.h"
#include "gateway/routing/path.h"
#include "gateway/routing/prepare_request.h"
#include "gateway/routing/take_request_head.h"
#include "http1/characters.h"
#include "http1/server.h"

using namespace astray;
using namespace astray::gateway;

namespace {

std::string_view take_until(std::string_view& text, char end) {
  const size_t at = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

bool is_configured_path(std::string_view path) {
  return path.starts_with('/') && !path_problem(path) && path.find('?') == std::string_view::npos;
}

std::vector<RouteSettings> take_routes(std::string_view& input) {
  std::vector<RouteSettings> routes;
  while (!input.empty() && routes.size() < 40) {
    std::string_view line = take_until(input, '\n');
    if (line.empty()) break;
    const std::string_view kind = take_until(line, ' ');
    RouteSettings& route = routes.emplace_back();
    route.backs.push_back({{{"a"}}});
    if (kind == "P" || kind == "E") {
      const std::string path(take_until(line, ' '));
      if (!is_configured_path(path)) {
        routes.pop_back();
        continue;
      }
      (kind == "P" ? route.match.prefix : route.match.exact) = UrlPathText{path};
    }
    while (!line.empty()) route.match.methods.push_back({std::string(take_until(line, ' '))});
  }
  return routes;
}

http2::Fields take_request(std::string_view& input) {
  std::string_view line = take_until(input, '\n');
  const std::string_view method = take_until(line, ' ');
  http2::Fields fields{{":method", std::string(method)}, {":scheme", "https"}, {":path", std::string(line)}};
  while (!input.empty() && fields.size() < 60) {
    std::string_view rest = take_until(input, '\n');
    const size_t colon = rest.find(": ");
    if (colon == std::string_view::npos) continue;
    // Engines refuse blanks at an end, or take them away.
    fields.push_back(
        {std::string(rest.substr(0, colon)), std::string(http1::trim_blanks(rest.substr(colon + 2)))});
  }
  return fields;
}

// The oracle of paths: lists of segments.

using Segments = std::vector<std::string>;

Segments cut(std::string_view path) {
  Segments segments;
  path.remove_prefix(1);
  for (;;) {
    const size_t slash = path.find('/');
    segments.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

std::string naive_canonical(std::string_view path) {
  // Decode everything that is no plain path character into one of three kinds of pieces.
  std::vector<std::string> pieces;
  for (size_t i = 0; i < path.size(); ++i) {
    int byte = static_cast<unsigned char>(path[i]);
    if (byte == '%') {
      byte = static_cast<int>(std::stoul(std::string(path.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    }
    const bool letter =
        (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    if (byte == '\\')
      pieces.emplace_back("/");
    else if (letter || (byte != 0 && byte < 128 &&
                        std::string("-._~!$&'()*+,=:@/;").find(static_cast<char>(byte)) != std::string::npos))
      pieces.emplace_back(1, static_cast<char>(byte));
    else {
      char text[4];
      std::snprintf(text, sizeof(text), "%%%02X", static_cast<unsigned>(byte));
      pieces.emplace_back(text);
    }
  }
  // Now parameters, then empty segments other than the last.
  std::string whole;
  bool skipped = false;
  for (const std::string& piece : pieces) {
    if (piece == ";") skipped = true;
    if (piece == "/") skipped = false;
    if (!skipped) whole += piece;
  }
  for (size_t at = whole.find("//"); at != std::string::npos; at = whole.find("//")) whole.erase(at, 1);
  return whole;
}

bool naive_path_matches(const MatchSettings& match, const std::string& path, const std::string& target_path,
                        std::string (*spelled)(std::string_view)) {
  if (!match.prefix && !match.exact) return true;
  if (!target_path.starts_with('/')) return false;
  if (match.exact) return spelled(match.exact->text) == path;
  Segments wanted = cut(spelled(match.prefix->text));
  while (!wanted.empty() && wanted.back().empty()) wanted.pop_back();
  const Segments found = cut(path);
  return wanted.size() <= found.size() && std::equal(wanted.begin(), wanted.end(), found.begin());
}

std::string as_it_is(std::string_view path) {
  return std::string(path);
}

/// The number of the first route that matches, or the number of routes.
size_t naive_match(const std::vector<RouteSettings>& routes, const std::string& method,
                   const std::string& path, const std::string& target_path,
                   std::string (*spelled)(std::string_view)) {
  for (size_t i = 0; i < routes.size(); ++i) {
    const MatchSettings& match = routes[i].match;
    const bool method_fits =
        match.methods.empty() || std::any_of(match.methods.begin(), match.methods.end(),
                                             [&](const MethodName& each) { return each.text == method; });
    if (method_fits && naive_path_matches(match, path, target_path, spelled)) return i;
  }
  return routes.size();
}

void check_route(const RouteTable& table, const std::vector<RouteSettings>& routes, const RequestHead& head) {
  const RouteMatch found = table.match(head);
  const std::string path = head.target.substr(0, head.target.find('?'));
  const size_t raw = naive_match(routes, head.method, path, path, as_it_is);
  const size_t canonical =
      path.starts_with('/') ? naive_match(routes, head.method, naive_canonical(path), path, naive_canonical)
                            : raw;
  if (raw != canonical)
    CHECK(found.outcome == RouteMatch::Outcome::ambiguous && found.route == nullptr);
  else if (raw == routes.size())
    CHECK(found.outcome == RouteMatch::Outcome::none && found.route == nullptr);
  else
    CHECK(found.route == &table.routes()[raw]);
}

// The oracle of heads: what HTTP/1.1 reads.

void check_head(const RequestHead& head) {
  std::string bytes = head.method + " " + (head.target.empty() ? "a.example:443" : head.target) +
                      " HTTP/1.1\r\nhost: a.example\r\n";
  for (const http2::Field field : head.fields) 
    bytes.append(field.name).append(": ").append(field.value).append("\r\n");
  bytes += "\r\n";
  Http1Server reader(http1::Limits{.head_bytes = 1 << 20});
  reader.receive(bytes);
  const auto event = reader.next_event();
  CHECK(event);
  const auto* read = std::get_if<http1::RequestHead>(&*event);
  CHECK(read != nullptr);
  CHECK(read->method == head.method);
  CHECK(read->framing == http1::Framing::no_body);
  CHECK(read->fields.size() == head.fields.size() + 1);
  for (size_t i = 0; i < head.fields.size(); ++i) {
    CHECK(read->fields[i + 1].name == head.fields[i].name);
    CHECK(read->fields[i + 1].value == head.fields[i].value);
  }
  // In whatever spelling a back's CGI would take for theirs.
  static const std::string never[] = {"connection", "keep-alive",    "proxy-connection", "transfer-encoding",
                                      "upgrade",    "host",          "content-length",   "expect",
                                      "proxy",      "http2-settings"};
  size_t for_count = 0;
  for (const http2::Field field : head.fields) {
    std::string name(field.name);
    std::replace(name.begin(), name.end(), '_', '-');
    CHECK(std::find(std::begin(never), std::end(never), name) == std::end(never));
    CHECK(name != "te" || field.value == "trailers");
    CHECK(name != "x-real-ip" && name != "x-original-url" && name != "client-cert");
    if (name == "x-forwarded-for") {
      ++for_count;
      CHECK(field.value == "192.0.2.1");
    }
  }
  CHECK(for_count == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  if (size > 4000) return 0;
  const std::vector<RouteSettings> routes = take_routes(input);
  Named<BackSettings> backs;
  backs.emplace_back().name.value.text = "a";
  const auto table = RouteTable::compile(routes, backs);
  CHECK(table);

  auto head = take_request_head(take_request(input), Scheme::https, "a.example", Body::none);
  if (!head) {
    CHECK(!to_string(head.error()).empty());
    return 0;
  }
  if (head->target.starts_with('/')) {
    const std::string path = head->target.substr(0, head->target.find('?'));
    CHECK(canonical_path(path) == naive_canonical(path));
    CHECK(!is_canonical(path) || canonical_path(path) == path);
    // No reader that resolves dot segments has anything to do.
    for (const std::string& segment : cut(naive_canonical(path))) CHECK(segment != "." && segment != "..");
  }
  check_route(*table, routes, *head);

  static const std::vector<RouteSettings> any(1);
  static const RouteTable plain = RouteTable::compile(any, {}).value();
  const Endpoint client = Endpoint::parse("192.0.2.1:4711").value();
  const Origin asked = Origin::parse("https://a.example").value();
  prepare_request(*head, plain.routes()[0], ClientFacts(client, PeerTrust::stranger), asked,
                  ReceivedOver::http2);
  check_head(*head);
  return 0;
}
