#include "io/fake/pipe.h"

namespace astray::fake {

Pipe::Pipe(Loop& loop, const LinkDirection& direction, Duration latency, uint64_t seed)
    : readers(loop),
      writers(loop),
      loop_(loop),
      direction_(direction),
      latency_(latency),
      random_(static_cast<std::minstd_rand::result_type>(seed)),
      line_free_(loop.now()),
      last_arrival_(loop.now()) {
  CHECK(!direction.bytes_per_second || *direction.bytes_per_second > 0);
}

size_t Pipe::write(std::string_view bytes) {
  bytes = bytes.substr(0, room());
  uint64_t passes = bytes.size();
  for (std::optional<uint64_t> limit : {direction_.reset_after, direction_.silent_after})
    if (limit) passes = std::min(passes, *limit - std::min(*limit, written_));
  written_ += bytes.size();
  held_ += bytes.size();
  unread_ += passes;
  std::string_view passing = bytes.substr(0, passes);
  if (!direction_.bytes_per_second) {
    if (!passing.empty()) push(Front::bytes, loop_.now() + latency_, passing);
    return bytes.size();
  }
  // A slow line hands over what it carries in a hundredth of a second, or single bytes.
  uint64_t rate = *direction_.bytes_per_second;
  size_t step = std::max<uint64_t>(rate / 100, 1);
  line_free_ = std::max(line_free_, loop_.now());
  for (; !passing.empty(); passing.remove_prefix(std::min(step, passing.size()))) {
    std::string_view piece = passing.substr(0, step);
    line_free_ += Duration(std::chrono::seconds(1)) * piece.size() / rate;
    push(Front::bytes, line_free_ + latency_, piece);
  }
  return bytes.size();
}

void Pipe::write_end() {
  if (write_ended_) return;
  write_ended_ = true;
  if (!is_silent()) push(Front::end, std::max(line_free_, loop_.now()) + latency_, {});
}

void Pipe::write_reset(MonotonicTime time) {
  write_ended_ = true;
  if (!is_silent()) push(Front::reset, time, {});
}

void Pipe::drop_unsent() {
  while (!segments_.empty() && segments_.back().arrives > loop_.now() + latency_) {
    unread_ -= segments_.back().bytes.size();
    held_ -= segments_.back().bytes.size();
    segments_.pop_back();
  }
  last_arrival_ = segments_.empty() ? loop_.now() : segments_.back().arrives;
}

Pipe::Front Pipe::front() const {
  if (segments_.empty() || !has_arrived(segments_.front())) return Front::nothing;
  return segments_.front().kind;
}

size_t Pipe::arrived_bytes(size_t most) const {
  size_t count = 0;
  for (const Segment& segment : segments_) {
    if (segment.kind != Front::bytes || !has_arrived(segment) || count >= most + front_taken_) break;
    count += segment.bytes.size();
  }
  return std::min(count - front_taken_, most);
}

size_t Pipe::read(std::span<char> buffer) {
  size_t wanted = arrived_bytes(direction_.delivery == Delivery::one_byte ? 1 : buffer.size());
  if (direction_.delivery == Delivery::random_size)
    wanted = std::uniform_int_distribution<size_t>(1, wanted)(random_);
  for (size_t copied = 0; copied < wanted;) {
    const Segment& first = segments_.front();
    std::string_view left = std::string_view(first.bytes).substr(front_taken_, wanted - copied);
    std::copy(left.begin(), left.end(), buffer.begin() + static_cast<std::ptrdiff_t>(copied));
    copied += left.size();
    front_taken_ += left.size();
    if (front_taken_ < first.bytes.size()) continue;
    segments_.pop_front();
    front_taken_ = 0;
  }
  held_ -= wanted;
  unread_ -= wanted;
  writers.wake_all();
  wake_at_next_arrival();
  return wanted;
}

void Pipe::drop_unread() {
  held_ -= unread_;
  unread_ = 0;
  front_taken_ = 0;
  segments_.clear();
  cancel();
}

void Pipe::push(Front kind, MonotonicTime arrives, std::string_view bytes) {
  last_arrival_ = std::max(arrives, last_arrival_);
  segments_.push_back({kind, last_arrival_, std::string(bytes)});
  wake_at_next_arrival();
}

void Pipe::wake_at_next_arrival() {
  if (segments_.empty()) return;
  if (has_arrived(segments_.front()))
    wake_readers();
  else
    loop_.timers().set(*this, segments_.front().arrives);
}

void Pipe::on_deadline(MonotonicTime) {
  wake_readers();
}

void Pipe::wake_readers() {
  readers.wake_all();
  if (ReadyItem* item = std::exchange(when_readable, nullptr)) loop_.make_ready(*item);
}

}  // namespace astray::fake
