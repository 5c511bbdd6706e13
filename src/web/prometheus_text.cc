#include "web/prometheus_text.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"

namespace astray::web {
namespace {

std::string_view to_string(PrometheusText::Type type) {
  constexpr std::string_view words[] = {"counter", "gauge", "histogram"};
  return words[static_cast<size_t>(type)];
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += "=\"";
  for (const char c : well_formed_utf8(value)) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += '"';
}

}  // namespace

void PrometheusText::family(std::string_view name, Type type, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(out_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, to_string(type));
}

void PrometheusText::begin_sample(std::string_view suffix, MetricLabels labels, std::string_view le) {
  out_ += name_;
  out_ += suffix;
  char separator = '{';
  for (const MetricLabel& label : labels) {
    out_ += std::exchange(separator, ',');
    append_label(out_, label.name, label.value);
  }
  if (!le.empty()) {
    out_ += std::exchange(separator, ',');
    append_label(out_, "le", le);
  }
  out_ += separator == '{' ? " " : "} ";
}

void PrometheusText::sample(MetricLabels labels, uint64_t value) {
  begin_sample("", labels);
  fmt::format_to(std::back_inserter(out_), "{}\n", value);
}

void PrometheusText::sample(MetricLabels labels, double value) {
  begin_sample("", labels);
  fmt::format_to(std::back_inserter(out_), "{}\n", value);
}

void PrometheusText::sample(MetricLabels labels, const DurationCounts& counts) {
  uint64_t so_far = 0;
  for (size_t i = 0; i < counts.in_bucket.size(); ++i) {
    so_far += counts.in_bucket[i];
    const bool last = i == DurationCounts::bounds.size();
    begin_sample("_bucket", labels,
                 last ? "+Inf" : fmt::format("{}", static_cast<double>(DurationCounts::bounds[i]) / 1e6));
    fmt::format_to(std::back_inserter(out_), "{}\n", so_far);
  }
  begin_sample("_sum", labels);
  fmt::format_to(std::back_inserter(out_), "{}\n", static_cast<double>(counts.sum) / 1e9);
  begin_sample("_count", labels);
  fmt::format_to(std::back_inserter(out_), "{}\n", so_far);
}

void PrometheusText::counter(std::string_view name, std::string_view help, uint64_t value) {
  family(name, Type::counter, help);
  sample({}, value);
}

void PrometheusText::gauge(std::string_view name, std::string_view help, double value) {
  family(name, Type::gauge, help);
  sample({}, value);
}

}  // namespace astray::web
