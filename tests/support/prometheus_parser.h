#pragma once
// A strict reader of the text exposition format of Prometheus 0.0.4, as its documentation states it, and of
// the rules for names and histograms beside it.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace astray::test {

struct MetricSample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

struct MetricFamily {
  std::string name, type, help;
  std::vector<MetricSample> samples;
};

struct ParsedMetrics {
  std::vector<MetricFamily> families;
  std::vector<std::string> problems;  ///< none: all is as it should be

  /// Of the one sample with this name and exactly these labels.
  std::optional<double> value(std::string_view name,
                              const std::map<std::string, std::string>& labels = {}) const;
};

/// `prefix`: what every family begins with, but for those of the process ("process_…").
ParsedMetrics parse_metrics(std::string_view text, std::string_view prefix);

}  // namespace astray::test
