#pragma once
// An engine's events as one line of text, for tests and fuzzers: pieces of a body are joined, since where
// they are cut means nothing.
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http1/client.h"
#include "http1/server.h"

namespace astray::http1 {

class Transcript {
 public:
  void add(const ClientEvent& event) {
    std::visit([this](const auto& e) { put(e); }, event);
  }
  void add(const ServerEvent& event) {
    std::visit([this](const auto& e) { put(e); }, event);
  }
  /// Events are parted by " / ".
  const std::string& text() const { return text_; }

 private:
  void part(std::string_view text) {
    if (!text_.empty()) text_ += " / ";
    text_ += text;
    in_body_ = false;
  }
  void fields(const Fields& lines) {
    text_ += " {";
    for (const Field& line : lines) {
      if (text_.back() != '{') text_ += "; ";
      text_.append(line.name).append(": ").append(line.value);
    }
    text_ += '}';
  }
  void flags(Irregularities irregularities) {
    for (int i = 0; i < irregularity_count; ++i)
      if (irregularities.has(static_cast<Irregularity>(i)))
        text_.append(" !").append(to_string(static_cast<Irregularity>(i)));
  }
  void framing(Framing framing, std::optional<uint64_t> length) {
    text_.append(" ").append(to_string(framing));
    if (length) text_.append("=").append(std::to_string(*length));
  }
  void put(const InformationalResponse& e) {
    part(std::to_string(e.status));
    text_.append(" ").append(e.reason_phrase);
    fields(e.fields);
    flags(e.irregularities);
  }
  void put(const ResponseHead& e) {
    part(e.version == Version::http_1_0 ? "1.0 " : "");
    text_.append(std::to_string(e.status)).append(" ").append(e.reason_phrase);
    fields(e.fields);
    framing(e.framing, e.content_length);
    flags(e.irregularities);
  }
  void put(const RequestHead& e) {
    part(e.version == Version::http_1_0 ? "1.0 " : "");
    text_.append(e.method).append(" ").append(e.raw_target).append(" ").append(to_string(e.target.form));
    fields(e.fields);
    framing(e.framing, e.content_length);
    if (e.expects == Expectation::continue_100) text_ += " expects";
  }
  void put(const BodyData& e) {
    if (in_body_) {
      text_.insert(text_.size() - 1, e.bytes);
      return;
    }
    part("\"");
    text_.append(e.bytes).append("\"");
    in_body_ = true;
  }
  void put(const Trailers& e) {
    part("trailers");
    fields(e.fields);
  }
  void put(const ResponseEnd& e) {
    part(e.keeps_alive == KeepsAlive::yes ? "end keeps" : "end closes");
    flags(e.irregularities);
  }
  void put(const RequestEnd&) { part("end"); }
  void put(const Upgraded&) { part("upgraded"); }
  void put(const Failed& e) {
    part("failed ");
    text_.append(to_string(e.reason));
    if (e.status != 0) text_.append(" ").append(std::to_string(e.status));
    if (!e.first_bytes.empty()) text_.append(" '").append(printable(e.first_bytes)).append("'");
    if (e.looks_like != OtherProtocol::none) text_.append(" ").append(to_string(e.looks_like));
  }

  std::string text_;
  bool in_body_ = false;
};

/// Feeds `bytes` in pieces of `piece` bytes, each in a heap block of exactly its size, and drains the events
/// after each; `on_event` sees them before the transcript does.
template <typename Engine>
void feed(Engine& engine, std::string_view bytes, size_t piece, Transcript& transcript,
          const std::function<void(const typename Engine::Event&)>& on_event = {}) {
  const auto drain = [&] {
    while (auto event = engine.next_event()) {
      transcript.add(*event);
      if (on_event) on_event(*event);
    }
  };
  drain();
  while (!bytes.empty()) {
    const std::string_view now = bytes.substr(0, piece);
    bytes.remove_prefix(now.size());
    const std::vector<char> exact(now.begin(), now.end());
    engine.receive(std::string_view(exact.data(), exact.size()));
    drain();
  }
}

/// All that the engine wants to send.
template <typename Engine>
std::string take_output(Engine& engine) {
  std::string out;
  char buffer[97];
  while (const size_t count = engine.write_to(buffer)) out.append(buffer, count);
  return out;
}

inline constexpr size_t all_at_once = static_cast<size_t>(-1);

}  // namespace astray::http1
