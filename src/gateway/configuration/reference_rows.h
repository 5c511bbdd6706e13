#pragma once
// The tables of a configuration's reference in Markdown: every key with its values, default and meaning.
#include <fmt/format.h>

#include "gateway/configuration/field_kinds.h"

namespace astray::gateway {

template <typename M>
struct ItemOf {
  using Type = M;
};
template <typename T>
struct ItemOf<std::optional<T>> {
  using Type = T;
};
template <typename T>
struct ItemOf<std::vector<T>> {
  using Type = T;
};
template <typename T>
struct ItemOf<Named<T>> {
  using Type = T;
};
template <typename T>
struct ItemOf<OrWord<T>> {
  using Type = T;
};

/// How a key's settings are addressed: "routes[]", "backs.LABEL".
template <typename M>
std::string path_of(std::string_view parent, std::string_view name) {
  std::string path = parent.empty() ? std::string(name) : fmt::format("{}.{}", parent, name);
  if constexpr (is_a<M, Named>)
    path += ".LABEL";
  else if constexpr (is_a<M, std::vector>)
    path += "[]";
  return path;
}

/// A choice's words as code.
template <typename T>
std::string values_text() {
  if constexpr (Chosen<T>) {
    std::string text;
    for (const auto& [word, value] : Words<T>::all)
      text += fmt::format("{}`{}`", text.empty() ? "" : ", ", word);
    return text;
  } else {
    return expectation_of<T>();
  }
}

/// What a key takes.
template <typename M>
std::string values_of(const Key& key, const std::string& path) {
  using Item = typename ItemOf<M>::Type;
  std::string values;
  if constexpr (std::is_same_v<M, HeaderLines>)
    return "names of header fields with their values";
  else if constexpr (is_leaf<Item>)
    values = values_text<BareType<Item>>() + limits_text<BareType<Item>>(key);
  else
    values = fmt::format("`{}`, below", path);
  if constexpr (is_a<M, OrWord>) values += fmt::format(", or the word `{}`", KeysOf<Item>::word);
  if constexpr (is_a<M, std::vector>) values = "a list; each: " + values;
  return values;
}

template <typename M>
std::string default_text(const Key& key, const M& member) {
  if (key.need == Need::required) return "(required)";
  if constexpr (is_a<M, OrWord>) {
    if (!member.settings) return fmt::format("`{}`", KeysOf<typename ItemOf<M>::Type>::word);
    return "";
  } else if constexpr (is_a<M, std::vector>) {
    if constexpr (is_leaf<typename M::value_type>) {
      std::string items;
      for (const auto& item : member) items += (items.empty() ? "" : ", ") + print_leaf(bare(item));
      return items.empty() ? "none" : fmt::format("`[{}]`", items);
    }
    return "none";
  } else if constexpr (is_a<M, std::optional> || is_a<M, Named> || std::is_same_v<M, HeaderLines>) {
    return "none";
  } else if constexpr (is_leaf<M>) {
    return fmt::format("`{}`", print_leaf(bare(member)));
  } else {
    return "";
  }
}

struct RowWriter {
  std::string path;
  std::string rows{};
  std::string sections{};

  template <typename M>
  void operator()(const Key& key, const M& member) {
    using Item = typename ItemOf<M>::Type;
    const std::string inner = path_of<M>(path, key.name);
    rows += fmt::format("| `{}` | {} | {} | {} |\n", key.name, values_of<M>(key, inner),
                        default_text(key, member), key.text);
    if constexpr (!is_leaf<Item> && !std::is_same_v<M, HeaderLines>) {
      RowWriter below{inner};
      const Item defaults{};
      KeysOf<Item>::each(below, defaults);
      sections += fmt::format("\n### `{}`\n\n| key | value | default | what it does |\n|---|---|---|---|\n{}",
                              inner, below.rows);
      sections += below.sections;
    }
  }
};

template <typename Settings>
std::string reference_of() {
  RowWriter writer{""};
  const Settings defaults;
  KeysOf<Settings>::each(writer, defaults);
  return "| key | value | default | what it does |\n|---|---|---|---|\n" + writer.rows + writer.sections;
}

}  // namespace astray::gateway
