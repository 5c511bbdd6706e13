#include "cli/completion.h"

#include <fmt/format.h>

#include "cli/completion_words.h"

namespace astray {
namespace {

using Kind = CompletionWords::Kind;

std::string_view first_sentence(std::string_view help) {
  help = help.substr(0, help.find(". "));
  if (help.ends_with('.')) help.remove_suffix(1);
  return help;
}

std::string replaced(std::string_view text, char what, std::string_view by) {
  std::string out;
  for (const char c : text) {
    if (c == what) {
      out += by;
    } else {
      out += c;
    }
  }
  return out;
}

/// Options of a command and the common ones, without the hidden.
std::vector<const Option*> shown_options(const Command& command) {
  std::vector<const Option*> shown;
  for (const std::span<const Option> options : {command.options, common_options()}) {
    for (const Option& option : options) {
      if (option.visibility == Visibility::shown) shown.push_back(&option);
    }
  }
  return shown;
}

std::string names_of_commands() {
  std::string names;
  for (const Command* command : all_commands())
    names += fmt::format("{}{}", names.empty() ? "" : " ", command->name);
  return names;
}

// bash ---------------------------------------------------------------------------------------------------

std::string bash_reply(const CompletionWords& words) {
  switch (words.kind) {
    case Kind::nothing:
      return "return";
    case Kind::files:
      return "_astray_paths -f; return";
    case Kind::directories:
      return "_astray_paths -d; return";
    case Kind::words:
      return fmt::format("_astray_words \"{}\"; return", fmt::join(words.words, " "));
    case Kind::word_list:
      return fmt::format("_astray_list \"{}\"; return", fmt::join(words.words, " "));
  }
  return {};
}

constexpr std::string_view bash_begin = R"(# bash completion for astray, made by `astray completion bash`

_astray_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_astray_list() {
  local before=""
  [[ $cur == *,* ]] && before="${cur%,*},"
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "${cur##*,}")
  compopt -o nospace 2>/dev/null
}

_astray_paths() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

_astray() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" command="" i
  COMPREPLY=()
  # bash takes the '=' of --option=value for a word of its own.
  if [[ $cur == "=" ]]; then
    cur=""
  elif [[ $prev == "=" && $COMP_CWORD -ge 2 ]]; then
    prev="${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${COMP_WORDS[i]}" in
      --color) ((i++)) ;;
      -*) ;;
      *) command="${COMP_WORDS[i]}"; break ;;
    esac
  done
)";

}  // namespace

std::string bash_completion() {
  std::string out(bash_begin);
  std::string options = "--version";
  out += "  case \"$command $prev\" in\n";
  for (const Option& option : common_options()) {
    options += fmt::format(" {}", option.name);
    if (option.kind == ValueKind::flag) continue;
    out +=
        fmt::format("    *\" {}\") {} ;;\n", option.name, bash_reply(words_for(option.kind, option.choices)));
  }
  for (const Command* command : all_commands()) {
    for (const Option& option : command->options) {
      if (option.visibility == Visibility::hidden || option.kind == ValueKind::flag) continue;
      std::string spellings = fmt::format("\"{} {}\"", command->name, option.name);
      if (option.short_name != 0)
        spellings += fmt::format("|\"{} {}\"", command->name, short_spelling(option));
      out += fmt::format("    {}) {} ;;\n", spellings, bash_reply(words_for(option.kind, option.choices)));
    }
  }
  out += "  esac\n  case \"$command\" in\n";
  out += fmt::format(
      "    \"\")\n      if [[ $cur == -* ]]; then _astray_words \"{}\"; else _astray_words \"{}\"; fi\n      "
      ";;\n",
      options, names_of_commands());
  for (const Command* command : all_commands()) {
    std::string names;
    for (const Option* option : shown_options(*command))
      names += fmt::format("{}{}", names.empty() ? "" : " ", option->name);
    const std::string operand =
        command->operands.empty()
            ? "return"
            : bash_reply(words_for(command->operands.front().kind, command->operands.front().choices));
    out +=
        fmt::format("    {})\n      if [[ $cur == -?* ]]; then _astray_words \"{}\"; else {}; fi\n      ;;\n",
                    command->name, names, operand);
  }
  return out + "  esac\n}\n\ncomplete -F _astray astray\n";
}

// zsh ----------------------------------------------------------------------------------------------------

