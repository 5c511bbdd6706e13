#pragma once
// Who wrote a 421: its body and fields are as good as a signature. A proxy in front often puts its own name
// into Server while the body is the back's, so the body is believed first.
#include <cstdint>
#include <span>
#include <string_view>

namespace astray {

/// Who wrote a 421, by the fingerprint of the answer.
enum class HopSoftware : uint8_t {
  none,
  nginx,
  httpd,
  haproxy,
  caddy,
  traefik,
  contour,
  varnish,
  h2o,
  astray,
  badssl,
  azure_front_door,
  unknown
};
std::string_view to_string(HopSoftware hop);

/// One sign by which a hop is known. Empty texts do not count; all that are given must be there.
struct HopSign {
  enum class Body : uint8_t { any, empty };
  HopSoftware hop;
  std::string_view in_body{};       ///< part of the body, in any letter case
  std::string_view also_in_body{};  ///< another part
  std::string_view server{};        ///< how the Server field begins
  std::string_view via{};           ///< part of the Via field
  std::string_view content_type{};  ///< how the Content-Type begins
  Body body = Body::any;
  bool nosniff = false;  ///< X-Content-Type-Options: nosniff is there
};

/// What of an answer tells who wrote it.
struct AnswerSigns {
  int status = 0;
  std::string_view body{};  ///< its beginning
  uint64_t body_bytes = 0;  ///< of the whole body
  std::string_view server{};
  std::string_view via{};
  std::string_view content_type{};
  bool nosniff = false;  ///< X-Content-Type-Options: nosniff is there
};

/// The first that fits wins.
std::span<const HopSign> hop_signs();

/// `none` unless the status is 421.
HopSoftware hop_of(const AnswerSigns& seen);
/// "nginx", "Apache httpd", "a server that leaves no signature".
std::string_view name_of(HopSoftware hop);

}  // namespace astray
