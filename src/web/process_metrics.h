#pragma once
#include "web/process_facts.h"
#include "web/prometheus_text.h"

namespace astray::web {

/// Named as Prometheus's own client libraries name them; what is not known is left out.
void append_process_metrics(PrometheusText& text, const ProcessFacts& facts);

}  // namespace astray::web
