#include "client/outgoing.h"

#include <algorithm>

namespace astray::client {
namespace {

BodySource* source_of(const Body& body) {
  const auto* source = std::get_if<std::shared_ptr<BodySource>>(&body);
  return source != nullptr ? source->get() : nullptr;
}

}  // namespace

Upload::Upload(Body& body, BodySource::Reader& reader) : body_(body), ended_(!has_body()) {
  if (BodySource* source = source_of(body_)) source->set_reader(&reader);
}

Upload::~Upload() {
  if (BodySource* source = source_of(body_)) source->set_reader(nullptr);
}

std::optional<uint64_t> Upload::length() const {
  if (const auto* bytes = std::get_if<std::string>(&body_)) return bytes->size();
  if (const BodySource* source = source_of(body_)) return source->length();
  return 0;
}

BodySource::Piece Upload::read(size_t most) {
  using Kind = BodySource::Piece::Kind;
  BodySource::Piece piece;
  if (BodySource* source = source_of(body_)) {
    piece = source->read(most);
  } else if (const auto* bytes = std::get_if<std::string>(&body_); bytes != nullptr && at_ < bytes->size()) {
    piece = {Kind::bytes, std::string_view(*bytes).substr(at_, most)};
    at_ += piece.bytes.size();
  }
  if (piece.kind == Kind::bytes) bytes_read_ += piece.bytes.size();
  if (piece.kind == Kind::end || piece.kind == Kind::failed) ended_ = true;
  return piece;
}

bool is_replayable(const Body& body) {
  const BodySource* source = source_of(body);
  return source == nullptr || source->is_replayable();
}

bool rewind(Body& body) {
  BodySource* source = source_of(body);
  return source == nullptr || source->rewind();
}

}  // namespace astray::client
