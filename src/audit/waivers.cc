#include "audit/waivers.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include "audit/rule.h"
#include "base/ascii.h"
#include "names/hostname.h"
#include "names/raw_host.h"

namespace astray {
namespace {

constexpr size_t max_file_bytes = size_t{1} << 20;
constexpr std::string_view known_keys[] = {"rule", "names", "reason", "owner", "expires"};
constexpr std::string_view example_entry =
    "a list of entries such as \"- {rule: AST001, names: [www.example.com], reason: …, owner: …, "
    "expires: 2030-12-31}\"";

std::string quoted(std::string_view text) {
  return "\"" + RawHost(std::string(text)).printable() + "\"";
}

std::string_view kind_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return "a single value";
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Map:
      return "a set of keys";
    case YAML::NodeType::Null:
    case YAML::NodeType::Undefined:
      return "nothing";
  }
  return "";
}

/// The last second of "2030-12-31", UTC.
std::optional<Instant> end_of_day(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-dd";
  if (text.size() != form.size()) return std::nullopt;
  for (size_t i = 0; i < form.size(); ++i)
    if (form[i] == 'd' ? !is_ascii_digit(text[i]) : text[i] != form[i]) return std::nullopt;
  const auto number = [&](size_t from, size_t digits) {
    int value = 0;
    for (const char c : text.substr(from, digits)) value = value * 10 + (c - '0');
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  if (!day.ok()) return std::nullopt;
  const std::chrono::sys_seconds next_midnight = std::chrono::sys_days(day) + std::chrono::days(1);
  return Instant{next_midnight.time_since_epoch().count() - 1};
}

/// "www.example.com" or "*.example.com" in canonical form.
std::optional<std::string> canonical_pattern(std::string_view text) {
  const bool suffix = text.starts_with("*.");
  const auto name = Hostname::parse(suffix ? text.substr(2) : text);
  if (!name) return std::nullopt;
  return (suffix ? "*." : "") + std::string(name->text());
}

/// Reads one file. Every function gives the problem, if there is one.
class Reader {
 public:
  Reader(std::vector<Waiver>& waivers, const std::string& file_name)
      : waivers_(waivers), file_name_(file_name) {}

  std::optional<Error> read(std::string_view yaml) {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(yaml));
    if (documents.size() > 1)
      return error(documents[1].Mark(), "a second YAML document begins here; expected one document");
    if (documents.empty() || documents.front().IsNull()) return std::nullopt;
    const YAML::Node& list = documents.front();
    if (!list.IsSequence())
      return error(list.Mark(), fmt::format("expected {}, found {}", example_entry, kind_of(list)));
    for (const YAML::Node& entry : list)
      if (auto problem = read_entry(entry)) return problem;
    return std::nullopt;
  }

  Error error(const YAML::Mark& mark, std::string_view what) const {
    if (mark.is_null()) return {fmt::format("{}: {}", file_name_, what)};
    return {fmt::format("{}:{}:{}: {}", file_name_, mark.line + 1, mark.column + 1, what)};
  }

 private:
  std::optional<Error> read_entry(const YAML::Node& entry) {
    if (!entry.IsMap())
      return error(entry.Mark(), fmt::format("expected an entry with the keys {}, found {}",
                                             fmt::join(known_keys, ", "), kind_of(entry)));
    Waiver waiver;
    waiver.line = static_cast<uint32_t>(entry.Mark().line + 1);
    std::vector<std::string> seen;
    for (const auto& pair : entry) {
      if (!pair.first.IsScalar())
        return error(pair.first.Mark(), fmt::format("a key is {}; expected one of {}", kind_of(pair.first),
                                                    fmt::join(known_keys, ", ")));
      const std::string& key = pair.first.Scalar();
      if (std::ranges::find(seen, key) != seen.end())
        return error(pair.first.Mark(), fmt::format("the key {} stands twice in one entry", quoted(key)));
      seen.push_back(key);
      if (auto problem = read_value(waiver, key, pair.first, pair.second)) return problem;
    }
    for (const std::string_view required : {"rule", "reason", "owner"})
      if (std::ranges::find(seen, required) == seen.end())
        return error(entry.Mark(),
                     fmt::format("the entry has no {}; every waiver says which rule it waives, why "
                                 "(reason) and who answers for it (owner)",
                                 quoted(required)));
    waivers_.push_back(std::move(waiver));
    return std::nullopt;
  }

  std::optional<Error> read_value(Waiver& waiver, const std::string& key, const YAML::Node& key_node,
                                  const YAML::Node& value) {
    if (key == "names") return read_names(waiver, value);
    if (std::ranges::find(known_keys, key) == std::end(known_keys))
      return error(key_node.Mark(), fmt::format("unknown key {}; expected one of {}", quoted(key),
                                                fmt::join(known_keys, ", ")));
    if (!value.IsScalar() || ascii_trim(value.Scalar()).empty())
      return error(value.Mark(), fmt::format("expected one text as the {}, found {}", key,
                                             value.IsScalar() ? "an empty one" : kind_of(value)));
    const std::string text(ascii_trim(value.Scalar()));
    if (key == "rule") return read_rule(waiver, value, text);
    if (key == "expires") return read_date(waiver, value, text);
    (key == "reason" ? waiver.reason : waiver.owner) = text;
    return std::nullopt;
  }

  std::optional<Error> read_rule(Waiver& waiver, const YAML::Node& value, const std::string& text) {
    const Rule* rule = find_rule(text);
    if (rule == nullptr)
      return error(value.Mark(),
                   fmt::format("there is no rule {}; expected an id such as AST001, or a rule's name "
                               "(`astray list rules` shows them)",
                               quoted(text)));
    waiver.rule = rule->id;
    return std::nullopt;
  }

  std::optional<Error> read_date(Waiver& waiver, const YAML::Node& value, const std::string& text) {
    waiver.expires = end_of_day(text);
    if (!waiver.expires)
      return error(
          value.Mark(),
          fmt::format("{} is no date; expected YYYY-MM-DD, the last day of the waiver (UTC)", quoted(text)));
    return std::nullopt;
  }

  std::optional<Error> read_names(Waiver& waiver, const YAML::Node& value) {
    if (value.IsScalar()) return read_name(waiver, value);
    if (!value.IsSequence() || value.size() == 0)
      return error(value.Mark(),
                   fmt::format("expected a list of names such as [www.example.com, \"*.example.net\"], "
                               "found {}; leave the key out to waive the rule for every name",
                               value.IsSequence() ? "an empty list" : kind_of(value)));
    for (const YAML::Node& name : value)
      if (auto problem = read_name(waiver, name)) return problem;
    return std::nullopt;
  }

  std::optional<Error> read_name(Waiver& waiver, const YAML::Node& value) {
    if (!value.IsScalar())
      return error(value.Mark(), fmt::format("expected a name, found {}", kind_of(value)));
    auto pattern = canonical_pattern(value.Scalar());
    if (!pattern)
      return error(value.Mark(),
                   fmt::format("{} is no name; expected a host name, or \"*.\" and a host name for "
                               "everything below it",
                               quoted(value.Scalar())));
    waiver.names.push_back(*std::move(pattern));
    return std::nullopt;
  }

  std::vector<Waiver>& waivers_;
  const std::string& file_name_;
};

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.starts_with("*.")) return name.size() >= pattern.size() && name.ends_with(pattern.substr(1));
  return name == pattern;
}

