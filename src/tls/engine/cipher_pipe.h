#pragma once
#include <openssl/types.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/byte_block.h"

namespace astray::tls {

/// Between OpenSSL and the caller's buffers, without a copy of what was received, and with one of what is
/// sent only where the caller's buffer is full. Its address must not change while the BIO lives.
class CipherPipe {
 public:
  CipherPipe() = default;
  CipherPipe(const CipherPipe&) = delete;
  CipherPipe& operator=(const CipherPipe&) = delete;

  /// A BIO for both directions, which reads from and writes to this pipe; nullptr when memory is short.
  BIO* make_bio();

  /// What the peer sent, behind what is still unread. `held` are bytes that came before, at most a few.
  void receive(std::string_view held, std::string_view bytes);
  size_t unread() const { return held_.size() - held_read_ + input_.size(); }
  size_t total_read() const { return total_read_; }
  void discard_input();
  /// OpenSSL is given nothing more to read.
  void close_input() { input_is_closed_ = true; }

  /// From here until end_output(), what OpenSSL writes goes to this buffer, behind what waited.
  void begin_output(std::span<char> buffer);
  size_t output_room() const { return target_.size() - written_; }
  /// Bytes in the buffer.
  size_t end_output();
  bool output_waits() const { return waiting_read_ < waiting_.size(); }

  size_t read(char* buffer, size_t size);
  void write(const char* bytes, size_t size);

 private:
  std::string held_;
  size_t held_read_ = 0;
  std::string_view input_;
  size_t total_read_ = 0;
  bool input_is_closed_ = false;

  std::span<char> target_;
  size_t written_ = 0;
  ByteBlock waiting_;
  size_t waiting_read_ = 0;
};

}  // namespace astray::tls
