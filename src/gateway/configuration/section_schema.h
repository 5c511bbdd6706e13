#pragma once
// A JSON schema (draft 2020-12) of a configuration, out of the tables of fields.h.
#include <fmt/format.h>

#include "gateway/configuration/field_kinds.h"

namespace astray::gateway {

inline std::string json_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

/// YAML reads 421 as a number.
inline std::string json_word(std::string_view word) {
  if (word.find_first_not_of("0123456789") == std::string_view::npos)
    return fmt::format("{}, {}", word, json_text(word));
  return json_text(word);
}

inline std::string line_break(size_t depth) {
  return "\n" + std::string(depth * 2, ' ');
}

template <typename T>
std::string leaf_schema(const Key& key) {
  if constexpr (Chosen<T>) {
    std::string words;
    for (const auto& [word, value] : Words<T>::all) words += (words.empty() ? "" : ", ") + json_word(word);
    return fmt::format(R"("enum": [{}])", words);
  } else if constexpr (std::is_same_v<T, uint32_t>) {
    return fmt::format(R"({}, "minimum": {}, "maximum": {})", Scalar<T>::schema, key.least, key.most);
  } else {
    return std::string(Scalar<T>::schema);
  }
}

template <typename S>
std::string section_schema(const S& defaults, size_t depth);

/// The members of the schema for one member of a section.
template <typename M>
std::string member_schema(const Key& key, const M& member, size_t depth) {
  const std::string at_least_one = key.need == Need::optional ? "" : R"(, "minItems": 1)";
  if constexpr (is_leaf<M>) {
    if constexpr (is_a<M, std::optional>) {
      return leaf_schema<BareType<typename M::value_type>>(key);
    } else {
      return leaf_schema<BareType<M>>(key);
    }
  } else if constexpr (is_a<M, std::optional>) {
    return section_schema(typename M::value_type{}, depth);
  } else if constexpr (is_a<M, Named>) {
    return fmt::format(R"("type": "object", {}"propertyNames": {{{}}}, "additionalProperties": {{{}}})",
                       key.need == Need::optional ? "" : R"("minProperties": 1, )", Scalar<Label>::schema,
                       section_schema(typename M::value_type{}, depth));
  } else if constexpr (is_a<M, OrWord>) {
    using Settings = typename decltype(member.settings)::value_type;
    return fmt::format(R"("oneOf": [{{"enum": ["{}"]}}, {{{}}}])", KeysOf<Settings>::word,
                       section_schema(Settings{}, depth));
  } else if constexpr (is_a<M, std::vector>) {
    using Item = typename M::value_type;
    if constexpr (is_leaf<Item>) {
      return fmt::format(R"("type": "array"{}, "items": {{{}}})", at_least_one,
                         leaf_schema<BareType<Item>>(key));
    } else {
      const Item item{};
      std::string items = section_schema(item, depth);
      if constexpr (requires { KeysOf<Item>::shorthand(item); })
        items = fmt::format(
            R"("oneOf": [{{{}}}, {{{}}}])",
            leaf_schema<BareType<std::remove_cvref_t<decltype(KeysOf<Item>::shorthand(item))>>>(key), items);
      return fmt::format(R"("type": "array"{}, "items": {{{}}})", at_least_one, items);
    }
  } else if constexpr (std::is_same_v<M, HeaderLines>) {
    return fmt::format(R"("type": "object", "propertyNames": {{{}}}, "additionalProperties": {{{}}})",
                       Scalar<FieldName>::schema, Scalar<FieldValue>::schema);
  } else {
    return section_schema(member, depth);
  }
}

/// The default of a leaf; "": none.
template <typename M>
std::string default_of(const M& member) {
  if constexpr (!is_leaf<M> || is_a<M, std::optional>) {
    return "";
  } else {
    using T = BareType<M>;
    const std::string text = print_leaf(bare(member));
    if (text.empty()) return "";
    if constexpr (is_plain<T>)
      return text;
    else
      return json_text(text);
  }
}

struct PropertyWriter {
  size_t depth;
  std::string properties{};
  std::string required{};

  template <typename M>
  void operator()(const Key& key, const M& member) {
    std::string schema;
    if (!key.text.empty()) schema += fmt::format(R"("description": {}, )", json_text(key.text));
    schema += member_schema(key, member, depth + 1);
    if (const std::string value = default_of(member); key.need == Need::optional && !value.empty())
      schema += fmt::format(R"(, "default": {})", value);
    properties += fmt::format("{}{}{}: {{{}}}", properties.empty() ? "" : ",", line_break(depth + 1),
                              json_text(key.name), schema);
    if (key.need == Need::required) required += (required.empty() ? "" : ", ") + json_text(key.name);
  }
};

/// At most, or exactly, one of the keys.
inline std::string choice_schema(const Choice& choice) {
  std::string branches;
  for (const std::string_view key : choice.keys)
    branches += fmt::format(R"({}{{"required": ["{}"]}})", branches.empty() ? "" : ", ", key);
  if (choice.need == Need::required) return fmt::format(R"("oneOf": [{}])", branches);
  return fmt::format(R"("oneOf": [{}, {{"not": {{"anyOf": [{}]}}}}])", branches, branches);
}

template <typename S>
std::string section_schema(const S& defaults, size_t depth) {
  PropertyWriter writer{depth};
  KeysOf<S>::each(writer, defaults);
  std::string schema = R"("type": "object", "additionalProperties": false)";
  if (!writer.required.empty()) schema += fmt::format(R"(, "required": [{}])", writer.required);
  if (const Choice choice = choice_of<S>(); !choice.keys.empty()) schema += ", " + choice_schema(choice);
  return schema + fmt::format(R"(, "properties": {{{}{}}})", writer.properties, line_break(depth));
}

template <typename Settings>
std::string schema_of(std::string_view title) {
  return fmt::format(
      "{{\n"
      "\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
      "\"title\": {},\n"
      "{}\n}}\n",
      json_text(title), section_schema(Settings{}, 0));
}

}  // namespace astray::gateway
