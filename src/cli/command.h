#pragma once
// A command of the command line as data. Parsing, --help, the man pages and the shells' completions are all
// made from this table, so that none of them can fall behind the others.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cli/exit_code.h"

namespace astray {

class Arguments;
struct Console;

/// What a value is: it decides how it is checked and what a shell offers for it.
enum class ValueKind : uint8_t {
  flag,  ///< there is none
  text,
  path,  ///< a file or a folder
  file,
  directory,
  choice,   ///< one of Option::choices
  rules,    ///< ids or names of rules, separated by commas
  clients,  ///< ids of client profiles, separated by commas
  server,   ///< [FILE=]KIND[@VERSION]
  rule_or_reason,
  command_name,
};

enum class Repeat : uint8_t { once, any_number };
enum class Visibility : uint8_t { shown, hidden };

struct Option {
  std::string_view name;   ///< "--format"
  std::string_view value;  ///< what stands for the value in the help: "FORMAT"; "" for a flag
  std::string_view help;   ///< whole sentences; the first is what completions show
  ValueKind kind = ValueKind::flag;
  std::span<const std::string_view> choices = {};
  std::string_view default_value = {};  ///< what holds when it is not given, as a person would write it
  Repeat repeat = Repeat::once;
  Visibility visibility = Visibility::shown;
  char short_name = 0;               ///< 'X' for -X; 0: there is none
  std::string_view bare_value = {};  ///< of a choice that may stand without a value: what then holds
};

struct Operand {
  std::string_view name;  ///< "CONFIG"
  std::string_view help;
  ValueKind kind = ValueKind::text;
  std::span<const std::string_view> choices = {};
  bool required = true;
  Repeat repeat = Repeat::once;
};

struct Example {
  std::string_view command;      ///< "astray audit /etc/nginx"
  std::string_view explanation;  ///< one sentence
};

struct ExitMeaning {
  ExitCode code;
  std::string_view meaning;
};

struct Command {
  std::string_view name;
  std::string_view summary;      ///< one line, no full stop
  std::string_view description;  ///< paragraphs, separated by an empty line
  std::span<const Operand> operands;
  std::span<const Option> options;
  std::span<const Example> examples;  ///< at least one
  std::span<const ExitMeaning> exit_codes;
  std::span<const std::string_view> see_also;  ///< other commands
  ExitCode (*run)(const Arguments& arguments, Console& console);
};

/// The explicit ordered list (all_commands.cc).
std::span<const Command* const> all_commands();
const Command* find_command(std::string_view name);

/// Options that every command takes.
std::span<const Option> common_options();
/// Those of the command and the common ones; nullptr if there is none of that name.
const Option* find_option(const Command& command, std::string_view name);
const Option* find_short_option(const Command& command, char short_name);
/// "-X", or "" for an option without.
std::string short_spelling(const Option& option);
/// "-X, --request METHOD", "--trace[=FORMAT]".
std::string term_of(const Option& option);

}  // namespace astray
