#pragma once
// What of an answer is held against another.
#include <cstdint>
#include <string>
#include <string_view>

#include "watch/model/cell_record.h"

namespace astray::watch {

/// What became of a request, whoever answered.
enum class Treatment : uint8_t {
  unknown,  ///< nobody answered, or it could not be told
  served,   ///< a page, a redirection, or another status that is the site's own affair
  status_421,
  status_400,
  status_403,
  status_404,
  handshake_refused,
  server_error,
  other_protocol,
};
/// "served", "421", "a refused handshake".
std::string_view to_string(Treatment treatment);
Treatment treatment_of(const CellAnswer& answer);
bool is_refusal(Treatment treatment);

/// Whether a client certificate was asked for, or missed.
enum class ClientDemand : uint8_t { unknown, none, asked, demanded };
ClientDemand client_demand_of(const CellAnswer& answer);

/// "h2", "http/1.1"; "none" where no protocol is shared, "" where it cannot be told.
std::string protocol_of(const CellAnswer& answer);

/// "status: predicted 421, was 200 (nginx.conf:12:3)".
std::string difference_of(const CellAnswer& answer);

/// Nobody answered, as far as this one question tells.
bool is_silence(const CellAnswer& answer);

}  // namespace astray::watch
