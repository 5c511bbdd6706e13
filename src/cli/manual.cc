// Manual pages with the classic man macros (groff_man(7)), which both groff and mandoc render.
#include "cli/manual.h"

#include <fmt/format.h>

#include <vector>

#include "base/utf8.h"

namespace astray {

std::string troff(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const Utf8Character character = utf8_at(text, i);
    const bool starts_line = out.empty() || out.back() == '\n';
    switch (character.code_point) {
      case '\\':
        out += "\\e";
        break;
      // A hyphen that is typed and not a dash: it must survive copying.
      case '-':
        out += "\\-";
        break;
      case '.':
      case '\'':
        out += starts_line ? "\\&" : "";
        out += text[i];
        break;
      case U'…':
        out += "...";
        break;
      case U'–':
        out += "\\(en";
        break;
      case U'≠':
        out += "\\(!=";
        break;
      case U'≥':
        out += "\\(>=";
        break;
      case U'≤':
        out += "\\(<=";
        break;
      case U'→':
        out += "\\(->";
        break;
      case U'§':
        out += "\\(sc";
        break;
      default:
        out += text.substr(i, character.size);
    }
    i += character.size;
  }
  return out;
}

namespace {

std::string title(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  // Without a date: the page depends on nothing but the program's version.
  return fmt::format(".TH {} 1 \"\" \"astray {}\" \"User Commands\"\n", troff(upper), ASTRAY_VERSION);
}

std::string section(std::string_view name) {
  return fmt::format(".SH {}\n", name);
}

std::string paragraphs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\n\n"), text.size());
    if (!out.empty()) out += ".PP\n";
    out += troff(text.substr(0, end)) + '\n';
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return out;
}

std::string options_text(std::span<const Option> options) {
  std::string out;
  for (const Option& option : options) {
    if (option.visibility == Visibility::hidden) continue;
    out += ".TP\n";
    if (option.short_name != 0) out += fmt::format("\\fB{}\\fR, ", troff(short_spelling(option)));
    out += fmt::format("\\fB{}\\fR", troff(option.name));
    const std::string value = fmt::format("\\fI{}\\fR", troff(option.value));
    if (!option.value.empty()) out += option.bare_value.empty() ? " " + value : "[=" + value + "]";
    out += '\n' + troff(option.help) + '\n';
    if (!option.choices.empty())
      out += troff(fmt::format("One of {}.", fmt::join(option.choices, ", "))) + '\n';
    if (option.repeat == Repeat::any_number) out += "Can be repeated.\n";
    if (!option.default_value.empty())
      out += fmt::format("Default: \\fB{}\\fR.\n", troff(option.default_value));
  }
  return out;
}

std::string example_text(const Example& example) {
  return fmt::format(".PP\n{}\n.PP\n.nf\n.RS\n{}\n.RE\n.fi\n", troff(example.explanation),
                     troff(example.command));
}

std::string files_and_environment() {
  return section("FILES") + ".TP\n.I .astray\\-ignore.yaml\n" +
         troff("Findings that are accepted; looked for in the folder of the configuration and above it.") +
         '\n' + section("ENVIRONMENT") + ".TP\n.B NO_COLOR\n" + troff("Not empty: no colours.") +
         "\n.TP\n.B CLICOLOR_FORCE\n" +
         troff("Neither empty nor 0: colours also where there is no terminal.") + "\n.TP\n.B COLUMNS\n" +
         troff("The width that text is wrapped to.") + '\n';
}

std::string see_also(std::span<const std::string_view> others) {
  std::string out = section("SEE ALSO") + ".BR astray (1)";
  for (const std::string_view other : others) out += fmt::format(",\n.BR astray\\-{} (1)", troff(other));
  return out + '\n';
}

}  // namespace

std::string manual_of(const Command& command) {
  const std::string name = fmt::format("astray-{}", command.name);
  std::string out =
      title(name) + section("NAME") + fmt::format("{} \\- {}\n", troff(name), troff(command.summary));
  out += section("SYNOPSIS") + fmt::format(".B astray {}\n", troff(command.name));
  if (!command.options.empty()) out += "[\\fIOPTION\\fR]...\n";
  for (const Operand& operand : command.operands) {
    const std::string_view more = operand.repeat == Repeat::any_number ? "..." : "";
    out += operand.required ? fmt::format("\\fI{}\\fR{}\n", troff(operand.name), more)
                            : fmt::format("[\\fI{}\\fR{}]\n", troff(operand.name), more);
  }
  out += section("DESCRIPTION") + paragraphs(command.description);
  if (!command.operands.empty()) {
    out += section("OPERANDS");
    for (const Operand& operand : command.operands) {
      out += fmt::format(".TP\n\\fI{}\\fR\n{}\n", troff(operand.name), troff(operand.help));
      if (!operand.choices.empty())
        out += troff(fmt::format("One of {}.", fmt::join(operand.choices, ", "))) + '\n';
    }
  }
  out += section("OPTIONS") + options_text(command.options) + options_text(common_options());
  out += section("EXIT STATUS");
  for (const ExitMeaning& meaning : command.exit_codes) {
    out += fmt::format(".TP\n.B {}\n{}\n", static_cast<int>(meaning.code), troff(meaning.meaning));
  }
  out += section("EXAMPLES");
  for (const Example& example : command.examples) out += example_text(example);
  return out + files_and_environment() + see_also(command.see_also);
}

std::string manual_of_all() {
  std::string out = title("astray") + section("NAME") + "astray \\- " +
                    troff("make sure that a request is answered by the server that owns its name") + '\n';
  out += section("SYNOPSIS") + ".B astray\n\\fICOMMAND\\fR\n[\\fIOPTION\\fR]...\n[\\fIOPERAND\\fR]...\n";
  out += section("DESCRIPTION") + paragraphs(
                                      "A request carries a name. Clients put requests for several names on "
                                      "one connection when the connection's "
                                      "certificate covers them all, and proxies put names of their own into "
                                      "what they send on. astray reads the "
                                      "configurations of the servers, predicts what each of them will "
                                      "answer, and says which names will be "
                                      "misdirected, for which clients, at which hop, why, and what to "
                                      "change. Its subject is the HTTP status "
                                      "code 421 (Misdirected Request, RFC 9110 §15.5.20), sent where it "
                                      "should not be and missing where it "
                                      "should.");
  out += section("COMMANDS");
  for (const Command* command : all_commands()) {
    out += fmt::format(".TP\n.BR astray\\-{} (1)\n{}\n", troff(command->name), troff(command->summary));
  }
  out += section("OPTIONS") + options_text(common_options());
  out += ".TP\n\\fB\\-\\-version\\fR\nShow the version and end.\n";
  out += section("EXIT STATUS");
  for (const auto& [code, meaning] :
       {std::pair(0, "done; an audit found nothing at or above \\-\\-fail\\-on"),
        std::pair(1, "an audit found something"), std::pair(2, "it could not be done, or not all of it")}) {
    out += fmt::format(".TP\n.B {}\n{}\n", code, meaning);
  }
  out += section("EXAMPLES");
  for (const Command* command : all_commands()) out += example_text(command->examples.front());
  std::vector<std::string_view> names;
  for (const Command* command : all_commands()) names.push_back(command->name);
  out += files_and_environment() + section("SEE ALSO");
  for (size_t i = 0; i < names.size(); ++i) {
    out += fmt::format(".BR astray\\-{} (1){}\n", troff(names[i]), i + 1 < names.size() ? "," : "");
  }
  return out;
}

}  // namespace astray
