#include "servers/traefik/middlewares.h"

#include <fmt/format.h>

#include "base/ascii.h"

namespace astray::traefik {
namespace {

constexpr size_t max_depth = 8;
constexpr int moved = 301, found_elsewhere = 302;

class Passing {
 public:
  Passing(const Definitions& definitions, Reading& reading, Passage& into)
      : definitions_(definitions), reading_(reading), into_(into) {}

  void take(const std::string& name, SourceSpan span, size_t depth) {
    const auto found = definitions_.middlewares.find(name);
    if (found == definitions_.middlewares.end()) {
      if (definitions_.is_readable(name)) {
        if (into_.broken.empty()) into_.broken = fmt::format("the middleware {} does not exist", name);
      } else {
        reading_.warning(span, fmt::format("middleware {} is of a provider that was not read; it is taken to let requests "
                                           "pass as they are",
                                           name));
      }
      return;
    }
    const Definition& middleware = found->second;
    for (const Node* each : items(field(middleware.node, "chain"), "middlewares"))
      if (depth < max_depth && each->is_text()) take(qualified(each->text, middleware.provider), span, depth + 1);
    if (depth == 0 && field(middleware.node, "chain") != nullptr && texts(field(middleware.node, "chain"), "middlewares").empty())
      reading_.warning(middleware.span, "this chain has no middlewares");
    take_redirect(middleware.node);
    take_host(middleware.node);
  }

 private:
  bool decided() const { return into_.target.kind != Target::Kind::site; }

  void take_redirect(const Node* middleware) {
    if (decided()) return;
    if (const Node* redirect = field(middleware, "redirectScheme")) {
      into_.target = {Target::Kind::redirect_scheme, flag(redirect, "permanent", false) ? moved : found_elsewhere,
                      redirect->place, ascii_lower(text(redirect, "scheme")), text(redirect, "port"), ""};
    } else if (const Node* expression = field(middleware, "redirectRegex")) {
      into_.target = {Target::Kind::redirect_expression, flag(expression, "permanent", false) ? moved : found_elsewhere,
                      expression->place, "", "", text(expression, "regex")};
    }
  }

  /// Traefik treats Host among the custom request headers apart: it replaces the request's own.
  void take_host(const Node* middleware) {
    const Node* custom = field_at(middleware, "headers.customRequestHeaders");
    const Node* host = field(custom, "Host");
    if (host == nullptr || !host->is_text() || host->text.empty()) return;
    const bool known = !is_filled_in(host->text);
    into_.host = {{known ? NameExpression::Kind::fixed : NameExpression::Kind::unknowable, host->text}, host->place,
                  known ? Provenance::set : Provenance::unknowable};
  }

  const Definitions& definitions_;
  Reading& reading_;
  Passage& into_;
};

}  // namespace

Passage pass(const std::vector<std::string>& names, SourceSpan span, const Definitions& definitions, Reading& reading) {
  Passage passage;
  Passing passing(definitions, reading, passage);
  for (const std::string& name : names) passing.take(name, span, 0);
  return passage;
}

}  // namespace astray::traefik
