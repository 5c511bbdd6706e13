#include "servers/caddy/caddyfile_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>

#include "servers/caddy/caddyfile_matchers.h"
#include "servers/caddy/caddyfile_proxy.h"

namespace astray::caddy {
namespace {

constexpr std::string_view ordered[] = {
    "tracing", "map", "vars", "fs", "root", "log_append", "skip_log", "log_skip", "log_name", "header",
    "copy_response_headers", "request_body", "redir", "method", "rewrite", "uri", "try_files", "basicauth", "basic_auth",
    "forward_auth", "request_header", "encode", "push", "intercept", "templates", "invoke", "handle", "handle_path",
    "route", "abort", "error", "copy_response", "respond", "metrics", "reverse_proxy", "php_fastcgi", "file_server",
    "acme_server"};

Handler handler(Handler::Kind kind, SourceSpan span, int status = 200) {
  Handler made;
  made.kind = kind;
  made.span = span;
  made.status = status;
  return made;
}

/// A status, or 0 where a placeholder says it; `otherwise` for what is no number.
int status_in(const std::string& text, int otherwise) {
  if (has_placeholder(text)) return 0;
  int status = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  return error == std::errc() && end == text.data() + text.size() && status >= 100 && status <= 999 ? status : otherwise;
}

class RouteBuilder {
 public:
  RouteBuilder(NamedMatchers matchers, RouteReading& reading) : matchers_(std::move(matchers)), reading_(reading) {}

  /// `keeps_order`: inside of `route`, where nothing is sorted.
  std::vector<Route> build(const std::vector<Directive>& directives, std::string_view inside) {
    std::vector<Entry> entries;
    const bool keeps_order = inside == "route";
    for (const Directive& each : directives) {
      if (each.name.text.starts_with('@') || is_setting(each.name.text)) continue;
      entries.push_back(entry(each));
    }
    if (!keeps_order) std::stable_sort(entries.begin(), entries.end(), runs_before);
    // Of several `handle` blocks, the first that matches alone runs.
    const size_t handles = static_cast<size_t>(
        std::ranges::count_if(entries, [](const Entry& each) { return each.directive == "handle"; }));
    const std::string group = fmt::format("group{}", groups_++);
    std::vector<Route> routes;
    for (Entry& each : entries) {
      if (each.directive == "handle" && handles > 1) each.route.group = group;
      if (each.directive == "rewrite") each.route.group = group + "-rewrite";
      routes.push_back(std::move(each.route));
    }
    return routes;
  }

 private:
  struct Entry {
    std::string directive;
    size_t position = 0;
    Route route;
  };

  static size_t path_length(const Route& route) {
    return route.match.size() == 1 && route.match.front().paths.size() == 1
               ? route.match.front().paths.front().text.size()
               : 0;
  }

  static bool runs_before(const Entry& a, const Entry& b) {
    if (a.position != b.position) return a.position < b.position;
    const size_t a_path = path_length(a.route);
    const size_t b_path = path_length(b.route);
    if (a_path > 0 && b_path > 0) return a_path > b_path;
    return !a.route.match.empty() && b.route.match.empty();
  }

  Entry entry(const Directive& directive) {
    Entry made;
    made.directive = directive.name.text == "handle_path" ? "handle" : directive.name.text;
    const auto place = std::ranges::find(reading_.order, made.directive);
    made.position = static_cast<size_t>(place - reading_.order.begin());
    made.route.span = directive.name.span;
    std::vector<Token> arguments = directive.arguments;
    if (auto match = matcher_token(directive, matchers_, reading_.deployment)) {
      made.route.match = std::move(*match);
      arguments.erase(arguments.begin());
    }
    made.route.handle.push_back(handler_of(directive, arguments));
    return made;
  }

  Handler handler_of(const Directive& directive, const std::vector<Token>& arguments) {
    using enum Handler::Kind;
    const std::string& name = directive.name.text;
    const SourceSpan span = directive.name.span;
    static const std::set<std::string_view> passing = {
        "tracing", "map", "vars", "fs", "root", "log_append", "skip_log", "log_skip", "log_name", "header",
        "request_body", "request_header", "encode", "push", "intercept", "templates", "method"};
    if (passing.contains(name)) return handler(passes, span);
    if (name == "rewrite" || name == "uri" || name == "try_files") return handler(rewrites, span);
    if (name == "handle" || name == "handle_path" || name == "route") return block(directive);
    if (name == "abort") return handler(aborts, span);
    if (name == "respond") return respond(directive, arguments);
    if (name == "redir") return redirect(directive, arguments);
    if (name == "error") return error(directive, arguments);
    if (name == "basicauth" || name == "basic_auth") return handler(fails, span, 401);
    if (name == "reverse_proxy") return proxy(directive, arguments);
    if (name == "file_server" || name == "php_fastcgi" || name == "metrics" || name == "acme_server" ||
        name == "forward_auth")
      return handler(serves, span);
    reading_.deployment.problems.push_back(
        {ReadProblem::Severity::warning, span,
         fmt::format("the directive {} is not one of Caddy's own; what it answers cannot be told", name)});
    return handler(unknowable, span);
  }

