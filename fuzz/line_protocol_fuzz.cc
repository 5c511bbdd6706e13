// What an FTP or SMTP server sends, or whoever else stands at its port. Input: a byte that chooses the port,
// then the server's bytes.
//
// Held: one last event; however the bytes are cut, the same events and the same commands; a reply has a code
// of three digits and a text within the limit; sentences for people are printable.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "probe/line_protocols.h"

namespace astray {
namespace {

class Watch {
 public:
  explicit Watch(Port port) : client_(port) {}

  void receive(std::string_view bytes, size_t piece) {
    while (!bytes.empty() && !ended_) {
      // A block of its own for each piece, so that ASan sees who reads beyond it.
      const std::vector<char> exact(bytes.begin(), bytes.begin() + std::min(piece, bytes.size()));
      bytes.remove_prefix(exact.size());
      client_.receive(std::string_view(exact.data(), exact.size()));
      drain();
    }
    if (!ended_) client_.receive_end();
    drain();
    CHECK(ended_);
  }
  const std::string& told() const { return told_; }

 private:
  void drain() {
    while (auto event = client_.next_event()) {
      CHECK(!ended_);
      std::visit([this](const auto& one) { see(one); }, *event);
    }
    char buffer[7];
    while (const size_t count = client_.write_to(buffer)) sent_.append(buffer, count);
    CHECK(sent_.size() < 200);
    if (ended_) told_ += sent_;
  }
  void see(const LineReply& reply) {
    CHECK(reply.code >= 100 && reply.code <= 999);
    CHECK(reply.text.size() <= LineProtocolClient::max_reply_bytes);
    told_ += std::to_string(reply.code) + ' ' + std::string(reply.text) + '\n';
  }
  void see(const LineAnswer& answer) {
    ended_ = true;
    const std::string sentence = describe(answer);
    CHECK(std::all_of(sentence.begin(), sentence.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= ' '; }));
    CHECK((answer.protocol == LineProtocol::unknown) == (answer.basis == LineBasis::none));
    CHECK(!answer.refused_at || sentence.find("421") != std::string::npos);
    told_ += sentence;
  }
  void see(const LineFailed& failed) {
    ended_ = true;
    CHECK(!describe(failed.error).empty());
    told_ += describe(failed.error);
  }

  LineProtocolClient client_;
  bool ended_ = false;
  std::string told_, sent_;
};

std::string told(Port port, std::string_view bytes, size_t piece) {
  Watch watch(port);
  watch.receive(bytes, piece);
  return watch.told();
}

}  // namespace
}  // namespace astray

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 40'000) return 0;
  static constexpr uint16_t ports[] = {21, 25, 2525, 465, 990};
  const astray::Port port(ports[data[0] % std::size(ports)]);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string at_once = astray::told(port, bytes, bytes.size());
  CHECK(at_once == astray::told(port, bytes, 1));
  CHECK(at_once == astray::told(port, bytes, 5));
  return 0;
}