bool matches_any(std::span<const std::string> patterns, std::string_view name) {
  const std::string folded = ascii_lower(name);
  return std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches(pattern, folded); });
}

bool covers_names(const Waiver& waiver, const Finding& finding) {
  if (waiver.names.empty()) return true;
  if (finding.from_name.empty() && finding.to_name.empty()) return false;
  for (const std::string_view name : {finding.from_name, finding.to_name})
    if (!name.empty() && !matches_any(waiver.names, name)) return false;
  return true;
}

}  // namespace

Result<Waivers> Waivers::parse(std::string_view yaml, std::string file_name) {
  Waivers waivers;
  waivers.file_name_ = std::move(file_name);
  if (yaml.size() > max_file_bytes)
    return failure(fmt::format("{}: {} bytes are too many for a file of waivers; expected at most {}",
                               waivers.file_name_, yaml.size(), max_file_bytes));
  Reader reader(waivers.waivers_, waivers.file_name_);
  try {
    if (auto problem = reader.read(yaml)) return Failure<Error>(std::move(*problem));
  } catch (const YAML::Exception& exception) {
    const std::string_view hint =
        yaml.find("*.") == std::string_view::npos ? "" : " (a name that begins with \"*\" stands in quotes)";
    return Failure<Error>(reader.error(exception.mark, fmt::format("this is not YAML: {}{}; expected {}",
                                                                   exception.msg, hint, example_entry)));
  }
  return waivers;
}

const Waiver* Waivers::covering(const Finding& finding, Instant now) const {
  for (const Waiver& waiver : waivers_)
    if (waiver.rule == finding.rule_id && !waiver.expired_at(now) && covers_names(waiver, finding))
      return &waiver;
  return nullptr;
}

}  // namespace astray
