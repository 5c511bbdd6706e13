#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "explain/logs/log_field.h"
#include "explain/story/text_arena.h"

namespace astray::explain {

/// What a member of a JSON log means. Members of objects within have dots: "request.tls.server_name".
struct JsonField {
  std::string path;
  LogField field = LogField::ignored;
  LogServer server = LogServer::unknown;  ///< whose log has a member of this name, if nobody else's has
};

/// A log_format that is a JSON object, as members and what stands in them: nginx's escape=json, httpd's quoted
/// one, HAProxy's and Envoy's; in the syntax of `server` where that is known. The error says what is not understood.
Result<std::vector<JsonField>> compile_json_format(std::string_view text, LogServer server = LogServer::unknown);

/// What members mean in the logs that servers write without being told: Caddy, Traefik, Envoy and Istio,
/// Cloudflare, astray; and names that people give to nginx's and others'.
std::span<const JsonField> known_json_fields();

/// Reads lines that are JSON objects. One for each thread.
class JsonReader {
 public:
  enum class Outcome : uint8_t { read, read_after_repair, not_json };

  /// `given` (borrowed) counts before the known ones.
  explicit JsonReader(std::span<const JsonField> given);
  JsonReader(JsonReader&&) noexcept;
  ~JsonReader();

  /// Bytes that must be readable behind a line.
  static constexpr size_t padding = 64;

  /// `read_after_repair`: there were bytes that are no UTF-8, and U+FFFD stands for them. Values with escapes
  /// are kept in the arena. `sighting` is a fresh one.
  Outcome read(std::string_view line, FieldReader& fields, TextArena& arena, Sighting& sighting);
  /// The text of the member `name` of an object, kept in the arena with padding behind it; nothing where there is no such text.
  std::optional<std::string_view> text_in(std::string_view line, std::string_view name, TextArena& arena);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace astray::explain
