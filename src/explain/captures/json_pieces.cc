#include "explain/captures/json_pieces.h"

#include <algorithm>

namespace astray::explain {
namespace {

constexpr size_t chunk_bytes = size_t{256} * 1024;
constexpr size_t most_key_bytes = 256;  // no wanted path has a longer one

bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// Whether something wanted lies within the value at the path.
bool leads_on(std::string_view path, std::span<const std::string_view> wanted) {
  return std::any_of(wanted.begin(), wanted.end(), [&](std::string_view each) {
    return path.empty() || (each.size() > path.size() && each.starts_with(path) &&
                            (each[path.size()] == '.' || each[path.size()] == '['));
  });
}

}  // namespace

JsonPieces::JsonPieces(ByteSource& bytes, std::span<const std::string_view> wanted, size_t most_bytes)
    : source_(bytes), wanted_(wanted), most_bytes_(most_bytes), chunk_(chunk_bytes) {}

bool JsonPieces::fill() {
  if (error_) return false;
  const Result<size_t> got = source_.read(chunk_.data(), chunk_.size());
  if (!got) error_ = got.error();
  if (!got || *got == 0) return false;
  at_ = 0;
  end_ = *got;
  bytes_ += end_;
  ends_with_newline_ = chunk_[end_ - 1] == '\n';
  return true;
}

void JsonPieces::begin_value(char first) {
  value_next_ = false;
  const size_t parent = path_.size();
  if (!levels_.empty() && levels_.back().array) {
    path_ += "[]";
  } else if (!levels_.empty()) {
    if (!path_.empty()) path_ += '.';
    path_ += key_;
  }
  const auto found = levels_.empty() ? wanted_.end() : std::find(wanted_.begin(), wanted_.end(), path_);
  const bool opens = first == '{' || first == '[';
  if (found == wanted_.end() && opens && leads_on(path_, wanted_)) {
    levels_.push_back({first == '[', parent});
    value_next_ = first == '[';
    return;
  }
  path_.resize(parent);
  capturing_.reset();
  if (found != wanted_.end()) capturing_ = static_cast<size_t>(found - wanted_.begin());
  piece_.clear();
  piece_line_ = newlines_ + 1;
  too_large_ = false;
  nested_ = 0;
  in_string_ = escaped_ = false;
  state_ = opens || first == '"' ? State::value : State::scalar;
}

void JsonPieces::read_between(char c) {
  if (is_blank(c)) {
    newlines_ += c == '\n';
    ++at_;
    return;
  }
  if (c == '}' || c == ']') {
    ++at_;
    if (!levels_.empty()) {
      path_.resize(levels_.back().path_size);
      levels_.pop_back();
    }
    value_next_ = false;
    if (levels_.empty()) {
      complete_ = true;
      state_ = State::behind;
    }
    return;
  }
  if (c == ',' || c == ':') {
    value_next_ = c == ':' || (!levels_.empty() && levels_.back().array);
    ++at_;
    return;
  }
  if (value_next_) {
    const size_t depth = levels_.size();
    begin_value(c);
    if (levels_.size() != depth) ++at_;
    return;
  }
  // A key, or bytes that do not belong here.
  if (c == '"') {
    state_ = State::key;
    key_.clear();
  }
  ++at_;
}

bool JsonPieces::read_value() {
  const char* const begin = chunk_.data() + at_;
  const char* const end = chunk_.data() + end_;
  const char* p = begin;
  bool ended = false;
  if (state_ == State::scalar) {
    while (p != end && !is_blank(*p) && *p != ',' && *p != '}' && *p != ']') ++p;
    ended = p != end;
  } else {
    while (p != end && !ended) {
      const char c = *p++;
      if (in_string_) {
        if (escaped_) {
          escaped_ = false;
        } else if (c == '\\') {
          escaped_ = true;
        } else if (c == '"') {
          in_string_ = false;
          ended = nested_ == 0;
        }
      } else if (c == '"') {
        in_string_ = true;
      } else if (c == '{' || c == '[') {
        ++nested_;
      } else if (c == '}' || c == ']') {
        ended = --nested_ == 0;
      }
    }
  }
  newlines_ += static_cast<uint64_t>(std::count(begin, p, '\n'));
  if (capturing_) {
    const size_t room = most_bytes_ - piece_.size();
    too_large_ = too_large_ || static_cast<size_t>(p - begin) > room;
    piece_.append(begin, std::min(static_cast<size_t>(p - begin), room));
  }
  at_ += static_cast<size_t>(p - begin);
  return ended;
}

std::optional<JsonPieces::Piece> JsonPieces::next() {
  while (at_ != end_ || fill()) {
    const char c = chunk_[at_];
    switch (state_) {
      case State::between:
        read_between(c);
        break;
      case State::key:
        ++at_;
        newlines_ += c == '\n';
        // An escaped quote ends no key; such keys are nobody's.
        if (c == '"' && !escaped_) {
          state_ = State::between;
        } else if (key_.size() < most_key_bytes) {
          key_ += c;
        }
        escaped_ = c == '\\' && !escaped_;
        break;
      case State::value:
      case State::scalar:
        if (!read_value()) break;
        state_ = State::between;
        if (!capturing_) break;
        piece_.reserve(piece_.size() + padding);
        return Piece{*capturing_, piece_, piece_line_, too_large_};
      case State::behind:
        newlines_ += static_cast<uint64_t>(std::count(chunk_.data() + at_, chunk_.data() + end_, '\n'));
        at_ = end_;
        break;
    }
  }
  return std::nullopt;
}

}  // namespace astray::explain
