#include "servers/traefik/flags.h"

#include <charconv>

#include "base/ascii.h"

namespace astray::traefik {
namespace {

constexpr size_t max_parts = 32;
constexpr size_t max_index = 999;

struct Step {
  std::string_view name;
  std::optional<size_t> index;
};

std::optional<std::vector<Step>> steps_of(std::string_view dotted) {
  std::vector<Step> steps;
  while (true) {
    const size_t dot = dotted.find('.');
    Step step{dotted.substr(0, dot), std::nullopt};
    if (step.name.ends_with(']')) {
      const size_t open = step.name.find('[');
      if (open == std::string_view::npos) return std::nullopt;
      const std::string_view digits = step.name.substr(open + 1, step.name.size() - open - 2);
      size_t index = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
      if (error != std::errc() || end != digits.data() + digits.size() || index > max_index) return std::nullopt;
      step.index = index;
      step.name = step.name.substr(0, open);
    }
    const bool is_odd = step.name.find_first_of("[]") != std::string_view::npos;
    if (step.name.empty() || is_odd || steps.size() == max_parts) return std::nullopt;
    steps.push_back(step);
    if (dot == std::string_view::npos) return steps;
    dotted.remove_prefix(dot + 1);
  }
}

Node& child(Node& of, std::string_view name, SourceSpan place) {
  of.kind = Node::Kind::map;
  for (gateway::YamlMember& member : of.members)
    if (ascii_iequals(member.name, name)) return member.value;
  gateway::YamlMember& member = of.members.emplace_back();
  member.name = std::string(name);
  member.place = place;
  member.value.place = place;
  return member.value;
}

}  // namespace

bool put(Node& root, std::string_view dotted_name, std::string_view value, SourceSpan place) {
  const auto steps = steps_of(dotted_name);
  if (!steps) return false;
  Node* at = &root;
  for (const Step& step : *steps) {
    at = &child(*at, step.name, place);
    if (!step.index) continue;
    at->kind = Node::Kind::list;
    if (at->items.size() <= *step.index) at->items.resize(*step.index + 1);
    at = &at->items[*step.index];
    if (!at->place.known()) at->place = place;
  }
  // "tls=true" and "tls.options=x" may both stand there, in any order.
  if (!at->members.empty() || !at->items.empty()) return true;
  at->kind = Node::Kind::plain;
  at->text = std::string(value);
  at->place = place;
  return true;
}

void merge(Node& into, const Node& from) {
  if (from.kind != Node::Kind::map) {
    if (into.kind == Node::Kind::nothing) into = from;
    return;
  }
  for (const gateway::YamlMember& member : from.members) {
    Node& there = child(into, member.name, member.place);
    if (there.kind == Node::Kind::nothing)
      there = member.value;
    else
      merge(there, member.value);
  }
}

}  // namespace astray::traefik