namespace {

/// Text inside a '…' of zsh, where `special` characters mean something to _arguments or _describe.
std::string zsh_text(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_action(const CompletionWords& words) {
  switch (words.kind) {
    case Kind::nothing:
      return " ";
    case Kind::files:
      return "_files";
    case Kind::directories:
      return "_files -/";
    case Kind::words:
      return fmt::format("({})", fmt::join(words.words, " "));
    case Kind::word_list:
      return fmt::format("_sequence compadd - {}", fmt::join(words.words, " "));
  }
  return {};
}

/// One spelling; the two of an option exclude each other unless it can be repeated.
std::string zsh_spelling(const Option& option, std::string_view spelling) {
  std::string_view before = option.repeat == Repeat::any_number ? "*" : "";
  std::string exclusion;
  if (before.empty() && option.short_name != 0) {
    exclusion = fmt::format("({} {})", short_spelling(option), option.name);
  }
  // Without a blank a value follows the long name behind '=', the short one at once.
  const std::string_view optional = option.bare_value.empty() ? "" : "=-";
  std::string text = fmt::format("'{}{}{}{}[{}]", exclusion, before, spelling, optional,
                                 zsh_text(first_sentence(option.help), "[]:\\"));
  if (option.kind != ValueKind::flag) {
    text += fmt::format("{}:{}:{}", option.bare_value.empty() ? "" : ":", zsh_text(option.value, "[]:\\"),
                        zsh_action(words_for(option.kind, option.choices)));
  }
  return text + "'";
}

std::vector<std::string> zsh_option(const Option& option) {
  std::vector<std::string> spellings = {zsh_spelling(option, option.name)};
  if (option.short_name != 0) spellings.push_back(zsh_spelling(option, short_spelling(option)));
  return spellings;
}

}  // namespace

std::string zsh_completion() {
  std::string out =
      "#compdef astray\n# zsh completion for astray, made by `astray completion zsh`\n\n"
      "_astray() {\n  local curcontext=\"$curcontext\" state line\n  typeset -A opt_args\n  _arguments -C "
      "\\\n";
  for (const Option& option : common_options()) {
    for (const std::string& spelling : zsh_option(option)) out += fmt::format("    {} \\\n", spelling);
  }
  out +=
      "    '--version[Show the version and end]' \\\n    '1:command:->command' \\\n    "
      "'*::argument:->argument'\n"
      "  case $state in\n    command)\n      local -a commands\n      commands=(\n";
  for (const Command* command : all_commands()) {
    out += fmt::format("        '{}:{}'\n", command->name, zsh_text(command->summary, ":\\"));
  }
  out += "      )\n      _describe command commands\n      ;;\n    argument)\n      case $line[1] in\n";
  for (const Command* command : all_commands()) {
    out += fmt::format("        {})\n          _arguments", command->name);
    for (const Option* option : shown_options(*command)) {
      for (const std::string& spelling : zsh_option(*option)) out += " \\\n            " + spelling;
    }
    for (const Operand& operand : command->operands) {
      const std::string_view place = operand.repeat == Repeat::any_number ? "*"
                                     : operand.required                   ? "1"
                                                                          : "1:";
      out += fmt::format(" \\\n            '{}:{}:{}'", place, operand.name,
                         zsh_action(words_for(operand.kind, operand.choices)));
    }
    out += "\n          ;;\n";
  }
  return out +
         "      esac\n      ;;\n  esac\n}\n\nif [ \"$funcstack[1]\" = \"_astray\" ]; then\n  _astray "
         "\"$@\"\nelse\n"
         "  compdef _astray astray\nfi\n";
}

// fish ---------------------------------------------------------------------------------------------------

namespace {

std::string fish_text(std::string_view text) {
  return "'" + replaced(replaced(text, '\\', "\\\\"), '\'', "\\'") + "'";
}

std::string fish_values(const CompletionWords& words) {
  switch (words.kind) {
    case Kind::nothing:
      return " -x";
    case Kind::files:
      return " -r -F";
    case Kind::directories:
      return " -x -a '(__fish_complete_directories)'";
    case Kind::words:
    case Kind::word_list:
      return fmt::format(" -x -a {}", fish_text(fmt::format("{}", fmt::join(words.words, " "))));
  }
  return {};
}

std::string fish_option(const Option& option, std::string_view condition) {
  std::string line = "complete -c astray";
  if (!condition.empty()) line += fmt::format(" -n {}", fish_text(condition));
  if (option.short_name != 0) line += fmt::format(" -s {}", option.short_name);
  line += fmt::format(" -l {}", option.name.substr(2));
  if (!option.bare_value.empty()) {
    line += fmt::format(" -a {}", fish_text(fmt::format("{}", fmt::join(option.choices, " "))));
  } else if (option.kind != ValueKind::flag) {
    line += fish_values(words_for(option.kind, option.choices));
  }
  return line + fmt::format(" -d {}\n", fish_text(first_sentence(option.help)));
}

}  // namespace

std::string fish_completion() {
  std::string out = "# fish completion for astray, made by `astray completion fish`\ncomplete -c astray -f\n";
  for (const Option& option : common_options()) out += fish_option(option, "");
  out += "complete -c astray -n '__fish_use_subcommand' -l version -d 'Show the version and end'\n";
  for (const Command* command : all_commands()) {
    out += fmt::format("complete -c astray -n '__fish_use_subcommand' -a {} -d {}\n", command->name,
                       fish_text(command->summary));
  }
  for (const Command* command : all_commands()) {
    const std::string seen = fmt::format("__fish_seen_subcommand_from {}", command->name);
    for (const Option& option : command->options) {
      if (option.visibility == Visibility::shown) out += fish_option(option, seen);
    }
    for (const Operand& operand : command->operands) {
      const CompletionWords words = words_for(operand.kind, operand.choices);
      if (words.kind == Kind::files) {
        out += fmt::format("complete -c astray -n {} -F\n", fish_text(seen));
      } else if (words.kind != Kind::nothing) {
        out += fmt::format("complete -c astray -n {}{}\n", fish_text(seen), fish_values(words));
      }
    }
  }
  return out;
}

}  // namespace astray
