#include "probe/line_exchange.h"

#include <fmt/format.h>

#include "io/deadline.h"
#include "names/raw_host.h"
#include "probe/line_protocols.h"

namespace astray {
namespace {

Trouble trouble_of(const LineFailed& failed) {
  const std::string first = RawHost(std::string(failed.first_bytes)).printable();
  switch (failed.error) {
    case LineError::no_greeting:
    case LineError::cut_greeting:
      return closed_early(describe(failed.error));
    case LineError::reply_too_large:
      return {ProbeFailure::head_too_big, std::string(describe(failed.error))};
    case LineError::no_line_protocol:
      break;
  }
  return {ProbeFailure::not_http, fmt::format("{}: \"{}\"", describe(failed.error), first)};
}

/// 421 is the status of the answer, whoever's 421 it is: the failure says that it is not HTTP's.
void settle(const LineAnswer& answer, Observation& seen) {
  seen.stage = Stage::done;
  seen.status = answer.refused_at ? 421 : 0;
  report({ProbeFailure::other_protocol, describe(answer)}, seen);
}

/// What the engine has to say, then what the peer says to that.
Task<Result<std::string_view, Trouble>> send_and_read(Channel& channel, LineProtocolClient& engine) {
  std::string output(512, '\0');
  while (const size_t size = engine.write_to(output)) {
    // A peer that no longer reads may have said why.
    const Result<void, Trouble> written = co_await channel.write(std::string_view(output).substr(0, size));
    if (!written) break;
  }
  co_return co_await channel.read();
}

}  // namespace

Task<LineExchange> ask_line_protocol(Loop& loop, Channel& channel, Port port, MonotonicTime deadline,
                                     Observation& seen) {
  seen.stage = Stage::response_head;
  LineExchange exchange = LineExchange::told;
  LineProtocolClient engine(port);
  while (true) {
    while (std::optional<LineProtocolClient::Event> event = engine.next_event()) {
      if (const auto* answer = std::get_if<LineAnswer>(&*event)) {
        settle(*answer, seen);
        co_return LineExchange::told;
      }
      if (const auto* failed = std::get_if<LineFailed>(&*event)) {
        if (exchange == LineExchange::told || failed->error == LineError::no_line_protocol) {
          report(trouble_of(*failed), seen);
          co_return LineExchange::told;
        }
        co_return exchange;
      }
    }
    Task<Result<std::string_view, Trouble>> reading = send_and_read(channel, engine);
    const Result<Result<std::string_view, Trouble>, TimedOut> bytes =
        co_await with_deadline(loop, std::move(reading), deadline);
    if (!bytes) {
      exchange = LineExchange::time_is_up;
      engine.receive_end();
    } else if (!*bytes) {
      report(bytes->error(), seen);
      co_return LineExchange::told;
    } else if ((*bytes)->empty()) {
      engine.receive_end();
    } else {
      engine.receive(**bytes);
    }
  }
}

}  // namespace astray
