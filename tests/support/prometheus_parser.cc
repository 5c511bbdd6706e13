#include "support/prometheus_parser.h"

#include <cmath>
#include <set>

#include <fmt/format.h>

namespace astray::test {
namespace {

bool is_name_part(char c, bool first) {
  return (c >= 'a' && c <= 'z') || c == '_' || (!first && c >= '0' && c <= '9');
}

/// Takes a name in our style: lower case.
std::string take_name(std::string_view& rest) {
  size_t size = 0;
  while (size < rest.size() && is_name_part(rest[size], size == 0)) ++size;
  const std::string name(rest.substr(0, size));
  rest.remove_prefix(size);
  return name;
}

bool take(std::string_view& rest, std::string_view token) {
  if (!rest.starts_with(token)) return false;
  rest.remove_prefix(token.size());
  return true;
}

std::optional<std::string> take_label_value(std::string_view& rest) {
  if (!take(rest, "\"")) return std::nullopt;
  std::string value;
  while (!rest.empty() && rest.front() != '"') {
    char c = rest.front();
    rest.remove_prefix(1);
    if (c == '\\') {
      if (rest.empty()) return std::nullopt;
      c = rest.front();
      if (c != '\\' && c != '"' && c != 'n') return std::nullopt;
      if (c == 'n') c = '\n';
      rest.remove_prefix(1);
    }
    value += c;
  }
  if (!take(rest, "\"")) return std::nullopt;
  return value;
}

std::optional<MetricSample> parse_sample(std::string_view line) {
  MetricSample sample;
  sample.name = take_name(line);
  if (take(line, "{")) {
    do {
      const std::string label = take_name(line);
      if (label.empty() || label.starts_with("__") || !take(line, "=")) return std::nullopt;
      auto value = take_label_value(line);
      if (!value || !sample.labels.emplace(label, *value).second) return std::nullopt;
    } while (take(line, ","));
    if (!take(line, "}")) return std::nullopt;
  }
  if (!take(line, " ")) return std::nullopt;
  const std::string number(line);
  char* end = nullptr;
  sample.value = std::strtod(number.c_str(), &end);
  if (number.empty() || end != number.c_str() + number.size() || number.front() == ' ') return std::nullopt;
  return sample;
}

/// Buckets of one histogram, in the order of the text.
struct Buckets {
  double last_bound = -1, last_count = -1;
  bool infinite = false;
  std::optional<double> sum, count;
};

void check_histogram(const MetricFamily& family, std::vector<std::string>& problems) {
  std::map<std::map<std::string, std::string>, Buckets> all;
  for (const MetricSample& sample : family.samples) {
    auto labels = sample.labels;
    const std::string bound = labels["le"];
    labels.erase("le");
    Buckets& buckets = all[labels];
    if (sample.name == family.name + "_sum") {
      buckets.sum = sample.value;
    } else if (sample.name == family.name + "_count") {
      buckets.count = sample.value;
    } else if (sample.name == family.name + "_bucket") {
      const double upper = bound == "+Inf" ? HUGE_VAL : std::stod(bound);
      if (upper <= buckets.last_bound || sample.value < buckets.last_count)
        problems.push_back(family.name + " is not cumulative");
      buckets.last_bound = upper;
      buckets.last_count = sample.value;
      buckets.infinite = buckets.infinite || bound == "+Inf";
    } else {
      problems.push_back(sample.name + " has no place in the histogram " + family.name);
    }
  }
  for (const auto& [labels, buckets] : all)
    if (!buckets.infinite || !buckets.sum || buckets.count != buckets.last_count)
      problems.push_back(family.name + " has no +Inf, _sum, or a _count that differs from +Inf");
}

void check_family(const MetricFamily& family, std::string_view prefix, std::vector<std::string>& problems) {
  const bool ours = family.name.starts_with(prefix) || family.name.starts_with("process_");
  if (!ours) problems.push_back(fmt::format("{} begins with neither {} nor process_", family.name, prefix));
  if (family.help.empty()) problems.push_back(family.name + " has no help");
  const bool total = family.name.ends_with("_total");
  if (total != (family.type == "counter"))
    problems.push_back(family.name + ": _total is for counters, and for all");
  if (family.type == "histogram") return check_histogram(family, problems);
  if (family.type != "counter" && family.type != "gauge")
    problems.push_back(family.name + " is a " + family.type);
  for (const MetricSample& sample : family.samples) {
    if (sample.name != family.name) problems.push_back(sample.name + " stands in " + family.name);
    if (!(sample.value >= 0)) problems.push_back(sample.name + " is negative or no number");
  }
}

}  // namespace

std::optional<double> ParsedMetrics::value(std::string_view name,
                                           const std::map<std::string, std::string>& labels) const {
  for (const MetricFamily& family : families)
    for (const MetricSample& sample : family.samples)
      if (sample.name == name && sample.labels == labels) return sample.value;
  return std::nullopt;
}

ParsedMetrics parse_metrics(std::string_view text, std::string_view prefix) {
  ParsedMetrics parsed;
  std::set<std::string> names;
  std::set<std::pair<std::string, std::map<std::string, std::string>>> samples;
  if (!text.ends_with('\n')) parsed.problems.push_back("the last line does not end");
  std::string help_name;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto problem = [&](std::string_view what) {
      parsed.problems.push_back(fmt::format("line {}: {}", number, what));
    };
    if (take(line, "# HELP ")) {
      MetricFamily family;
      help_name = family.name = take_name(line);
      if (!names.insert(help_name).second) problem("a family that was before");
      if (take(line, " ")) family.help = line;
      parsed.families.push_back(std::move(family));
    } else if (take(line, "# TYPE ")) {
      if (take_name(line) != help_name || !take(line, " ") || !parsed.families.back().type.empty())
        problem("TYPE does not follow its HELP");
      else
        parsed.families.back().type = line;
    } else if (auto sample = parse_sample(line); sample && !parsed.families.empty()) {
      if (!samples.emplace(sample->name, sample->labels).second) problem("a sample that was before");
      parsed.families.back().samples.push_back(std::move(*sample));
    } else {
      problem(line);
    }
  }
  for (const MetricFamily& family : parsed.families) check_family(family, prefix, parsed.problems);
  return parsed;
}

}  // namespace astray::test
