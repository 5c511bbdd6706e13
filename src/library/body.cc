#include "astray/body.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "library/io_link.h"

namespace astray::http {
namespace {

class FunctionBody final : public BodySource {
 public:
  FunctionBody(std::function<BodyPiece(char*, size_t)> read, std::optional<uint64_t> length)
      : read_(std::move(read)), length_(length) {}
  BodyPiece read(char* buffer, size_t size) override { return read_(buffer, size); }
  std::optional<uint64_t> length() const override { return length_; }

 private:
  std::function<BodyPiece(char*, size_t)> read_;
  std::optional<uint64_t> length_;
};

}  // namespace

std::shared_ptr<BodySource> body_from(std::function<BodyPiece(char*, size_t)> read,
                                      std::optional<uint64_t> length) {
  return std::make_shared<FunctionBody>(std::move(read), length);
}

/// Written on one thread, read on another.
class PushBody::Pipe final : public BodySource {
 public:
  Pipe(size_t most_waiting, std::optional<uint64_t> length, std::function<void()> on_room)
      : most_(std::max<size_t>(most_waiting, 1)), length_(length), on_room_(std::move(on_room)) {}

  bool write(std::string_view bytes);
  size_t try_write(std::string_view bytes);
  void end(BodyPiece::Kind kind, std::string why);
  bool is_over() const;

  BodyPiece read(char* buffer, size_t size) override;
  std::optional<uint64_t> length() const override { return length_; }
  void on_over() override;

 private:
  enum class Reader : uint8_t { none, waits, over };
  size_t take(std::string_view bytes);
  void tell_reader(std::unique_lock<std::mutex>& lock);

  const size_t most_;
  const std::optional<uint64_t> length_;
  const std::function<void()> on_room_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::string waiting_;
  size_t read_ = 0;  ///< of waiting_
  BodyPiece last_ = BodyPiece::later();
  Reader reader_ = Reader::none;
  bool room_is_awaited_ = false;
};

size_t PushBody::Pipe::take(std::string_view bytes) {
  if (reader_ == Reader::over || last_.kind != BodyPiece::Kind::later) return 0;
  const size_t taken = std::min(bytes.size(), most_ - std::min(most_, waiting_.size() - read_));
  waiting_.append(bytes.substr(0, taken));
  return taken;
}

/// Unlocks.
void PushBody::Pipe::tell_reader(std::unique_lock<std::mutex>& lock) {
  const bool waits = reader_ == Reader::waits;
  if (waits) reader_ = Reader::none;
  lock.unlock();
  if (waits) ready();
}

bool PushBody::Pipe::write(std::string_view bytes) {
  if (is_io_thread()) return false;
  while (true) {
    std::unique_lock lock(mutex_);
    bytes.remove_prefix(take(bytes));
    if (reader_ == Reader::over || last_.kind != BodyPiece::Kind::later) return false;
    if (bytes.empty()) {
      tell_reader(lock);
      return true;
    }
    if (reader_ == Reader::waits) {
      tell_reader(lock);
      continue;
    }
    room_.wait(lock, [&] { return waiting_.size() - read_ < most_ || reader_ != Reader::none; });
  }
}

size_t PushBody::Pipe::try_write(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  const size_t taken = take(bytes);
  if (taken < bytes.size()) room_is_awaited_ = true;
  tell_reader(lock);
  return taken;
}

void PushBody::Pipe::end(BodyPiece::Kind kind, std::string why) {
  std::unique_lock lock(mutex_);
  if (last_.kind == BodyPiece::Kind::later) last_ = {kind, 0, std::move(why)};
  tell_reader(lock);
}

bool PushBody::Pipe::is_over() const {
  const std::lock_guard lock(mutex_);
  return reader_ == Reader::over;
}

BodyPiece PushBody::Pipe::read(char* buffer, size_t size) {
  bool tell_room = false;
  {
    const std::lock_guard lock(mutex_);
    if (reader_ == Reader::over) return BodyPiece::failed("an earlier fetch has read this body");
    const size_t count = waiting_.copy(buffer, size, read_);
    if (count == 0) {
      if (last_.kind == BodyPiece::Kind::later) reader_ = Reader::waits;
      room_.notify_all();
      return last_;
    }
    read_ += count;
    if (read_ == waiting_.size()) {
      waiting_.clear();
      read_ = 0;
    } else if (read_ >= most_) {
      waiting_.erase(0, read_);
      read_ = 0;
    }
    room_.notify_all();
    tell_room = std::exchange(room_is_awaited_, false);
    size = count;
  }
  if (tell_room && on_room_) on_room_();
  return BodyPiece::bytes(size);
}

void PushBody::Pipe::on_over() {
  bool tell_room = false;
  {
    const std::lock_guard lock(mutex_);
    reader_ = Reader::over;
    room_.notify_all();
    tell_room = std::exchange(room_is_awaited_, false);
  }
  if (tell_room && on_room_) on_room_();
}

PushBody::PushBody(size_t most_waiting, std::optional<uint64_t> length, std::function<void()> on_room)
    : pipe_(std::make_shared<Pipe>(most_waiting, length, std::move(on_room))) {}
PushBody::PushBody(PushBody&&) noexcept = default;
PushBody& PushBody::operator=(PushBody&& other) noexcept {
  if (this != &other) {
    if (pipe_) fail("whoever wrote the body went away before its end");
    pipe_ = std::move(other.pipe_);
  }
  return *this;
}
PushBody::~PushBody() {
  if (pipe_) fail("whoever wrote the body went away before its end");
}

std::shared_ptr<BodySource> PushBody::source() const {
  return pipe_;
}
bool PushBody::write(std::string_view bytes) {
  return pipe_->write(bytes);
}
size_t PushBody::try_write(std::string_view bytes) {
  return pipe_->try_write(bytes);
}
void PushBody::finish() {
  pipe_->end(BodyPiece::Kind::end, {});
}
void PushBody::fail(std::string why) {
  pipe_->end(BodyPiece::Kind::failed, std::move(why));
}
bool PushBody::is_over() const {
  return pipe_->is_over();
}

}  // namespace astray::http
