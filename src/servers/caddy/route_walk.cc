#include "servers/caddy/route_walk.h"

#include <algorithm>
#include <deque>
#include <set>
#include <string>

#include "base/ascii.h"

namespace astray::caddy {
namespace {

Answer both(Answer a, Answer b) {
  if (a == Answer::no || b == Answer::no) return Answer::no;
  return a == Answer::unknown || b == Answer::unknown ? Answer::unknown : Answer::yes;
}
Answer either(Answer a, Answer b) {
  if (a == Answer::yes || b == Answer::yes) return Answer::yes;
  return a == Answer::unknown || b == Answer::unknown ? Answer::unknown : Answer::no;
}
Answer opposite(Answer a) {
  if (a == Answer::unknown) return a;
  return a == Answer::yes ? Answer::no : Answer::yes;
}

/// MatchPath for "/": wildcards are at the ends mostly; `*` elsewhere is path.Match, where it spans no slash.
Answer matches_root(std::string_view pattern) {
  if (has_placeholder(pattern)) return Answer::unknown;
  if (pattern == "/" || pattern == "/*" || pattern == "*" || pattern == "*/" || pattern == "*/*") return Answer::yes;
  if (pattern.ends_with('*') && pattern.size() == 2 && pattern.front() == '/') return Answer::yes;
  return Answer::no;
}

/// What is true of the request on its way.
struct Asked {
  const HostLists& lists;
  std::string_view host;
  bool is_tls = false;
  bool is_path_known = true;
  std::set<std::string_view> groups{};
  std::optional<size_t> route{};
};

Answer matches(const std::vector<MatcherSet>& sets, const Asked& asked);

Answer matches(const MatcherSet& set, const Asked& asked) {
  Answer answer = set.has_unknowable ? Answer::unknown : Answer::yes;
  if (!set.hosts.empty()) {
    answer = both(answer, asked.lists.any(set, asked.host));
  }
  if (!set.paths.empty()) {
    Answer any = Answer::no;
    for (const Word& each : set.paths)
      any = either(any, asked.is_path_known || each.text == "*" || each.text == "/*" ? matches_root(each.text) : Answer::unknown);
    answer = both(answer, any);
  }
  if (set.protocol == "http") answer = both(answer, asked.is_tls ? Answer::no : Answer::yes);
  if (set.protocol == "https") answer = both(answer, asked.is_tls ? Answer::yes : Answer::no);
  if (!set.protocol.empty() && set.protocol != "http" && set.protocol != "https") answer = both(answer, Answer::unknown);
  for (const std::vector<MatcherSet>& each : set.negated) answer = both(answer, opposite(matches(each, asked)));
  return answer;
}

Answer matches(const std::vector<MatcherSet>& sets, const Asked& asked) {
  if (sets.empty()) return Answer::yes;
  Answer any = Answer::no;
  for (const MatcherSet& each : sets) any = either(any, matches(each, asked));
  return any;
}

/// A list of routes that is being gone through, and where its list of handlers stands in the one above.
struct Frame {
  const std::vector<Route>* routes = nullptr;
  const std::vector<size_t>* chosen = nullptr;  ///< of the outermost: which routes are to be looked at
  const Frame* above = nullptr;
  size_t above_route = 0, above_handler = 0;
  bool is_outermost = false;  ///< its routes are the server's

  size_t size() const { return chosen != nullptr ? chosen->size() : routes->size(); }
  const Route& route(size_t i) const { return (*routes)[chosen != nullptr ? (*chosen)[i] : i]; }
};

class Walk {
 public:
  RouteOutcome run(const Frame& outermost, Asked asked) { return from_route(&outermost, 0, std::move(asked)); }

 private:
  static constexpr size_t most_steps = 20'000;    // of one question
  static constexpr size_t most_branchings = 12;   // each doubles what follows

  static RouteOutcome ended(RouteOutcome::Kind kind, int status, const Asked& asked, SourceSpan span) {
    return {kind, status, asked.route, span};
  }

