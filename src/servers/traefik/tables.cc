#include "servers/traefik/tables.h"

#include <algorithm>

#include "base/ascii.h"
#include "servers/traefik/store.h"
#include "servers/traefik/tree.h"

namespace astray::traefik {
namespace {

std::string bare(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return std::string(host);
}

}  // namespace

/// The commits are 5026ca97d, a664812e9, b6bb80f8f and 4ef4c0930.
CheckForm::CheckForm(const Version& version)
    : by_router(is_since(version, 47, 18, 2)), before_models(by_router && !is_since(version, 48, 19, 3)),
      lost_with_limits(by_router && !is_since(version, 49, 20, 4)),
      per_entry_point(!by_router || is_since(version, 50, 21, 5)) {}

EntryTables::EntryTables(const Parts& parts, size_t entry_point, const Version& version)
    : parts_(parts), point_(parts.entry_points[entry_point]), form_(version), wildcards_(version >= hosts_have_wildcards),
      over_tls_(parts, point_.name, true), in_clear_(parts, point_.name, false) {
  for (const Router& router : parts.routers)
    if (router.rule && is_on(router.entry_points, point_.name)) expressions_.compile(*router.rule, router.dialect.syntax);
  for (const TcpRouter& router : parts.tcp_routers) {
    if (!is_on(router.entry_points, point_.name) || router.tls == TcpRouter::Tls::none) continue;
    tcp_.push_back(&router);
    expressions_.compile(router.rule, router.dialect.syntax);
    has_tls_ = true;
  }
  std::ranges::stable_sort(tcp_, std::greater(), [](const TcpRouter* router) { return router->priority; });
  collect_hosts(parts);
  resolve(parts);
}

void EntryTables::collect_hosts(const Parts& parts) {
  for (const Router& router : parts.routers) {
    if (!router.tls || !router.rule) continue;
    const bool is_here = is_on(router.entry_points, point_.name);
    has_tls_ |= is_here;
    if (!is_here && form_.per_entry_point) continue;
    for (const std::string& host : domains_of(*router.rule, Layer::http)) {
      if (is_here && is_filled_in(host)) has_unknown_hosts_ = true;
      HostOptions& there = hosts_[bare(host)];
      if (!form_.before_models || !router.tls->of_entry_point) there.configured.insert(router.tls->options);
      if (!there.span.known()) there.span = router.tls->span;
    }
  }
}

/// A router that shares a Host with one of other options gets the default ones, and so does one without a Host.
void EntryTables::resolve(const Parts& parts) {
  for (const Router& router : parts.routers) {
    if (!router.tls || !router.rule || !is_on(router.entry_points, point_.name)) continue;
    const std::vector<std::string> hosts = domains_of(*router.rule, Layer::http);
    std::optional<std::string>& options = resolved_[&router];
    options = hosts.empty() ? "default" : router.tls->options;
    if (form_.before_models && router.tls->of_entry_point) options = "";
    const auto conflicts = [&](const std::string& host) { return hosts_.at(bare(host)).configured.size() > 1; };
    const auto in_conflict = std::ranges::count_if(hosts, conflicts);
    if (in_conflict > 0) options = "default";
    // Where the last of its hosts decided, Go's order of maps did.
    if (!form_.per_entry_point && in_conflict > 0 && static_cast<size_t>(in_conflict) < hosts.size()) options = std::nullopt;
    if (hosts.empty()) hosts_["*"].resolved.insert("default");
    for (const std::string& host : hosts) {
      HostOptions& there = hosts_[bare(host)];
      if (!form_.by_router)
        there.resolved = {there.configured.size() > 1 ? std::string("default") : *there.configured.begin()};
      else
        there.resolved.insert(options.value_or("?"));
      if (!options) there.resolved.insert("default");
    }
  }
}

std::optional<std::string_view> EntryTables::one_of(const HostOptions& host) const {
  if (host.resolved.size() != 1) return std::nullopt;
  return std::string_view(*host.resolved.begin());
}

bool EntryTables::is_usable(std::string_view options) const {
  const auto found = parts_.options.find(options);
  return found != parts_.options.end() && found->second.broken.empty();
}

EntryTables::SniFound EntryTables::options_by_sni(const std::string& sni) const {
  using Outcome = SniFound::Outcome;
  const auto here = [&](const std::string& key) -> const HostOptions* {
    const auto found = hosts_.find(key);
    return found == hosts_.end() || found->second.resolved.empty() ? nullptr : &found->second;
  };
  const auto answer = [&](const HostOptions& host) {
    const auto options = one_of(host);
    return options ? SniFound{Outcome::found, *options, host.span} : SniFound{Outcome::unknowable, {}, host.span};
  };
  if (!sni.empty()) {
    const HostOptions* exact = sni == "*" ? nullptr : here(sni);
    const size_t dot = sni.find('.');
    const HostOptions* wildcard =
        wildcards_ && dot != std::string::npos ? here("*" + sni.substr(dot)) : nullptr;
    // The longer text goes first: a label of one letter is as long as "*", and either may.
    if (exact != nullptr && wildcard != nullptr && dot < 2 && one_of(*exact) != one_of(*wildcard))
      return {Outcome::unknowable, {}, exact->span};
    if (exact != nullptr) return answer(*exact);
    if (wildcard != nullptr) return answer(*wildcard);
    if (has_unknown_hosts_) return {Outcome::unknowable, {}, point_.span};
  }
  if (const HostOptions* every = here("*")) {
    SniFound found = answer(*every);
    if (found.outcome == Outcome::found) found.outcome = Outcome::catch_all;
    return found;
  }
  return {};
}

EntryTables::Arrival EntryTables::arrive(const std::string& sni, std::vector<std::string_view> alpn) const {
  using Outcome = SniFound::Outcome;
  const SniFound https = options_by_sni(sni);
  if (https.outcome == Outcome::unknowable) return {Arrival::Kind::unknowable, "default", false, nullptr, https.span};
  const auto as_http = [&](std::string_view options, bool by_name, SourceSpan span) {
    return Arrival{is_usable(options) ? Arrival::Kind::http : Arrival::Kind::closed, options, by_name, nullptr, span};
  };
  if (https.outcome == Outcome::found) return as_http(https.options, true, https.span);
  const Asked asked{sni, std::move(alpn), "/", false};
  const TcpRouter* every = nullptr;
  for (const TcpRouter* router : tcp_) {
    const std::optional<bool> told = fits(router->rule, asked, router->dialect, expressions_);
    if (!told) return {Arrival::Kind::unknowable, "default", false, nullptr, router->span};
    if (!*told) continue;
    if (router->is_catch_all && https.outcome == Outcome::catch_all) break;
    every = router;
    break;
  }
  if (every == nullptr) return as_http("default", false, https.span);
  const bool is_closed = every->tls == TcpRouter::Tls::terminated && !is_usable(every->options);
  return {is_closed ? Arrival::Kind::closed : Arrival::Kind::tcp, every->options, !every->is_catch_all, every, every->rule_span};
}

std::optional<std::string_view> EntryTables::options_of(const Router& router) const {
  const auto found = resolved_.find(&router);
  if (found == resolved_.end() || !found->second) return std::nullopt;
  return std::string_view(*found->second);
}

std::string_view EntryTables::options_by_name(std::string_view name, bool is_host) const {
  const auto found = hosts_.find(is_host ? bare(name) : std::string(name));
  if (found == hosts_.end() || found->second.resolved.empty() || name.starts_with('*')) return "default";
  return *found->second.resolved.begin();
}

std::vector<Ambiguity> EntryTables::ambiguities() const {
  std::vector<Ambiguity> all;
  std::set<std::string, std::less<>> told;
  for (const Router& router : parts_.routers) {
    if (!router.tls || !router.rule || !is_on(router.entry_points, point_.name)) continue;
    const std::vector<std::string> hosts = domains_of(*router.rule, Layer::http);
    if (hosts.empty() && router.tls->options != "default")
      all.push_back({Ambiguity::Kind::no_host, "", {router.tls->span}, {router.tls->options}, router.name});
    for (const std::string& host : hosts) {
      const HostOptions& there = hosts_.at(bare(host));
      if (there.configured.size() < 2 || !told.insert(bare(host)).second) continue;
      Ambiguity ambiguity{Ambiguity::Kind::unequal_options, host, {}, {}, router.name};
      for (const Router& other : parts_.routers) {
        if (!other.tls || !other.rule || !is_on(other.entry_points, point_.name)) continue;
        const std::vector<std::string> others = domains_of(*other.rule, Layer::http);
        if (std::ranges::find(others, host) == others.end()) continue;
        if (std::ranges::find(ambiguity.options, other.tls->options) != ambiguity.options.end()) continue;
        ambiguity.options.push_back(other.tls->options);
        ambiguity.places.push_back(other.tls->span);
      }
      if (ambiguity.options.size() > 1) all.push_back(std::move(ambiguity));
    }
  }
  return all;
}

}  // namespace astray::traefik
