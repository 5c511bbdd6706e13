#include "library/source_bridge.h"

#include <algorithm>
#include <utility>

namespace astray::http {
namespace {

constexpr size_t buffer_bytes = size_t{16} * 1024;

}  // namespace

BodySource::BodySource() : link_(std::make_shared<Link>()) {}
BodySource::~BodySource() = default;

void BodySource::ready() {
  link_->ready();
}

BodySource::Link::Taken BodySource::Link::take(std::shared_ptr<IoLink> io,
                                               std::weak_ptr<SourceBridge> bridge) {
  const std::lock_guard lock(mutex_);
  if (!bridge_.expired()) return Taken::before;
  io_ = std::move(io);
  bridge_ = std::move(bridge);
  return Taken::now;
}

void BodySource::Link::release() {
  const std::lock_guard lock(mutex_);
  io_.reset();
  bridge_.reset();
}

void BodySource::Link::ready() {
  const std::lock_guard lock(mutex_);
  if (!io_) return;
  io_->post([bridge = bridge_] {
    if (const std::shared_ptr<SourceBridge> told = bridge.lock()) told->tell_ready();
  });
}

std::shared_ptr<SourceBridge> SourceBridge::make(std::shared_ptr<http::BodySource> source,
                                                 std::shared_ptr<IoLink> link) {
  std::shared_ptr<SourceBridge> bridge(new SourceBridge(std::move(source)));
  const auto taken = bridge->source_->link_->take(std::move(link), bridge);
  return taken == http::BodySource::Link::Taken::now ? bridge : nullptr;
}

void SourceBridge::close() {
  const std::shared_ptr<http::BodySource> source = std::exchange(source_, nullptr);
  if (!source) return;
  source->on_over();
  source->link_->release();
}

client::BodySource::Piece SourceBridge::read(size_t most) {
  if (!source_) return {Piece::Kind::end};
  if (!buffer_) buffer_.reset(new char[buffer_bytes]);
  const size_t room = std::min(most, buffer_bytes);
  BodyPiece piece = source_->read(buffer_.get(), room);
  switch (piece.kind) {
    case BodyPiece::Kind::bytes:
      if (piece.size != 0 && piece.size <= room) return {Piece::Kind::bytes, {buffer_.get(), piece.size}};
      return {Piece::Kind::failed,
              "the body's source says that it wrote none, or more than there is room for"};
    case BodyPiece::Kind::later:
      return {Piece::Kind::later};
    case BodyPiece::Kind::end:
      return {Piece::Kind::end};
    case BodyPiece::Kind::failed:
      break;
  }
  why_ = std::move(piece.why);
  return {Piece::Kind::failed, why_};
}

bool SourceBridge::rewind() {
  return source_ && source_->rewind();
}

bool SourceBridge::is_replayable() const {
  return source_ && source_->is_replayable();
}

std::optional<uint64_t> SourceBridge::length() const {
  return source_ ? source_->length() : std::nullopt;
}

void SourceBridge::tell_ready() {
  if (source_ && reader_ != nullptr) reader_->body_is_ready();
}

}  // namespace astray::http
