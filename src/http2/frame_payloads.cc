#include "http2/frame_payloads.h"

#include "base/octets.h"

namespace astray::http2 {

OriginPayload read_origin_payload(std::string_view payload) {
  OriginPayload read;
  while (payload.size() >= 2) {
    size_t length = read_number(payload, 2);
    if (payload.size() - 2 < length) break;
    if (length != 0) read.origins.push_back(payload.substr(2, length));
    payload.remove_prefix(2 + length);
  }
  read.malformed_bytes = payload.size();
  return read;
}

std::optional<AltSvcPayload> read_altsvc_payload(std::string_view payload) {
  if (payload.size() < 2) return std::nullopt;
  size_t length = read_number(payload, 2);
  if (payload.size() - 2 < length) return std::nullopt;
  return AltSvcPayload{.origin = payload.substr(2, length), .value = payload.substr(2 + length)};
}

std::optional<std::vector<Setting>> read_settings_payload(std::string_view payload) {
  if (payload.size() % 6 != 0) return std::nullopt;
  std::vector<Setting> settings;
  for (; !payload.empty(); payload.remove_prefix(6))
    settings.push_back(
        {.id = static_cast<uint16_t>(read_number(payload, 2)), .value = read_number(payload.substr(2), 4)});
  return settings;
}

std::optional<GoAwayPayload> read_goaway_payload(std::string_view payload) {
  if (payload.size() < 8) return std::nullopt;
  return GoAwayPayload{.last_stream = static_cast<StreamId>(read_number(payload, 4) & 0x7fffffff),
                       .code = static_cast<ErrorCode>(read_number(payload.substr(4), 4)),
                       .debug_data = payload.substr(8)};
}

std::optional<ErrorCode> read_rst_stream_payload(std::string_view payload) {
  if (payload.size() != 4) return std::nullopt;
  return static_cast<ErrorCode>(read_number(payload, 4));
}

}  // namespace astray::http2