  Handler block(const Directive& directive) {
    Handler made = handler(Handler::Kind::subroute, directive.name.span);
    NamedMatchers outer = matchers_;
    for (auto& [name, set] : named_matchers(directive.block, reading_.deployment)) matchers_.insert_or_assign(name, set);
    const bool strips = directive.name.text == "handle_path";
    if (strips) {
      Route stripping;
      stripping.span = directive.name.span;
      stripping.handle.push_back(handler(Handler::Kind::rewrites, directive.name.span));
      made.routes.push_back(std::move(stripping));
    }
    std::vector<Route> inner = build(directive.block, directive.name.text);
    made.routes.insert(made.routes.end(), std::make_move_iterator(inner.begin()), std::make_move_iterator(inner.end()));
    matchers_ = std::move(outer);
    return made;
  }

  static Handler respond(const Directive& directive, const std::vector<Token>& arguments) {
    Handler made = handler(Handler::Kind::responds, directive.name.span, unstated_status);
    if (arguments.size() == 1 && arguments.front().text.size() == 3)
      made.status = status_in(arguments.front().text, unstated_status);
    if (arguments.size() >= 2) made.status = status_in(arguments[1].text, unstated_status);
    return made;
  }

  static Handler redirect(const Directive& directive, const std::vector<Token>& arguments) {
    Handler made = handler(Handler::Kind::responds, directive.name.span, 302);
    if (arguments.size() < 2) return made;
    const std::string& code = arguments[1].text;
    if (code == "permanent") made.status = 301;
    else if (code == "html") made.status = 200;
    else made.status = status_in(code, 302);
    return made;
  }

  static Handler error(const Directive& directive, const std::vector<Token>& arguments) {
    Handler made = handler(Handler::Kind::fails, directive.name.span, 500);
    if (arguments.size() == 1) made.status = status_in(arguments.front().text, 500);
    if (arguments.size() >= 2) made.status = status_in(arguments[1].text, 500);
    return made;
  }

  Handler proxy(const Directive& directive, const std::vector<Token>& arguments) {
    Handler made = handler(Handler::Kind::serves, directive.name.span);
    const bool has_matcher = arguments.size() != directive.arguments.size();
    made.back = back_edge_of(directive, arguments, has_matcher ? directive.arguments.front().text : "/",
                             reading_.deployment);
    return made;
  }

  NamedMatchers matchers_;
  RouteReading& reading_;
  size_t groups_ = 0;
};

}  // namespace

std::vector<std::string> standard_order() {
  return {std::begin(ordered), std::end(ordered)};
}

void apply_order(const Directive& option, RouteReading& reading) {
  const auto complain = [&](std::string message) {
    reading.deployment.problems.push_back({ReadProblem::Severity::error, option.name.span, std::move(message)});
  };
  if (option.arguments.size() < 2)
    return complain("order: expected a directive and first, last, before DIRECTIVE or after DIRECTIVE");
  const std::string name = option.arguments[0].text;
  const std::string& where = option.arguments[1].text;
  std::vector<std::string>& order = reading.order;
  std::erase(order, name);
  if (where == "first") {
    order.insert(order.begin(), name);
  } else if (where == "last") {
    order.push_back(name);
  } else if (option.arguments.size() == 3 && (where == "before" || where == "after")) {
    const auto place = std::ranges::find(order, option.arguments[2].text);
    if (place == order.end()) return complain(fmt::format("order: there is no directive {}", option.arguments[2].text));
    order.insert(where == "before" ? place : std::next(place), name);
  } else {
    complain("order: expected first, last, before DIRECTIVE or after DIRECTIVE");
  }
}

bool is_setting(std::string_view directive) {
  return directive == "tls" || directive == "bind" || directive == "log" || directive == "handle_errors";
}

std::vector<Route> routes_of(const std::vector<Directive>& directives, RouteReading& reading) {
  return RouteBuilder(named_matchers(directives, reading.deployment), reading).build(directives, "site");
}

}  // namespace astray::caddy
