#pragma once
// Messages made of a fuzzer's bytes, and what our end sees and sends of them.
#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "base/check.h"
#include "http2/client.h"
#include "http2/server.h"
#include "http2_input.h"

namespace astray::http2::fuzzing {

struct Message {
  Fields head;
  std::string body;
  Fields trailers;
  bool has_ended = false;  ///< as far as it was seen

  bool operator==(const Message&) const = default;
};
using Messages = std::map<StreamId, Message>;

inline void add_lines(Input& input, Fields& fields) {
  constexpr std::string_view names[] = {"x-a",  "x-b",  "cookie",        "etag",
                                        "date", "vary", "authorization", "x-a-long-name"};
  constexpr size_t sizes[] = {0, 1, 5, 30, 30, 300, 2000, 20000};
  for (size_t count = input.byte() % 8U; count > 0; --count) {
    const uint8_t choice = input.byte();
    const size_t size = sizes[choice / 8 % std::size(sizes)];
    fields.emplace_back(names[choice % std::size(names)],
                        std::string(size, static_cast<char>('a' + choice / 64)));
  }
}

inline Message make_message(Input& input, Fields head) {
  constexpr size_t sizes[] = {0, 0, 1, 100, 5000, 16384, 70000, 200000};
  Message message{.head = std::move(head), .body = {}, .trailers = {}, .has_ended = true};
  add_lines(input, message.head);
  const uint8_t choice = input.byte();
  message.body.resize(sizes[choice % std::size(sizes)]);
  for (size_t i = 0; i < message.body.size(); ++i)
    message.body[i] = static_cast<char>(i * 7 + i / 256 + choice);
  if (choice >= 200) message.trailers.push_back({"x-end", "yes"});
  return message;
}

template <typename Engine>
struct OwnEnd {
  Engine engine;
  Messages seen{};

  void give(std::string_view bytes, size_t piece) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
      engine.receive(bytes.substr(0, piece));
      while (const auto event = engine.next_event()) take(*event);
    }
  }
  void take(const Event& event) {
    CHECK(!std::holds_alternative<ConnectionFailure>(event));
    if (const auto* head = std::get_if<RequestHead>(&event)) {
      CHECK(head->defect == HeadDefect::none);
      seen[head->stream].head = head->fields;
    } else if (const auto* response = std::get_if<ResponseHead>(&event)) {
      seen[response->stream].head = response->fields;
    } else if (const auto* data = std::get_if<BodyData>(&event)) {
      seen[data->stream].body += data->bytes;
    } else if (const auto* trailers = std::get_if<Trailers>(&event)) {
      seen[trailers->stream].trailers = trailers->fields;
    } else if (const auto* end = std::get_if<RequestEnd>(&event)) {
      seen[end->stream].has_ended = true;
    } else if (const auto* response_end = std::get_if<ResponseEnd>(&event)) {
      seen[response_end->stream].has_ended = true;
    } else if (const auto* reset = std::get_if<StreamReset>(&event)) {
      CHECK(reset->problem == StreamProblem::reset_by_peer);
    }
  }
  /// The body in pieces of this size.
  void send_rest(StreamId id, const Message& message, size_t piece) {
    std::string_view body = message.body;
    for (; body.size() > piece; body.remove_prefix(piece))
      CHECK(engine.send_body(id, body.substr(0, piece), Then::body).has_value());
    CHECK(engine.send_body(id, body, message.trailers.empty() ? Then::end : Then::body).has_value());
    if (!message.trailers.empty()) CHECK(engine.send_trailers(id, message.trailers).has_value());
  }
};

}  // namespace astray::http2::fuzzing