  /// Goes on at a route, then at a handler, and so on until something answers.
  RouteOutcome from_route(const Frame* frame, size_t at, Asked asked) {
    std::optional<size_t> handler;  // absent: the route's matchers come next
    while (true) {
      if (++steps_ > most_steps) return ended(RouteOutcome::Kind::unknowable, 0, asked, {});
      if (!handler) {
        if (at >= frame->size()) {
          if (frame->above == nullptr) return ended(RouteOutcome::Kind::nobody, 0, asked, {});
          at = frame->above_route;
          handler = frame->above_handler + 1;
          frame = frame->above;
          continue;
        }
        const Route& route = frame->route(at);
        const bool is_done = !route.group.empty() && asked.groups.contains(route.group);
        const Answer does = is_done ? Answer::no : matches(route.match, asked);
        if (does == Answer::unknown) return branch(frame, at, asked);
        if (does == Answer::no) {
          ++at;
          continue;
        }
        take(frame, at, asked);
        handler = 0;
        continue;
      }
      const Route& route = frame->route(at);
      if (*handler >= route.handle.size()) {
        if (route.terminal) return ended(RouteOutcome::Kind::nobody, 0, asked, route.span);
        handler.reset();
        ++at;
        continue;
      }
      const Handler& step = route.handle[*handler];
      using enum RouteOutcome::Kind;
      switch (step.kind) {
        case Handler::Kind::passes:
          break;
        case Handler::Kind::rewrites:
          asked.is_path_known = false;
          break;
        case Handler::Kind::responds:
          return ended(step.status == 0 ? unknowable : RouteOutcome::Kind::status, step.status, asked, step.span);
        case Handler::Kind::fails:
          return ended(step.status == 0 ? unknowable : error, step.status, asked, step.span);
        case Handler::Kind::aborts:
          return ended(aborted, 0, asked, step.span);
        case Handler::Kind::serves:
          return ended(served, 0, asked, {});
        case Handler::Kind::unknowable:
          return ended(unknowable, 0, asked, step.span);
        case Handler::Kind::subroute:
          frame = &frames_.emplace_back(Frame{&step.routes, nullptr, frame, at, *handler, false});
          at = 0;
          handler.reset();
          continue;
      }
      ++*handler;
    }
  }

  static void take(const Frame* frame, size_t at, Asked& asked) {
    const Route& route = frame->route(at);
    if (!route.group.empty()) asked.groups.insert(route.group);
    if (frame->is_outermost) asked.route = frame->chosen != nullptr ? (*frame->chosen)[at] : at;
  }

  static bool rewrites_path(const Handler& handler) {
    return handler.kind == Handler::Kind::rewrites ||
           std::ranges::any_of(handler.routes, [](const Route& each) { return std::ranges::any_of(each.handle, rewrites_path); });
  }

  /// Nobody can tell whether the route matches: what both ways lead to is known all the same.
  RouteOutcome branch(const Frame* frame, size_t at, const Asked& asked) {
    const SourceSpan span = frame->route(at).span;
    if (++branchings_ > most_branchings) return ended(RouteOutcome::Kind::unknowable, 0, asked, span);
    const RouteOutcome without = from_route(frame, at + 1, asked);
    Asked with = asked;
    take(frame, at, with);
    // The route as if it had no matchers, on its own and then the rest.
    const Route& route = frame->route(at);
    unconditional_.push_back({Route{route.span, {}, route.handle, "", route.terminal, false}});
    const Frame* alone = &frames_.emplace_back(Frame{&unconditional_.back(), nullptr, nullptr, 0, 0, false});
    RouteOutcome outcome = from_route(alone, 0, with);
    const bool goes_on = outcome.kind == RouteOutcome::Kind::nobody && !route.terminal;
    if (goes_on && std::ranges::any_of(route.handle, rewrites_path)) with.is_path_known = false;
    if (goes_on) outcome = from_route(frame, at + 1, with);
    if (outcome.kind == without.kind && outcome.status == without.status && outcome.route == without.route)
      return without;
    return ended(RouteOutcome::Kind::unknowable, 0, asked, span);
  }

