#include "servers/nginx/responses.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ascii.h"
#include "servers/nginx/expression.h"

namespace astray::nginx {
namespace {

// One alternative of an Alt-Svc value: h3=":443"; ma=86400. Nothing when it is not one, or a variable
// decides.
std::optional<AltSvc> parse_alternative(std::string_view text, SourceSpan span) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view protocol = ascii_trim(text.substr(0, equals));
  std::string_view authority = ascii_trim(text.substr(equals + 1));
  authority = ascii_trim(authority.substr(0, authority.find(';')));
  if (authority.size() >= 2 && authority.front() == '"' && authority.back() == '"')
    authority = authority.substr(1, authority.size() - 2);
  const size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::optional<Port> port = Port::parse(authority.substr(colon + 1));
  if (!port || protocol.empty() || has_variables(authority.substr(0, colon))) return std::nullopt;
  return AltSvc{span, std::string(protocol), std::string(authority.substr(0, colon)), *port};
}

std::optional<int> parse_status(std::string_view digits) {
  int status = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return status;
}

}  // namespace

LogFormats::LogFormats(const DirectiveTree& tree, DirectiveId block) {
  for (const DirectiveId child : tree.children(block)) {
    if (tree.at(child).keyword != Keyword::map || !tree.argument(child, 1).starts_with('$')) continue;
    if (mentions_variable(tree.argument(child, 0), "ssl_server_name") ||
        mentions_variable(tree.argument(child, 0), "ssl_preread_server_name"))
      variables_made_of_sni_.push_back(tree.argument(child, 1).substr(1));
  }
  by_name_.emplace("combined", Sni::not_logged);
  for (const DirectiveId child : tree.children(block)) {
    if (tree.at(child).keyword != Keyword::log_format) continue;
    const std::span<const Word> words = tree.arguments(child);
    std::string format;
    for (size_t i = 1; i < words.size(); ++i)
      if (!words[i].text.starts_with("escape=")) format += words[i].text;
    if (!words.empty()) by_name_.insert_or_assign(ascii_lower(words[0].text), judge(format));
  }
}

LogFormats::Sni LogFormats::judge(std::string_view text) const {
  if (mentions_variable(text, "ssl_server_name") || mentions_variable(text, "ssl_preread_server_name"))
    return Sni::logged;
  for (const std::string_view variable : variables_made_of_sni_)
    if (mentions_variable(text, variable)) return Sni::unknown;
  return Sni::not_logged;
}

LogFormats::Sni LogFormats::find(std::string_view name) const {
  const auto found = by_name_.find(ascii_lower(name));  // nginx compares format names without case
  return found == by_name_.end() ? Sni::undefined : found->second;
}

std::vector<AccessLog> read_access_logs(const Scope& scope, const LogFormats& formats, Problems& problems) {
  const DirectiveTree& tree = scope.tree();
  const Scope::FoundAll stated = scope.find_all(Keyword::access_log);
  if (stated.ids.empty()) return {{{}, "combined", false, true}};
  std::vector<AccessLog> logs;
  for (const DirectiveId id : stated.ids) {
    const std::span<const Word> words = tree.arguments(id);
    if (words.empty()) {
      problems.error(tree.span(id), "\"access_log\" without a path; left out");
      continue;
    }
    if (words[0].text == "off") return {};
    // A parameter may stand in the format's place in the stream module, never in the http module.
    const std::string_view format = words.size() > 1 ? words[1].text : std::string_view("combined");
    const LogFormats::Sni sni = formats.find(format);
    if (sni == LogFormats::Sni::undefined)
      problems.error(tree.span(id),
                     fmt::format("unknown log format \"{}\": nginx will not start; define it with "
                                 "\"log_format {} …\"",
                                 format, format));
    const bool is_known = sni == LogFormats::Sni::logged || sni == LogFormats::Sni::not_logged;
    logs.push_back({tree.span(id), std::string(format), sni == LogFormats::Sni::logged, is_known});
  }
  return logs;
}

std::vector<AltSvc> read_alt_svc(const Scope& scope, Problems& problems) {
  const DirectiveTree& tree = scope.tree();
  std::vector<AltSvc> alternatives;
  for (const DirectiveId id : scope.find_all(Keyword::add_header).ids) {
    if (!ascii_iequals(tree.argument(id, 0), "Alt-Svc")) continue;
    const std::string_view value = tree.argument(id, 1);
    for (size_t start = 0; start <= value.size();) {
      const size_t comma = std::min(value.find(',', start), value.size());
      const std::string_view part = ascii_trim(value.substr(start, comma - start));
      start = comma + 1;
      if (part.empty() || part == "clear") continue;
      if (std::optional<AltSvc> alternative = parse_alternative(part, tree.span(id)))
        alternatives.push_back(std::move(*alternative));
      else
        problems.warning(tree.span(id),
                         fmt::format("Alt-Svc \"{}\" could not be read (a variable decides, or "
                                     "protocol=\"host:port\" was expected); left out",
                                     part));
    }
  }
  return alternatives;
}

namespace {

constexpr bool is_redirection(int status) {
  return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

bool is_answered_by_nginx(int status) {
  return status == 400 || status == 421 || (status >= 494 && status <= 497);
}

/// The status that reaches the client when the request goes on at a page of the server itself. `stated`: what
/// stands behind the "=", if one is there.
int sent_with_page(const Scope& server, std::string_view uri, int status, std::optional<int> stated) {
  if (has_variables(uri)) return 0;
  const FixedAnswer page = judge_uri(server, uri.substr(0, uri.find_first_of("?#")));
  if (!page.status.known()) return 0;
  // "=" alone leaves the status to the page.
  const int kept = stated.value_or(is_answered_by_nginx(status) && status > 421 ? 400 : status);
  if (page.status.provenance == Provenance::default_value) return kept;
  const int own = page.status.value;
  // A redirection is sent as it is, and errors are not sent to error_page a second time; any other status
  // gives way to the one that is kept.
  if (page.is_error || is_redirection(own)) return own >= 494 && own <= 497 ? 400 : own;
  return kept != 0 ? kept : own;
}

}  // namespace

// ngx_http_core_error_page, ngx_http_send_error_page: `CODE… [=[ANSWER]] URI`. The first one for a status
// counts.
std::vector<ErrorPage> read_error_pages(const Scope& server, const FixedAnswer& for_root) {
  const DirectiveTree& tree = server.tree();
  std::vector<ErrorPage> pages;
  for (const DirectiveId id : server.find_all(Keyword::error_page).ids) {
    std::span<const Word> words = tree.arguments(id);
    if (words.size() < 2) continue;
    const std::string_view uri = words.back().text;
    words = words.first(words.size() - 1);
    std::optional<int> answer;
    if (words.back().text.starts_with('=')) {
      answer = parse_status(words.back().text.substr(1)).value_or(0);
      words = words.first(words.size() - 1);
    }
    const bool is_redirect = !uri.starts_with('/') && !uri.starts_with('@');
    for (const Word& word : words) {
      const int status = parse_status(word.text).value_or(0);
      const bool is_for_root = for_root.is_error && for_root.status.value == status;
      if (!is_answered_by_nginx(status) && !is_for_root) continue;
      const int sent = is_redirect ? (answer && is_redirection(*answer) ? *answer : 302)
                                   : sent_with_page(server, uri, status, answer);
      pages.push_back({status, sent, tree.span(id)});
    }
  }
  return pages;
}

}  // namespace astray::nginx
