#include "gateway/configuration/print_configuration.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.h"
#include "gateway/configuration/field_kinds.h"

namespace astray::gateway {
namespace {

/// A text in YAML's double quotes. Control characters are in no value that was read.
std::string in_yaml_quotes(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

/// Quoted where YAML could take it for anything but a text.
std::string yaml_text(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const bool is_word =
      !text.empty() && (is_letter(text[0]) || text[0] == '/') && std::ranges::all_of(text, [&](char c) {
        return is_letter(c) || is_ascii_digit(c) ||
               std::string_view("_./-").find(c) != std::string_view::npos;
      });
  const std::string lower = ascii_lower(text);
  const bool means_more = lower == "true" || lower == "false" || lower == "null" || lower == "yes" ||
                          lower == "no" || lower == "on" || lower == "off" || lower == "y" || lower == "n";
  return is_word && !means_more ? std::string(text) : in_yaml_quotes(text);
}

template <typename T>
std::string yaml_leaf(const T& value) {
  if constexpr (is_plain<T>)
    return print_leaf(value);
  else
    return yaml_text(print_leaf(value));
}

class ConfigurationPrinter {
 public:
  template <typename S>
  void section(const S& settings) {
    KeysOf<S>::each(*this, settings);
  }

  template <typename M>
  void operator()(const Key& key, const M& member) {
    if constexpr (is_a<M, std::optional>) {
      if (member) (*this)(key, *member);
    } else if constexpr (is_a<M, Placed>) {
      line(key.name, yaml_leaf(member.value));
    } else if constexpr (is_a<M, OrWord>) {
      if (member.settings)
        (*this)(key, *member.settings);
      else
        line(key.name, yaml_text(KeysOf<typename decltype(member.settings)::value_type>::word));
    } else if constexpr (is_a<M, Named>) {
      if (member.empty()) return;
      const Indented inside(*this, key.name);
      for (const auto& each : member) {
        const Indented deeper(*this, yaml_text(each.name.value.text));
        section(each);
      }
    } else if constexpr (is_a<M, std::vector>) {
      list(key, member);
    } else if constexpr (std::is_same_v<M, HeaderLines>) {
      if (member.empty()) return;
      const Indented inside(*this, key.name);
      for (const HeaderLine& each : member) line(yaml_text(each.field.text), yaml_leaf(each.value));
    } else if constexpr (is_leaf<M>) {
      line(key.name, yaml_leaf(member));
    } else {
      map(key, member);
    }
  }

  std::string take() { return std::move(text_); }

 private:
  /// "name:" and, while it lives, what belongs to it.
  class Indented {
   public:
    Indented(ConfigurationPrinter& printer, std::string_view name) : printer_(printer) {
      printer.begin_line();
      printer.text_ += fmt::format("{}:\n", name);
      printer.depth_ += 1;
    }
    ~Indented() { printer_.depth_ -= 1; }
    Indented(const Indented&) = delete;
    Indented& operator=(const Indented&) = delete;

   private:
    ConfigurationPrinter& printer_;
  };

  void begin_line() {
    if (after_dash_)
      after_dash_ = false;
    else
      text_.append(depth_ * 2, ' ');
  }
  void line(std::string_view name, std::string_view value) {
    begin_line();
    text_ += fmt::format("{}: {}\n", name, value);
  }

  /// A section of which nothing is said and nothing has a default is left out.
  template <typename S>
  void map(const Key& key, const S& settings) {
    ConfigurationPrinter alone;
    alone.depth_ = depth_ + 1;
    alone.section(settings);
    if (alone.text_.empty()) return;
    const Indented inside(*this, key.name);
    text_ += alone.text_;
  }

  template <typename T>
  void list(const Key& key, const std::vector<T>& items) {
    if (items.empty()) return;
    if constexpr (is_leaf<T>) {
      std::string joined;
      for (const T& item : items) joined += (joined.empty() ? "" : ", ") + yaml_leaf(bare(item));
      line(key.name, "[" + joined + "]");
    } else {
      const Indented inside(*this, key.name);
      for (const T& item : items) {
        begin_line();
        text_ += "- ";
        after_dash_ = true;
        depth_ += 1;
        section(item);
        depth_ -= 1;
      }
    }
  }

  std::string text_;
  size_t depth_ = 0;
  bool after_dash_ = false;  ///< the line has its indentation already
};

}  // namespace

std::string print_configuration(const Configuration& configuration) {
  ConfigurationPrinter printer;
  printer.section(configuration);
  return printer.take();
}

}  // namespace astray::gateway
