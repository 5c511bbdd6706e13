#include "cli/probe_axes.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/alpn_choice.h"
#include "cli/parse.h"
#include "report/printable.h"

namespace astray {
namespace {

struct SpellingWord {
  std::string_view word;
  Spelling spelling;
};
constexpr SpellingWord sni_spellings[] = {
    {"names", Spelling::plain},
    {"none", Spelling::none},
    {"unknown", Spelling::unknown},
    {"upper-case", Spelling::upper_case},
    {"trailing-dot", Spelling::trailing_dot},
};
constexpr SpellingWord host_spellings[] = {
    {"names", Spelling::plain},           {"missing", Spelling::none},
    {"empty", Spelling::empty},           {"unknown", Spelling::unknown},
    {"upper-case", Spelling::upper_case}, {"trailing-dot", Spelling::trailing_dot},
    {"with-port", Spelling::with_port},   {"wrong-port", Spelling::wrong_port},
    {"address", Spelling::address},
};
/// Called as the reports call them.
constexpr Placement placements[] = {Placement::absolute_form, Placement::absolute_conflict,
                                    Placement::two_host_fields, Placement::host_field_alone,
                                    Placement::authority_conflict};

/// What a literal is told by: a word that could be a host name, and none that is nearly a word of ours.
constexpr std::string_view literal_mark = "=";

Result<AxisName> parse_name(std::string_view option, const std::string& text,
                            std::span<const SpellingWord> words, std::vector<std::string_view> known) {
  for (const SpellingWord& word : words) {
    if (word.word == text) return AxisName{word.spelling, ""};
  }
  if (text.starts_with(literal_mark)) return AxisName{Spelling::literal, text.substr(literal_mark.size())};
  const std::string hint = did_you_mean(text, known);
  const bool looks_like_name = text.find_first_of(".:[") != std::string::npos;
  if (!looks_like_name && (!hint.empty() || text.empty())) {
    return failure(fmt::format("{}: '{}' is none of {}{} (={} sends the very bytes)", option, printable(text),
                               fmt::join(known, ", "), hint, printable(text)));
  }
  return AxisName{Spelling::literal, text};
}

std::vector<std::string_view> words_of(std::span<const SpellingWord> words) {
  std::vector<std::string_view> known;
  for (const SpellingWord& word : words) known.push_back(word.word);
  return known;
}

std::vector<std::string_view> all_host_words() {
  std::vector<std::string_view> known = words_of(host_spellings);
  for (const Placement placement : placements) known.push_back(to_string(placement));
  return known;
}

std::optional<Error> parse_hosts(const Arguments& arguments, Axes& axes) {
  axes.hosts.emplace();
  axes.placements.emplace();
  for (const std::string& text : arguments.list("--host")) {
    const auto placement = std::find_if(std::begin(placements), std::end(placements),
                                        [&](Placement each) { return to_string(each) == text; });
    if (placement != std::end(placements)) {
      axes.placements->push_back(*placement);
      continue;
    }
    const Result<AxisName> name = parse_name("--host", text, host_spellings, all_host_words());
    if (!name) return name.error();
    axes.hosts->push_back(*name);
  }
  // Names alone are placed as usual; places alone are for every known name.
  if (!axes.hosts->empty()) axes.placements->insert(axes.placements->begin(), Placement::usual);
  if (axes.hosts->empty()) axes.hosts->push_back({Spelling::plain, ""});
  return std::nullopt;
}

}  // namespace

std::string sni_words() {
  return fmt::format("{}", fmt::join(words_of(sni_spellings), ", "));
}

std::string host_words() {
  return fmt::format("{}", fmt::join(all_host_words(), ", "));
}

Result<Axes> parse_axes(const Arguments& arguments) {
  Axes axes;
  axes.preset = arguments.value("--axes") == "full" ? AxesPreset::full : AxesPreset::polite;
  axes.resume = arguments.has("--resume");
  if (arguments.has("--sni")) {
    axes.snis.emplace();
    for (const std::string& text : arguments.list("--sni")) {
      const Result<AxisName> name = parse_name("--sni", text, sni_spellings, words_of(sni_spellings));
      if (!name) return tl::unexpected(name.error());
      axes.snis->push_back(*name);
    }
  }
  if (arguments.has("--host")) {
    if (std::optional<Error> error = parse_hosts(arguments, axes)) return tl::unexpected(std::move(*error));
  }
  if (arguments.has("--alpn")) {
    Result<std::vector<AlpnOffer>> alpns = parse_alpn(arguments);
    if (!alpns) return tl::unexpected(alpns.error());
    axes.alpns = std::move(*alpns);
  }
  if (arguments.has("--connection")) {
    axes.uses.clear();
    for (const std::string& text : arguments.list("--connection")) {
      static constexpr std::string_view known[] = {"fresh", "reused"};
      if (text != "fresh" && text != "reused") {
        return failure(fmt::format("--connection: '{}' is neither fresh nor reused{}", printable(text),
                                   did_you_mean(text, known)));
      }
      axes.uses.push_back(text == "fresh" ? ConnectionUse::fresh : ConnectionUse::reused);
    }
  }
  return axes;
}

}  // namespace astray
