#include "servers/caddy/host_lists.h"

#include <algorithm>

#include "base/ascii.h"

namespace astray::caddy {
namespace {

/// A shorter list is gone through as fast as it is looked up.
constexpr size_t shortest_list = 8;

bool is_plain(std::string_view host) {
  return host.find('*') == std::string_view::npos && !has_placeholder(host);
}

}  // namespace

Answer matches_host(std::string_view pattern, std::string_view host) {
  if (has_placeholder(pattern)) return Answer::unknown;
  if (pattern.find('*') == std::string_view::npos) return ascii_iequals(pattern, host) ? Answer::yes : Answer::no;
  while (true) {
    const size_t pattern_dot = pattern.find('.');
    const size_t host_dot = host.find('.');
    const std::string_view wanted = pattern.substr(0, pattern_dot);
    if (wanted != "*" && !ascii_iequals(wanted, host.substr(0, host_dot))) return Answer::no;
    if (pattern_dot == std::string_view::npos || host_dot == std::string_view::npos)
      return pattern_dot == host_dot ? Answer::yes : Answer::no;
    pattern.remove_prefix(pattern_dot + 1);
    host.remove_prefix(host_dot + 1);
  }
}

void HostLists::add(const std::vector<Route>& routes) {
  for (const Route& route : routes) {
    for (const MatcherSet& set : route.match) add(set);
    for (const Handler& handler : route.handle) add(handler.routes);
  }
}

void HostLists::add(const MatcherSet& set) {
  for (const std::vector<MatcherSet>& negated : set.negated)
    for (const MatcherSet& each : negated) add(each);
  if (set.hosts.size() < shortest_list) return;
  List& list = lists_[&set];
  for (size_t i = 0; i < set.hosts.size(); ++i) {
    if (is_plain(set.hosts[i].text)) list.plain.try_emplace(ascii_lower(set.hosts[i].text), i);
    else list.others.push_back(i);
  }
}

const HostLists::List* HostLists::find(const MatcherSet& set) const {
  const auto found = lists_.find(&set);
  return found == lists_.end() ? nullptr : &found->second;
}

Answer HostLists::any(const MatcherSet& set, std::string_view host) const {
  Answer any = Answer::no;
  const auto ask = [&](const Word& each) {
    if (any != Answer::yes)
      if (const Answer answer = matches_host(each.text, host); answer != Answer::no) any = answer;
  };
  if (const List* list = find(set)) {
    if (list->plain.contains(ascii_lower(host))) return Answer::yes;
    for (const size_t i : list->others) ask(set.hosts[i]);
  } else {
    for (const Word& each : set.hosts) ask(each);
  }
  return any;
}

const Word* HostLists::first(const MatcherSet& set, std::string_view host) const {
  const List* list = find(set);
  if (list == nullptr) {
    for (const Word& each : set.hosts)
      if (matches_host(each.text, host) == Answer::yes) return &each;
    return nullptr;
  }
  std::optional<size_t> at;
  if (const auto plain = list->plain.find(ascii_lower(host)); plain != list->plain.end()) at = plain->second;
  for (const size_t i : list->others) {
    if (at && i > *at) break;
    if (matches_host(set.hosts[i].text, host) == Answer::yes) at = i;
  }
  return at ? &set.hosts[*at] : nullptr;
}

}  // namespace astray::caddy
