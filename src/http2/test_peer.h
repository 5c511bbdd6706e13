#pragma once
// For the tests of both engines: what a connection did, as lines of text, and loops that pass bytes in
// pieces.
#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "http2/client.h"
#include "http2/server.h"

namespace astray::http2::test {

inline std::string text_of(const Fields& fields) {
  std::string text;
  for (const Field field : fields) text += fmt::format(" {}={}", field.name, field.value);
  return text;
}

/// One line per event; sentences are left out, they are for people.
template <typename Event>
std::string text_of(const Event& event) {
  return std::visit(
      [](const auto& e) -> std::string {
        using T = std::decay_t<decltype(e)>;
        if constexpr (std::is_same_v<T, SettingsReceived>) {
          return "settings";
        } else if constexpr (std::is_same_v<T, InformationalHead>) {
          return fmt::format("{} interim{}", e.stream, text_of(e.fields));
        } else if constexpr (std::is_same_v<T, ResponseHead>) {
          return fmt::format("{} head{}", e.stream, text_of(e.fields));
        } else if constexpr (std::is_same_v<T, RequestHead>) {
          return fmt::format("{} head{}{}{}", e.stream, text_of(e.fields),
                             e.defect == HeadDefect::none ? "" : " !",
                             e.defect == HeadDefect::none ? "" : to_string(e.defect));
        } else if constexpr (std::is_same_v<T, BodyData>) {
          return fmt::format("{} data {}", e.stream, e.bytes);
        } else if constexpr (std::is_same_v<T, Trailers>) {
          return fmt::format("{} trailers{}", e.stream, text_of(e.fields));
        } else if constexpr (std::is_same_v<T, ResponseEnd> || std::is_same_v<T, RequestEnd>) {
          return fmt::format("{} end", e.stream);
        } else if constexpr (std::is_same_v<T, StreamReset>) {
          return fmt::format("{} reset {} {}", e.stream, to_string(e.problem), to_string(e.code));
        } else if constexpr (std::is_same_v<T, GoAway>) {
          return fmt::format("goaway {} {} {}", e.last_stream, to_string(e.code), e.debug_data);
        } else if constexpr (std::is_same_v<T, OriginFrame>) {
          std::string text = "origin";
          for (const std::string& origin : e.origins) text += " " + origin;
          return e.malformed_bytes == 0 ? text : fmt::format("{} +{}", text, e.malformed_bytes);
        } else if constexpr (std::is_same_v<T, AltSvcFrame>) {
          return fmt::format("altsvc {} [{}] {}", e.stream, e.origin, e.value);
        } else if constexpr (std::is_same_v<T, ConnectionFailure>) {
          return fmt::format("failure {} {} on {}", to_string(e.problem), to_string(e.code), e.stream);
        } else {
          return "closed";
        }
      },
      event);
}

/// Adds an event's line; data that follows data of the same stream is joined to it.
template <typename Event>
void record(std::vector<std::string>& lines, const Event& event) {
  if (const auto* data = std::get_if<BodyData>(&event)) {
    std::string prefix = fmt::format("{} data ", data->stream);
    if (!lines.empty() && lines.back().starts_with(prefix)) {
      lines.back() += data->bytes;
      return;
    }
  }
  lines.push_back(text_of(event));
}

template <typename Engine>
void drain(Engine& engine, std::vector<std::string>& lines) {
  while (auto event = engine.next_event()) record(lines, *event);
}

/// All that the engine wants to send now, asked for in buffers of `piece` bytes.
template <typename Engine>
std::string written(Engine& engine, size_t piece = 16384) {
  std::string bytes;
  std::string buffer(piece, '\0');
  while (size_t size = engine.write_to(buffer)) bytes.append(buffer, 0, size);
  return bytes;
}

/// Gives the engine these bytes in pieces, with the loop that base/engine.h describes; returns what it sent.
template <typename Engine>
std::string give(Engine& engine, std::string_view bytes, std::vector<std::string>& lines,
                 size_t piece = SIZE_MAX) {
  std::string answer;
  while (!bytes.empty()) {
    std::string_view part = bytes.substr(0, std::min(piece, bytes.size()));
    bytes.remove_prefix(part.size());
    engine.receive(part);
    drain(engine, lines);
    answer += written(engine);
  }
  return answer;
}

/// A client and a server in memory.
struct Pair {
  explicit Pair(const Options& options = {}, size_t piece_bytes = SIZE_MAX)
      : client(options, {}), server(options, {}), piece(piece_bytes) {}

  /// One way and back, until nobody has anything to say; `serve` sees the server's events, and may answer.
  template <typename Serve>
  void run(Serve serve) {
    for (int round = 0; round < 100000; ++round) {
      std::string to_server = written(client);
      std::string to_client = written(server);
      if (to_server.empty() && to_client.empty()) return;
      each_piece(to_server, [&](std::string_view part) {
        server.receive(part);
        while (auto event = server.next_event()) {
          record(server_lines, *event);
          serve(*event);
        }
      });
      each_piece(to_client, [&](std::string_view part) {
        client.receive(part);
        drain(client, client_lines);
      });
    }
  }
  void run() {
    run([](const Http2Server::Event&) {});
  }

  template <typename Take>
  void each_piece(std::string_view bytes, Take take) const {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
      take(bytes.substr(0, std::min(piece, bytes.size())));
  }

  Http2Client client;
  Http2Server server;
  size_t piece;
  std::vector<std::string> client_lines;
  std::vector<std::string> server_lines;
};

/// A request's head.
inline Fields get(std::string_view authority, std::string_view path = "/") {
  return {{":method", "GET"},
          {":scheme", "https"},
          {":authority", std::string(authority)},
          {":path", std::string(path)}};
}

}  // namespace astray::http2::test
