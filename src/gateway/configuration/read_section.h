#pragma once
// The templates of section_reader.h, for the files that instantiate them for a configuration.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.h"
#include "gateway/configuration/field_kinds.h"
#include "gateway/configuration/section_reader.h"

namespace astray::gateway {

/// Hands each key's node to the reader.
struct MemberReader {
  SectionReader& reader;
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
void SectionReader::read_section(const YamlNode& node, S& settings, std::string_view name) {
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
void SectionReader::check_keys(const YamlNode& node, S& settings) {
  const std::vector<std::string_view> known = keys_of(settings);
  KeysSeen seen(problems_);
  for (const YamlMember& member : node.members) {
    if (problems_.are_enough()) return;  // the search for what was meant takes time
    if (!seen.first_of_name(member) || std::ranges::find(known, member.name) != known.end()) continue;
    complain(member.place, fmt::format("unknown key {}; expected one of {}{}", in_quotes(member.name),
                                       fmt::join(known, ", "), did_you_mean(member.name, known)));
  }
}

template <typename S>
void SectionReader::check_choice(const YamlNode& node, std::string_view name) {
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
void SectionReader::read(const Key& key, const YamlNode& node, T& into) {
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
std::optional<T> SectionReader::read_leaf(const Key& key, const YamlNode& node) {
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
void SectionReader::read_list(const Key& key, const YamlNode& node, std::vector<T>& into) {
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
void SectionReader::read_named(const Key& key, const YamlNode& node, Named<T>& into) {
  if (node.kind != YamlNode::Kind::map || (node.members.empty() && key.need != Need::optional)) {
    complain(node.place, fmt::format("{}: expected labels of your own, each with settings, found {}",
                                     key.name, node.kind == YamlNode::Kind::map ? "none" : found(node)));
    return;
  }
  KeysSeen seen(problems_);
  for (const YamlMember& member : node.members) {
    if (!seen.first_of_name(member)) continue;
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
void SectionReader::read_or_word(const Key& key, const YamlNode& node, OrWord<T>& into) {
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

}  // namespace astray::gateway
