#include "astray/trace.h"

#include "client/telemetry.h"

namespace astray::http {
namespace {

client::PoolEvent pool_event_of(const Event& event) {
  return {static_cast<client::PoolEventKind>(event.kind),
          event.time,
          event.request,
          event.connection,
          event.authority,
          event.server_name,
          event.address,
          event.protocol,
          find_reason(event.reason),
          event.rung,
          event.detail};
}

}  // namespace

std::string to_text(const Event& event) {
  return client::to_text(pool_event_of(event));
}

std::string to_json(const Event& event) {
  return client::to_json(pool_event_of(event));
}

EventCallback trace_to(TraceFormat format, std::function<void(std::string_view line)> write) {
  return [format, write = std::move(write)](const Event& event) {
    write(format == TraceFormat::json ? to_json(event) : to_text(event));
  };
}

}  // namespace astray::http
