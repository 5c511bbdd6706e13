#include <gtest/gtest.h>

#include <set>

#include "base/utf8.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/help_text.h"
#include "cli/manual.h"
#include "cli/parse.h"

namespace astray {
namespace {

TEST(AllCommands, TheTableIsWhole) {
  std::set<std::string_view> names;
  for (const Command* command : all_commands()) {
    SCOPED_TRACE(command->name);
    EXPECT_TRUE(names.insert(command->name).second);
    EXPECT_EQ(find_command(command->name), command);
    EXPECT_FALSE(command->summary.empty());
    EXPECT_FALSE(command->summary.ends_with('.'));
    EXPECT_LE(columns_of(command->summary), 70);
    EXPECT_TRUE(command->description.ends_with('.'));
    ASSERT_FALSE(command->examples.empty());
    for (const Example& example : command->examples)
      EXPECT_NE(example.command.find("astray"), std::string_view::npos);
    ASSERT_GE(command->exit_codes.size(), 2u);
    EXPECT_EQ(command->exit_codes.front().code, ExitCode::success);
    EXPECT_EQ(command->exit_codes.back().code, ExitCode::failure);
    EXPECT_NE(command->run, nullptr);
    for (const std::string_view other : command->see_also) EXPECT_NE(find_command(other), nullptr) << other;
    std::set<std::string_view> options;
    std::set<char> short_names;
    for (const Option& option : command->options) {
      SCOPED_TRACE(option.name);
      EXPECT_TRUE(option.name.starts_with("--"));
      EXPECT_TRUE(options.insert(option.name).second);
      EXPECT_TRUE(option.help.ends_with('.'));
      if (option.short_name != 0) {
        EXPECT_TRUE(short_names.insert(option.short_name).second);
        EXPECT_EQ(find_short_option(*command, option.short_name), &option);
        EXPECT_GT(option.short_name, ' ');
        EXPECT_NE(option.short_name, '-');
      }
      EXPECT_TRUE(option.bare_value.empty() || option.kind == ValueKind::choice);
      EXPECT_EQ(option.value.empty(), option.kind == ValueKind::flag);
      EXPECT_EQ(option.choices.empty(), option.kind != ValueKind::choice);
      if (!option.default_value.empty() && !option.choices.empty()) {
        EXPECT_NE(std::find(option.choices.begin(), option.choices.end(), option.default_value),
                  option.choices.end());
      }
    }
    for (const Option& option : common_options()) EXPECT_FALSE(options.contains(option.name)) << option.name;
    for (size_t i = 0; i < command->operands.size(); ++i) {
      const bool last = i + 1 == command->operands.size();
      EXPECT_TRUE(last || (command->operands[i].required && command->operands[i].repeat == Repeat::once));
    }
  }
  EXPECT_EQ(find_command("nothing"), nullptr);
}

/// Each text with how it spells an option.
struct Rendering {
  std::string name, text;
  std::string (*spelled)(std::string_view option);
};

TEST(AllCommands, EveryOptionAppearsEverywhereAndHiddenOnesNowhere) {
  const auto plain = [](std::string_view option) { return std::string(option); };
  const auto in_troff = [](std::string_view option) { return troff(option); };
  const auto in_fish = [](std::string_view option) { return " -l " + std::string(option.substr(2)) + " "; };
  const Rendering completions[] = {{"bash", bash_completion(), plain},
                                   {"zsh", zsh_completion(), plain},
                                   {"fish", fish_completion(), in_fish}};
  for (const Command* command : all_commands()) {
    const Rendering own[] = {{"help", help_of(*command, 100, Palette()), plain},
                             {"man", manual_of(*command), in_troff}};
    for (const Option& option : command->options) {
      for (const std::span<const Rendering> renderings :
           {std::span<const Rendering>(own), std::span<const Rendering>(completions)}) {
        for (const Rendering& rendering : renderings) {
          EXPECT_EQ(rendering.text.find(rendering.spelled(option.name)) != std::string::npos,
                    option.visibility == Visibility::shown)
              << rendering.name << " of " << command->name << ": " << option.name;
        }
      }
    }
    for (const Option& option : common_options()) {
      for (const Rendering& rendering : own) {
        EXPECT_NE(rendering.text.find(rendering.spelled(option.name)), std::string::npos) << rendering.name;
      }
    }
    const std::string overview = help_of_all(100, Palette());
    EXPECT_NE(overview.find("  " + std::string(command->name)), std::string::npos);
    EXPECT_NE(manual_of_all().find("astray\\-" + std::string(command->name)), std::string::npos);
  }
}

TEST(AllCommands, HelpFitsItsWidth) {
  for (const Command* command : all_commands()) {
    for (const int columns : {60, 80, 120}) {
      const std::string text = help_of(*command, columns, Palette());
      for (size_t at = 0; at < text.size();) {
        const size_t end = text.find('\n', at);
        const std::string_view line = std::string_view(text).substr(at, end - at);
        // Commands to copy, and what cannot be broken, keep their lines.
        if (!line.starts_with("    astray") && line.find("astray ") == std::string_view::npos) {
          EXPECT_LE(columns_of(line), columns) << line;
        }
        at = end + 1;
      }
    }
  }
}

TEST(AllCommands, ExamplesParse) {
  for (const Command* command : all_commands()) {
    for (const Example& example : command->examples) {
      std::string_view text = example.command;
      if (text.find("astray ") != 0) continue;  // behind a pipe or in <( )
      text = text.substr(0, std::min({text.find(" | "), text.find(" > "), text.size()}));
      std::vector<std::string> words;
      while (!text.empty()) {
        const size_t end = std::min(text.find(' '), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
      }
      words.erase(words.begin());
      const auto invocation = parse_command_line(words);
      ASSERT_TRUE(invocation.has_value()) << example.command << ": " << invocation.error().message;
      EXPECT_EQ(invocation->kind, Invocation::Kind::run) << example.command;
    }
  }
}

TEST(Troff, EscapesRequestsAndSpecialCharacters) {
  EXPECT_EQ(troff(".TH x"), "\\&.TH x");
  EXPECT_EQ(troff("'so"), "\\&'so");
  EXPECT_EQ(troff("a\n.b"), "a\n\\&.b");
  EXPECT_EQ(troff("a.b"), "a.b");
  EXPECT_EQ(troff("--x\\y"), "\\-\\-x\\ey");
  EXPECT_EQ(troff("\xe2\x80\xa6"), "...");
}

}  // namespace
}  // namespace astray
