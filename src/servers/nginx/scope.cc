#include "servers/nginx/scope.h"

#include <fmt/format.h>

#include <charconv>

#include "base/ascii.h"

namespace astray::nginx {
namespace {

// Blocks and what is looked up elsewhere: kept out, so that http { } with 100,000 servers stays a short list.
bool is_setting(Keyword keyword) {
  switch (keyword) {
    case Keyword::other:
    case Keyword::http:
    case Keyword::server:
    case Keyword::location:
    case Keyword::if_:
    case Keyword::limit_except:
    case Keyword::upstream:
    case Keyword::map:
    case Keyword::geo:
    case Keyword::split_clients:
    case Keyword::stream:
    case Keyword::events:
    case Keyword::mail:
    case Keyword::types:
    case Keyword::include:
    case Keyword::load_module:
    case Keyword::log_format:
      return false;
    default:
      return true;
  }
}

bool may_repeat(Keyword keyword) {
  switch (keyword) {
    case Keyword::listen:
    case Keyword::server_name:
    case Keyword::return_:
    case Keyword::rewrite:
    case Keyword::set:
    case Keyword::break_:
    case Keyword::error_page:
    case Keyword::deny:
    case Keyword::allow:
    case Keyword::ssl_certificate:
    case Keyword::ssl_certificate_key:
    case Keyword::ssl_protocols:
    case Keyword::ssl_session_ticket_key:
    case Keyword::ssl_conf_command:
    case Keyword::access_log:
    case Keyword::add_header:
    case Keyword::proxy_set_header:
    case Keyword::grpc_set_header:
    case Keyword::uwsgi_param:
    case Keyword::scgi_param:
    case Keyword::fastcgi_param:
    case Keyword::set_by_lua_block:
    case Keyword::set_by_lua_file:
    case Keyword::set_by_lua:
    case Keyword::js_set:
    case Keyword::js_var:
    case Keyword::perl_set:
    case Keyword::auth_request_set:
      return true;
    default:
      return false;
  }
}

}  // namespace

Scope::Scope(const DirectiveTree& tree, DirectiveId block, const Scope* outer)
    : tree_(tree), block_(block), outer_(outer) {
  for (const DirectiveId child : tree.children(block)) {
    const Keyword keyword = tree.at(child).keyword;
    if (is_setting(keyword)) settings_.emplace_back(keyword, child);
    if (keyword == Keyword::if_) conditions_.push_back(child);
  }
}

Scope::Found Scope::find(Keyword keyword) const {
  Provenance provenance = Provenance::set;
  for (const Scope* scope = this; scope != nullptr; scope = scope->outer_) {
    for (const auto& [name, id] : scope->settings_)
      if (name == keyword) return {id, provenance};
    provenance = Provenance::inherited;
  }
  return {};
}

Scope::FoundAll Scope::find_all(Keyword keyword) const {
  FoundAll all{{}, Provenance::set};
  for (const Scope* scope = this; scope != nullptr; scope = scope->outer_) {
    for (const auto& [name, id] : scope->settings_)
      if (name == keyword) all.ids.push_back(id);
    if (!all.ids.empty()) return all;
    all.provenance = Provenance::inherited;
  }
  all.provenance = Provenance::default_value;
  return all;
}

std::vector<DirectiveId> Scope::own(Keyword keyword) const {
  std::vector<DirectiveId> ids;
  for (const auto& [name, id] : settings_)
    if (name == keyword) ids.push_back(id);
  return ids;
}

bool Scope::states(Keyword keyword) const {
  for (const auto& [name, id] : settings_)
    if (name == keyword) return true;
  return false;
}

void Scope::report_duplicates(Problems& problems) const {
  for (size_t i = 1; i < settings_.size(); ++i) {
    if (may_repeat(settings_[i].first)) continue;
    for (size_t j = 0; j < i; ++j) {
      if (settings_[j].first != settings_[i].first) continue;
      problems.error(
          tree_.span(settings_[i].second),
          fmt::format("\"{}\" directive is duplicate: nginx will not start; the first one is taken",
                      tree_.name(settings_[i].second)));
      break;
    }
  }
}

Setting<std::string> Scope::text(Keyword keyword, std::string_view default_value) const {
  const Found found = find(keyword);
  if (!found) return {std::string(default_value), {}, Provenance::default_value};
  return {std::string(tree_.argument(found.id, 0)), tree_.span(found.id), found.provenance};
}

Setting<bool> Scope::flag(Keyword keyword, bool is_on_by_default, Problems& problems) const {
  const Found found = find(keyword);
  if (!found) return {is_on_by_default, {}, Provenance::default_value};
  const std::string_view value = tree_.argument(found.id, 0);
  // nginx compares the two words without case (ngx_conf_set_flag_slot).
  if (ascii_iequals(value, "on")) return {true, tree_.span(found.id), found.provenance};
  if (ascii_iequals(value, "off")) return {false, tree_.span(found.id), found.provenance};
  problems.error(tree_.span(found.id),
                 fmt::format("invalid value \"{}\" in \"{}\" directive: expecting \"on\" or "
                             "\"off\"; its default, \"{}\", is taken",
                             value, tree_.name(found.id), is_on_by_default ? "on" : "off"));
  return {is_on_by_default, {}, Provenance::default_value};
}

Setting<int> Scope::number(Keyword keyword, int default_value, Problems& problems) const {
  const Found found = find(keyword);
  if (!found) return {default_value, {}, Provenance::default_value};
  const std::string_view digits = tree_.argument(found.id, 0);
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc() && end == digits.data() + digits.size() && value >= 0)
    return {value, tree_.span(found.id), found.provenance};
  problems.error(tree_.span(found.id),
                 fmt::format("invalid number \"{}\" in \"{}\" directive; its default, {}, is taken", digits,
                             tree_.name(found.id), default_value));
  return {default_value, {}, Provenance::default_value};
}

}  // namespace astray::nginx
