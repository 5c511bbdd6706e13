#include "tls/engine/cipher_pipe.h"

#include <openssl/bio.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace astray::tls {
namespace {

CipherPipe& pipe_of(BIO* bio) {
  return *static_cast<CipherPipe*>(BIO_get_data(bio));
}

int read_bio(BIO* bio, char* buffer, size_t size, size_t* count) {
  BIO_clear_retry_flags(bio);
  *count = pipe_of(bio).read(buffer, size);
  if (*count != 0) return 1;
  BIO_set_retry_read(bio);
  return 0;
}

int write_bio(BIO* bio, const char* bytes, size_t size, size_t* count) {
  BIO_clear_retry_flags(bio);
  pipe_of(bio).write(bytes, size);
  *count = size;
  return 1;
}

long control_bio(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "astray cipher pipe");
  CHECK(method != nullptr);
  BIO_meth_set_read_ex(method, read_bio);
  BIO_meth_set_write_ex(method, write_bio);
  BIO_meth_set_ctrl(method, control_bio);
  return method;
}

}  // namespace

BIO* CipherPipe::make_bio() {
  static BIO_METHOD* const method = make_method();
  BIO* bio = BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

void CipherPipe::receive(std::string_view held, std::string_view bytes) {
  held_.erase(0, held_read_);
  held_read_ = 0;
  // The caller broke its word when bytes are left; they are kept all the same, since their owner may go away.
  held_.append(input_);
  held_.append(held);
  input_ = bytes;
}

void CipherPipe::discard_input() {
  held_.clear();
  held_read_ = 0;
  input_ = {};
}

size_t CipherPipe::read(char* buffer, size_t size) {
  if (input_is_closed_) return 0;
  size_t count = 0;
  if (held_read_ < held_.size()) {
    count = std::min(size, held_.size() - held_read_);
    std::memcpy(buffer, held_.data() + held_read_, count);
    held_read_ += count;
  } else if (!input_.empty()) {
    count = std::min(size, input_.size());
    std::memcpy(buffer, input_.data(), count);
    input_.remove_prefix(count);
  }
  total_read_ += count;
  return count;
}

void CipherPipe::begin_output(std::span<char> buffer) {
  target_ = buffer;
  written_ = std::min(buffer.size(), waiting_.size() - waiting_read_);
  if (written_ == 0) return;
  std::memcpy(buffer.data(), waiting_.data() + waiting_read_, written_);
  waiting_read_ += written_;
  if (waiting_read_ < waiting_.size()) return;
  waiting_read_ = 0;
  waiting_.release();
}

size_t CipherPipe::end_output() {
  target_ = {};
  size_t count = written_;
  written_ = 0;
  return count;
}

void CipherPipe::write(const char* bytes, size_t size) {
  size_t direct = output_waits() ? 0 : std::min(size, output_room());
  if (direct != 0) {
    std::memcpy(target_.data() + written_, bytes, direct);
    written_ += direct;
  }
  if (direct < size) waiting_.append({bytes + direct, size - direct});
}

}  // namespace astray::tls