  std::deque<Frame> frames_;
  std::deque<std::vector<Route>> unconditional_;
  size_t steps_ = 0;
  size_t branchings_ = 0;
};

}  // namespace

RouteIndex::RouteIndex(const std::vector<Route>& routes) : routes_(routes), lists_(routes) {
  for (size_t i = 0; i < routes.size(); ++i) {
    bool is_filed = !routes[i].match.empty();
    for (const MatcherSet& set : routes[i].match) {
      if (set.hosts.empty()) is_filed = false;
      for (const Word& host : set.hosts)
        if (has_placeholder(host.text) || (host.text.find('*') != std::string::npos &&
                                           (!host.text.starts_with("*.") || host.text.find('*', 1) != std::string::npos)))
          is_filed = false;
    }
    if (!is_filed) {
      others_.push_back(i);
      continue;
    }
    for (const MatcherSet& set : routes[i].match)
      for (const Word& host : set.hosts) {
        const bool is_wildcard = host.text.starts_with('*');
        auto& list = is_wildcard ? below_[ascii_lower(std::string_view(host.text).substr(2))] : exact_[ascii_lower(host.text)];
        if (list.empty() || list.back() != i) list.push_back(i);
      }
  }
}

std::vector<size_t> RouteIndex::candidates(std::string_view lower_host) const {
  std::vector<size_t> found = others_;
  const auto add = [&](const auto& map, std::string_view key) {
    const auto list = map.find(std::string(key));
    if (list != map.end()) found.insert(found.end(), list->second.begin(), list->second.end());
  };
  add(exact_, lower_host);
  const size_t dot = lower_host.find('.');
  if (dot != std::string_view::npos) add(below_, lower_host.substr(dot + 1));
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

RouteOutcome RouteIndex::answer(std::string_view host, bool is_tls) const {
  const std::vector<size_t> chosen = candidates(ascii_lower(host));
  const Frame outermost{&routes_, &chosen, nullptr, 0, 0, true};
  Asked asked{lists_, host, is_tls};
  return Walk().run(outermost, std::move(asked));
}

RouteIndex::Found RouteIndex::find(std::string_view host) const {
  Found every;
  for (const size_t index : candidates(ascii_lower(host))) {
    const Route& route = routes_[index];
    if (route.match.empty() && !every.route) every.route = index;
    for (const MatcherSet& set : route.match) {
      if (set.hosts.empty() && !every.route) every.route = index;
      if (const Word* named = lists_.first(set, host))
        return {index, named->text.find('*') == std::string::npos ? Found::How::exact : Found::How::wildcard};
    }
  }
  return every;
}

std::string_view host_without_port(std::string_view authority) {
  // net.SplitHostPort: a colon that is the only one, or one behind a bracket.
  if (authority.starts_with('[')) {
    const size_t close = authority.find(']');
    if (close == std::string_view::npos || close + 1 >= authority.size() || authority[close + 1] != ':' ||
        authority.find(':', close + 2) != std::string_view::npos)
      return authority;
    return authority.substr(1, close - 1);
  }
  const size_t colon = authority.find(':');
  if (colon == std::string_view::npos || authority.find(':', colon + 1) != std::string_view::npos ||
      authority.find_first_of("[]") != std::string_view::npos)
    return authority;
  return authority.substr(0, colon);
}

std::string host_for_matching(std::string_view authority) {
  const std::string_view host = host_without_port(authority);
  if (host.size() != authority.size()) return std::string(host);
  std::string_view bare = authority;
  if (bare.starts_with('[')) bare.remove_prefix(1);
  if (bare.ends_with(']')) bare.remove_suffix(1);
  return std::string(bare);
}

}  // namespace astray::caddy
