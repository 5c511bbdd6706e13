#include "gateway/configuration/read_configuration.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.h"
#include "gateway/configuration/field_kinds.h"
#include "gateway/configuration/yaml_tree.h"
#include "names/raw_host.h"

namespace astray::gateway {
namespace {

std::string in_quotes(std::string_view text) {
  return "\"" + RawHost(std::string(text)).printable() + "\"";
}

std::string found(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::nothing:
      return "nothing";
    case YamlNode::Kind::plain:
    case YamlNode::Kind::quoted:
      return in_quotes(node.text);
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::map:
      return "a set of keys";
  }
  return {};
}

/// The names of a section's keys.
struct KeyNames {
  std::vector<std::string_view> names;
  template <typename M>
  void operator()(const Key& key, M&) {
    names.push_back(key.name);
  }
};

template <typename S>
std::vector<std::string_view> keys_of(S& settings) {
  KeyNames keys;
  KeysOf<S>::each(keys, settings);
  return keys.names;
}

class ConfigurationReader {
 public:
  explicit ConfigurationReader(std::string_view folder) : folder_(folder) {}

  template <typename S>
  void read_section(const YamlNode& node, S& settings, std::string_view name);

  void complain(SourceSpan place, std::string message) {
    if (problems_.size() < max_read_problems)
      problems_.push_back({Severity::error, place, std::move(message)});
    else if (problems_.size() == max_read_problems)
      problems_.push_back({Severity::error, place, "there are more problems; these come first"});
  }
  /// By place; that there are more is said last.
  std::vector<ConfigurationProblem> take_problems() {
    const auto listed =
        problems_.begin() + static_cast<ptrdiff_t>(std::min(problems_.size(), max_read_problems));
    std::ranges::stable_sort(problems_.begin(), listed, {}, &ConfigurationProblem::place);
    return std::move(problems_);
  }

  template <typename T>
  void read(const Key& key, const YamlNode& node, T& into);

 private:
  template <typename T>
  std::optional<T> read_leaf(const Key& key, const YamlNode& node);
  template <typename T>
  void read_list(const Key& key, const YamlNode& node, std::vector<T>& into);
  template <typename T>
  void read_named(const Key& key, const YamlNode& node, Named<T>& into);
  template <typename T>
  void read_or_word(const Key& key, const YamlNode& node, OrWord<T>& into);
  void read_header_lines(const Key& key, const YamlNode& node, HeaderLines& into);
  template <typename S>
  void check_keys(const YamlNode& node, S& settings);
  template <typename S>
  void check_choice(const YamlNode& node, std::string_view name);

  void complain_of(const Key& key, const YamlNode& node, std::string_view expected,
                   std::string_view why = "") {
    complain(node.place, fmt::format("{}: expected {}, found {}{}{}", key.name, expected, found(node),
                                     why.empty() || why.starts_with('.') ? "" : ": ", why));
  }
  /// False, and a complaint, for the second of two.
  bool first_of_name(const YamlMember& member, std::map<std::string_view, uint32_t>& lines) {
    const auto [first, is_new] = lines.try_emplace(member.name, member.place.line);
    if (is_new) return true;
    complain(member.place, fmt::format("the key {} stands twice; the first is in line {}",
                                       in_quotes(member.name), first->second));
    return false;
  }
  FilePath resolved(FilePath path) const {
    if (folder_.empty() || path.text.starts_with('/')) return path;
    return {(std::filesystem::path(folder_) / path.text).lexically_normal().string()};
  }

  std::string folder_;
  std::vector<ConfigurationProblem> problems_;
};

/// Hands each key's node to the reader.
struct MemberReader {
  ConfigurationReader& reader;
  const YamlNode& section;
  std::string_view name;

