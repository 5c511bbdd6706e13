#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "web/counter.h"

namespace astray::web {

struct MetricLabel {
  std::string_view name;
  std::string_view value;  ///< any bytes; ill-formed UTF-8 becomes U+FFFD
};
using MetricLabels = std::initializer_list<MetricLabel>;

/// The text exposition format of Prometheus, version 0.0.4, appended to a string that the caller owns. All
/// samples of a family stand together: family() begins it.
class PrometheusText {
 public:
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";
  enum class Type : uint8_t { counter, gauge, histogram };

  explicit PrometheusText(std::string& out) : out_(out) {}

  /// Names live until the next family.
  void family(std::string_view name, Type type, std::string_view help);
  void sample(MetricLabels labels, uint64_t value);
  void sample(MetricLabels labels, double value);
  /// Buckets in seconds, cumulative, with +Inf, _sum and _count.
  void sample(MetricLabels labels, const DurationCounts& counts);

  void counter(std::string_view name, std::string_view help, uint64_t value);
  void gauge(std::string_view name, std::string_view help, double value);

 private:
  void begin_sample(std::string_view suffix, MetricLabels labels, std::string_view le = {});

  std::string& out_;
  std::string_view name_;
};

}  // namespace astray::web
