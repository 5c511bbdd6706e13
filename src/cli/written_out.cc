#include "cli/written_out.h"

#include <algorithm>

namespace astray {
namespace {

using Words = std::vector<std::string>;

/// No command line can hold it.
constexpr std::string_view bracket_mark("\0[", 1);

class Writer {
 public:
  explicit Writer(std::span<const std::string> words) : words_(words) {}

  Words write() {
    while (next_ < words_.size()) {
      const std::string& word = words_[next_++];
      if (word.starts_with("--") && word.size() > 2) {
        long_option(word);
      } else if (word.starts_with('-') && word.size() > 1 && command_ != nullptr) {
        short_options(word);
      } else {
        if (command_ == nullptr) command_ = find_command(word);
        out_.push_back(marked(word));
      }
    }
    return std::move(out_);
  }

 private:
  const Option* find(std::string_view name) const {
    if (command_ != nullptr) return find_option(*command_, name);
    for (const Option& option : common_options()) {
      if (option.name == name) return &option;
    }
    return nullptr;
  }

  void long_option(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const Option* option = find(name);
    const bool takes_value = option != nullptr && option->kind != ValueKind::flag;
    if (equals == std::string::npos) {
      out_.push_back(name);
      if (takes_value) value_behind(*option);
    } else if (takes_value || equals + 1 == word.size()) {
      out_.push_back(name);
      out_.push_back(marked(word.substr(equals + 1)));
    } else {
      out_.push_back(word);
    }
  }

  void short_options(const std::string& word) {
    for (size_t at = 1; at < word.size(); ++at) {
      const Option* option = find_short_option(*command_, word[at]);
      if (option == nullptr) {
        out_.push_back("-" + word.substr(at));
        return;
      }
      out_.emplace_back(option->name);
      if (option->kind == ValueKind::flag) continue;
      if (at + 1 < word.size()) {
        out_.push_back(marked(word.substr(at + 1)));
      } else {
        value_behind(*option);
      }
      return;
    }
  }

  /// The next word, unless the option can do without and the word is none of its choices.
  void value_behind(const Option& option) {
    const bool more = next_ < words_.size();
    const std::span<const std::string_view> choices = option.choices;
    if (!option.bare_value.empty() &&
        (!more || std::find(choices.begin(), choices.end(), words_[next_]) == choices.end())) {
      out_.emplace_back(option.bare_value);
    } else if (more) {
      out_.push_back(marked(words_[next_++]));
    }
  }

  std::span<const std::string> words_;
  size_t next_ = 0;
  const Command* command_ = nullptr;
  Words out_;
};

}  // namespace

std::string marked(std::string word) {
  return word.starts_with('[') ? std::string(bracket_mark) + word : word;
}

std::string unmarked(std::string word) {
  return word.starts_with(bracket_mark) ? word.substr(1) : word;
}

std::vector<std::string> written_out(std::span<const std::string> words) {
  return Writer(words).write();
}

}  // namespace astray
