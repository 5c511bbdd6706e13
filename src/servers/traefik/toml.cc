#include "servers/traefik/toml.h"

#include <fmt/format.h>

#include <sstream>

namespace astray::traefik {
/// toml++ 3.3.0 takes for granted what some texts break (a line that is "[" alone), and undefined behaviour follows. Its
/// assertions stay on, and are thrown.
struct BrokenAssumption {};
[[noreturn]] static void report_broken_assumption() {
  throw BrokenAssumption();
}
}  // namespace astray::traefik

#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expr) ((expr) ? static_cast<void>(0) : ::astray::traefik::report_broken_assumption())
#define TOML_EXCEPTIONS 1
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace astray::traefik {
namespace {

SourceSpan span_of(const toml::source_region& region, SourceFileId file) {
  return {file, region.begin.line, region.begin.column};
}

/// toml++ itself refuses values that are nested deeper than 256, and dotted keys are as deep as their dots.
class Converter {
 public:
  explicit Converter(SourceFileId file) : file_(file) {}

  Node convert(const toml::node& from, size_t depth = 0) {
    Node node;
    node.place = span_of(from.source(), file_);
    if (depth >= gateway::max_yaml_depth || ++nodes_ > gateway::max_yaml_nodes) {
      if (!refused_) refused_ = node.place;
      return node;
    }
    if (const toml::table* table = from.as_table()) {
      node.kind = Node::Kind::map;
      for (const auto& [key, value] : *table) {
        gateway::YamlMember& member = node.members.emplace_back();
        member.name = std::string(key.str());
        member.place = span_of(key.source(), file_);
        member.value = convert(value, depth + 1);
        // A table that only its sub-tables state has no place of its own.
        if (member.value.place.line == 0) member.value.place = member.place;
      }
    } else if (const toml::array* array = from.as_array()) {
      node.kind = Node::Kind::list;
      for (const toml::node& item : *array) node.items.push_back(convert(item, depth + 1));
    } else if (const auto* string = from.as_string()) {
      node.kind = Node::Kind::quoted;
      node.text = string->get();
    } else if (const auto* boolean = from.as_boolean()) {
      node.kind = Node::Kind::plain;
      node.text = boolean->get() ? "true" : "false";
    } else if (const auto* integer = from.as_integer()) {
      node.kind = Node::Kind::plain;
      node.text = std::to_string(integer->get());
    } else {
      std::ostringstream written;
      from.visit([&](const auto& value) {
        if constexpr (toml::is_value<decltype(value)>) written << value.get();
      });
      node.kind = Node::Kind::plain;
      node.text = written.str();
    }
    return node;
  }

  std::optional<SourceSpan> refused() const { return refused_; }

 private:
  SourceFileId file_;
  size_t nodes_ = 0;
  std::optional<SourceSpan> refused_{};
};

/// The first line of brackets and blanks alone; 1 where there is none.
uint32_t line_without_key(std::string_view text) {
  uint32_t line = 1;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view own = text.substr(0, end);
    if (own.find('[') != std::string_view::npos && own.find_first_not_of(" \t\r[") == std::string_view::npos) return line;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
    ++line;
  }
  return 1;
}

}  // namespace

Result<Node, gateway::YamlError> read_toml(std::string_view text, SourceFileId file) {
  if (text.size() > gateway::max_yaml_bytes)
    return tl::unexpected(gateway::YamlError{
        {file, 1, 1}, fmt::format("the file has {} bytes; TOML is read up to {}", text.size(), gateway::max_yaml_bytes)});
  toml::table parsed;
  try {
    parsed = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return tl::unexpected(gateway::YamlError{span_of(error.source(), file), fmt::format("this is no TOML: {}", error.description())});
  } catch (const BrokenAssumption&) {
    return tl::unexpected(gateway::YamlError{
        {file, line_without_key(text), 1}, "this is no TOML: a key is missing; expected one behind every \"[\" that begins a table"});
  }
  Converter converter(file);
  Node root = converter.convert(parsed);
  if (converter.refused())
    return tl::unexpected(gateway::YamlError{
        *converter.refused(), fmt::format("this is nested deeper than {} levels, or the file has more than {} values",
                                          gateway::max_yaml_depth, gateway::max_yaml_nodes)});
  return root;
}

}  // namespace astray::traefik
