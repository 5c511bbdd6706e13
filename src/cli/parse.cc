#include "cli/parse.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>

#include "base/check.h"
#include "cli/written_out.h"
#include "report/printable.h"

namespace astray {
namespace {

using Values = std::vector<std::string>;

/// One command as CLI11 sees it: every option takes exactly one value each time, and nothing is interpreted.
struct Bound {
  const Command* command = nullptr;
  CLI::App* app = nullptr;
  std::vector<std::pair<const Option*, std::unique_ptr<Values>>> options;
  std::map<const CLI::Option*, size_t> places;  ///< in `options`
  Values operands;
  const CLI::Option* operand_option = nullptr;
};

Values unmarked_words(const Values& words) {
  Values plain;
  for (const std::string& word : words) plain.push_back(unmarked(word));
  return plain;
}

void bind_options(CLI::App& app, std::span<const Option> options, Bound& bound) {
  for (const Option& option : options) {
    Values& values = *bound.options.emplace_back(&option, std::make_unique<Values>()).second;
    const std::string name(option.name);
    const CLI::Option* added = nullptr;
    if (option.kind == ValueKind::flag) {
      added = app.add_flag(name, values)->disable_flag_override();
    } else {
      added = app.add_option(name, values)
                  ->allow_extra_args(false)
                  ->type_size(1)
                  ->expected(1)
                  ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    bound.places.emplace(added, bound.options.size() - 1);
  }
}

std::vector<std::string_view> names_of(std::span<const Option> options,
                                       std::vector<std::string_view> names = {}) {
  for (const Option& option : options) {
    if (option.visibility == Visibility::shown) names.push_back(option.name);
  }
  return names;
}

std::vector<std::string_view> command_words() {
  std::vector<std::string_view> names;
  for (const Command* command : all_commands()) names.push_back(command->name);
  return names;
}

std::string joined(std::span<const std::string_view> words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string check_choice(std::string_view what, std::string_view value,
                         std::span<const std::string_view> choices) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return {};
  return fmt::format("{}: '{}' is none of {}{}", what, printable(value), joined(choices),
                     did_you_mean(value, choices));
}

std::string check_option(const Command* command, const Option& option, const Values& values) {
  if (option.kind == ValueKind::flag) return {};
  if (option.repeat == Repeat::once && values.size() > 1) {
    return fmt::format("{} was given {} times; it can stand once", option.name, values.size());
  }
  for (const std::string& value : values) {
    const std::string_view name = std::string_view(value).substr(0, value.find('='));
    if (value.starts_with("--") && command != nullptr && find_option(*command, name) != nullptr) {
      return fmt::format("{} needs a value ({}), but {} follows", option.name, option.value, name);
    }
    if (option.kind != ValueKind::choice) continue;
    if (std::string problem = check_choice(option.name, value, option.choices); !problem.empty())
      return problem;
  }
  return {};
}

std::string check_operands(const Command& command, const Values& given) {
  size_t most = 0;
  for (const Operand& operand : command.operands) {
    if (operand.required && given.size() <= most) {
      const std::string_view first_sentence = operand.help.substr(0, operand.help.find(". "));
      return fmt::format("{} is missing: {}", operand.name, first_sentence);
    }
    if (operand.repeat == Repeat::any_number) return {};
    if (operand.kind == ValueKind::choice && given.size() > most) {
      if (std::string problem = check_choice(operand.name, given[most], operand.choices); !problem.empty()) {
        return problem;
      }
    }
    ++most;
  }
  if (given.size() <= most) return {};
  if (most == 0) return fmt::format("'{}' is too much: no operand is expected", printable(given[0]));
  return fmt::format("'{}' is too much: {} is all that is expected", printable(given[most]),
                     command.operands.front().name);
}

Failure<UsageError> usage_error(const Command* command, std::string message) {
  return Failure<UsageError>(UsageError{command, std::move(message)});
}

Failure<UsageError> unknown_word(const Command* command, const std::string& word) {
  if (command == nullptr && !word.starts_with('-')) {
    return usage_error(
        nullptr, fmt::format("'{}' is no command{}", printable(word), did_you_mean(word, command_words())));
  }
  const std::string_view name = std::string_view(word).substr(0, word.find('='));
  std::vector<std::string_view> names = names_of(common_options());
  if (command != nullptr) names = names_of(command->options, std::move(names));
  if (command == nullptr) names.push_back("--version");
  return usage_error(command, fmt::format("unknown option {}{}", printable(name), did_you_mean(name, names)));
}

/// What was given of the command's own, in the order in which CLI11 met it; what stood behind "--" comes
/// last.
std::vector<Given> in_order(const Bound& bound) {
  std::vector<Given> given;
  std::map<const CLI::Option*, size_t> used;
  size_t operands = 0;
  for (const CLI::Option* met : bound.app->parse_order()) {
    if (met == bound.operand_option) {
      if (operands < bound.operands.size()) given.push_back({"", bound.operands[operands++]});
      continue;
    }
    const auto place = bound.places.find(met);
    if (place == bound.places.end()) continue;
    const auto& [option, values] = bound.options[place->second];
    const size_t occurrence = used[met]++;
    if (occurrence < values->size()) given.push_back({option->name, (*values)[occurrence]});
  }
  while (operands < bound.operands.size()) given.push_back({"", bound.operands[operands++]});
  return given;
}

/// Everything that CLI11 may throw, in our words. Its own message names the option and what it lacked.
std::string in_our_words(const CLI::ParseError& error) {
  std::string text = error.what();
  while (text.ends_with('\n') || text.ends_with('.')) text.pop_back();
  if (const size_t end = text.find(" was given a disallowed flag override"); end != std::string::npos) {
    return "--" + printable(text.substr(0, end)) + " takes no value";
  }
  if (const size_t colon = text.find(": 1 required"); colon != std::string::npos) {
    return text.substr(0, colon) + " needs a value";
  }
  return printable(text);
}

}  // namespace

Result<Invocation, UsageError> parse_command_line(const std::vector<std::string>& words) {
  CLI::App app;
  app.set_help_flag();
  app.require_subcommand(0, 1);
  app.allow_extras();
  bool version = false;
  app.add_flag("--version", version);
  Bound common;
  bind_options(app, common_options(), common);

  std::vector<std::unique_ptr<Bound>> commands;
  for (const Command* command : all_commands()) {
    Bound& bound = *commands.emplace_back(std::make_unique<Bound>());
    bound.command = command;
    bound.app = app.add_subcommand(std::string(command->name));
    bound.app->set_help_flag();
    bound.app->fallthrough();
    bound.app->allow_extras();
    bind_options(*bound.app, command->options, bound);
    bound.operand_option = bound.app->add_option("OPERANDS", bound.operands);
  }

  // Behind "--" everything is an operand; CLI11 would hand it to whoever still lacks one.
  const auto end_of_options = std::find(words.begin(), words.end(), "--");
  Bound* chosen = nullptr;
  try {
    Values reversed = written_out({words.begin(), end_of_options});
    std::reverse(reversed.begin(), reversed.end());
    app.parse(reversed);
    for (const auto& bound : commands) {
      if (bound->app->parsed()) chosen = bound.get();
    }
  } catch (const CLI::ParseError& error) {
    for (const auto& bound : commands) {
      if (bound->app->parsed()) chosen = bound.get();
    }
    return usage_error(chosen ? chosen->command : nullptr, in_our_words(error));
  } catch (const CLI::Error& error) {
    CHECK(error.get_exit_code() == 0);
  }

  for (auto& [option, values] : common.options) *values = unmarked_words(*values);
  for (const auto& bound : commands) {
    bound->operands = unmarked_words(bound->operands);
    for (auto& [option, values] : bound->options) *values = unmarked_words(*values);
  }
  if (chosen != nullptr && end_of_options != words.end()) {
    chosen->operands.insert(chosen->operands.end(), end_of_options + 1, words.end());
  }
  const Command* command = chosen ? chosen->command : nullptr;
  for (const std::string& word : app.remaining(true)) return unknown_word(command, word);
  if (chosen == nullptr && end_of_options != words.end() && end_of_options + 1 != words.end()) {
    return unknown_word(nullptr, *(end_of_options + 1));
  }

  Invocation invocation;
  invocation.command = command;
  bool help = false;
  for (const auto& [option, values] : common.options) {
    if (values->empty()) continue;
    if (std::string problem = check_option(command, *option, *values); !problem.empty()) {
      return usage_error(command, std::move(problem));
    }
    if (option->name == "--help") help = true;
    if (option->name == "--color") invocation.color = values->back();
  }
  if (help || version || command == nullptr) {
    if (version) invocation.kind = Invocation::Kind::version;
    if (help) invocation.kind = Invocation::Kind::help;
    return invocation;
  }

  invocation.kind = Invocation::Kind::run;
  Arguments& arguments = invocation.arguments.emplace(*command);
  for (const auto& [option, values] : common.options) {
    if (!values->empty()) arguments.add(option->name, *values);
  }
  for (const auto& [option, values] : chosen->options) {
    if (values->empty()) continue;
    if (std::string problem = check_option(command, *option, *values); !problem.empty()) {
      return usage_error(command, std::move(problem));
    }
    arguments.add(option->name, *values);
  }
  if (std::string problem = check_operands(*command, chosen->operands); !problem.empty()) {
    return usage_error(command, std::move(problem));
  }
  for (const std::string& operand : chosen->operands) arguments.add_operand(operand);
  for (Given& given : in_order(*chosen)) arguments.add_in_order(std::move(given));
  return invocation;
}

}  // namespace astray