  template <typename M>
  void operator()(const Key& key, M& member) {
    if (const YamlNode* node = section.member(key.name))
      reader.read(key, *node, member);
    else if (key.need == Need::required)
      reader.complain(section.place,
                      fmt::format("{}: the key {} is missing: {}", name, in_quotes(key.name), key.text));
  }
};

template <typename S>
void ConfigurationReader::read_section(const YamlNode& node, S& settings, std::string_view name) {
  if constexpr (requires { settings.place; }) settings.place = node.place;
  if constexpr (requires { KeysOf<S>::shorthand(settings); }) {
    if (node.is_text()) {
      read(Key{name, ""}, node, KeysOf<S>::shorthand(settings));
      return;
    }
  }
  if (node.kind != YamlNode::Kind::map) {
    complain(node.place, fmt::format("{}: expected the keys {}, found {}", name,
                                     fmt::join(keys_of(settings), ", "), found(node)));
    return;
  }
  check_keys(node, settings);
  check_choice<S>(node, name);
  MemberReader members{*this, node, name};
  KeysOf<S>::each(members, settings);
}

template <typename S>
void ConfigurationReader::check_keys(const YamlNode& node, S& settings) {
  const std::vector<std::string_view> known = keys_of(settings);
  std::map<std::string_view, uint32_t> lines;
  for (const YamlMember& member : node.members) {
    if (problems_.size() > max_read_problems) return;  // the search for what was meant takes time
    if (!first_of_name(member, lines) || std::ranges::find(known, member.name) != known.end()) continue;
    complain(member.place, fmt::format("unknown key {}; expected one of {}{}", in_quotes(member.name),
                                       fmt::join(known, ", "), did_you_mean(member.name, known)));
  }
}

template <typename S>
void ConfigurationReader::check_choice(const YamlNode& node, std::string_view name) {
  const Choice choice = choice_of<S>();
  if (choice.keys.empty()) return;
  const auto said =
      std::ranges::count_if(choice.keys, [&](std::string_view key) { return node.member(key) != nullptr; });
  if (said > 1)
    complain(node.place, fmt::format("{}: expected one of the keys {}, found {} of them", name,
                                     fmt::join(choice.keys, ", "), said));
  if (said == 0 && choice.need == Need::required)
    complain(node.place, fmt::format("{}: expected one of the keys {}, found neither", name,
                                     fmt::join(choice.keys, ", ")));
}

template <typename T>
void ConfigurationReader::read(const Key& key, const YamlNode& node, T& into) {
  if constexpr (is_a<T, std::optional>) {
    using Inner = typename T::value_type;
    if constexpr (is_leaf<Inner>) {
      if (auto value = read_leaf<BareType<Inner>>(key, node)) {
        if constexpr (is_a<Inner, Placed>)
          into = Inner{*std::move(value), node.place};
        else
          into = *std::move(value);
      }
    } else {
      read(key, node, into.emplace());
    }
  } else if constexpr (is_a<T, Placed>) {
    into.place = node.place;
    read(key, node, into.value);
  } else if constexpr (is_a<T, Named>) {
    read_named(key, node, into);
  } else if constexpr (is_a<T, OrWord>) {
    read_or_word(key, node, into);
  } else if constexpr (is_a<T, std::vector>) {
    read_list(key, node, into);
  } else if constexpr (std::is_same_v<T, HeaderLines>) {
    read_header_lines(key, node, into);
  } else if constexpr (is_leaf<T>) {
    if (auto value = read_leaf<T>(key, node)) into = *std::move(value);
  } else {
    read_section(node, into, key.name);
  }
}

template <typename T>
std::optional<T> ConfigurationReader::read_leaf(const Key& key, const YamlNode& node) {
  const std::string expected = expectation_of<T>() + limits_text<T>(key);
  if constexpr (Chosen<T>) {
    std::vector<std::string_view> words;
    for (const auto& [word, value] : Words<T>::all) {
      if (node.is_text() && node.text == word) return value;
      words.push_back(word);
    }
    complain_of(key, node, expected, did_you_mean(node.text, words));
    return std::nullopt;
  } else {
    if (!node.is_text() || (is_plain<T> && node.kind != YamlNode::Kind::plain)) {
      complain_of(key, node, expected, node.is_text() ? "it stands in quotes" : "");
      return std::nullopt;
    }
    Parsed<T> value = parse_scalar(node.text, As<T>{});
    if (!value) {
      complain_of(key, node, expected, value.error());
      return std::nullopt;
    }
    if constexpr (Limited<T>) {
      if (magnitude(*value) < key.least || magnitude(*value) > key.most) {
        complain_of(key, node, expected);
        return std::nullopt;
      }
    }
    if constexpr (std::is_same_v<T, FilePath>) return resolved(*std::move(value));
    return *std::move(value);
  }
}

template <typename T>
void ConfigurationReader::read_list(const Key& key, const YamlNode& node, std::vector<T>& into) {
  if (node.kind != YamlNode::Kind::list || (node.items.empty() && key.need != Need::optional)) {
    complain(node.place,
             fmt::format("{}: expected a list, found {}; a list is written as [one, other]", key.name,
                         node.kind == YamlNode::Kind::list ? "an empty one" : found(node)));
    return;
  }
  into.clear();
  for (const YamlNode& item : node.items) {
    if constexpr (is_leaf<T>) {
      std::optional<T> value;
      read(key, item, value);
      if (value) into.push_back(*std::move(value));
    } else {
      read(key, item, into.emplace_back());
    }
  }
}

template <typename T>
void ConfigurationReader::read_named(const Key& key, const YamlNode& node, Named<T>& into) {
  if (node.kind != YamlNode::Kind::map || (node.members.empty() && key.need != Need::optional)) {
    complain(node.place, fmt::format("{}: expected labels of your own, each with settings, found {}",
                                     key.name, node.kind == YamlNode::Kind::map ? "none" : found(node)));
    return;
  }
  std::map<std::string_view, uint32_t> lines;
  for (const YamlMember& member : node.members) {
    if (!first_of_name(member, lines)) continue;
    const auto label = parse_scalar(member.name, As<Label>{});
    if (!label) {
      complain(member.place, fmt::format("{}: expected {}, found {}", key.name, Scalar<Label>::expected,
                                         in_quotes(member.name)));
      continue;
    }
    T& settings = into.emplace_back();
    settings.name = {*label, member.place};
    read_section(member.value, settings, member.name);
  }
}

template <typename T>
void ConfigurationReader::read_or_word(const Key& key, const YamlNode& node, OrWord<T>& into) {
  constexpr std::string_view word = KeysOf<T>::word;
  if (node.is_text() && node.text == word) {
    into.settings.reset();
    return;
  }
  T settings;
  if (node.kind != YamlNode::Kind::map) {
    complain(node.place, fmt::format("{}: expected the word {}, or the keys {}, found {}", key.name, word,
                                     fmt::join(keys_of(settings), ", "), found(node)));
    return;
  }
  read_section(node, settings, key.name);
  into.settings = std::move(settings);
}

void ConfigurationReader::read_header_lines(const Key& key, const YamlNode& node, HeaderLines& into) {
  if (node.kind != YamlNode::Kind::map) {
    complain_of(key, node, "names of header fields with their values");
    return;
  }
  std::map<std::string_view, uint32_t> lines;
  for (const YamlMember& member : node.members) {
    if (!first_of_name(member, lines)) continue;
    auto field = parse_scalar(member.name, As<FieldName>{});
    if (!field)
      complain(member.place, fmt::format("{}: expected {}, found {}", key.name, Scalar<FieldName>::expected,
                                         in_quotes(member.name)));
    auto value = read_leaf<FieldValue>(Key{member.name, ""}, member.value);
    if (field && value) into.push_back({*std::move(field), *std::move(value)});
  }
}

}  // namespace

ReadConfiguration read_configuration(std::string_view yaml, std::string_view folder) {
  ReadConfiguration read;
  const auto tree = read_yaml(yaml);
  if (!tree) {
    read.problems.push_back({Severity::error, tree.error().place, tree.error().message});
    return read;
  }
  ConfigurationReader reader(folder);
  reader.read_section(*tree, read.configuration, "configuration");
  read.problems = reader.take_problems();
  return read;
}

}  // namespace astray::gateway
