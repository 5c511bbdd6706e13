#include "http2/library_memory.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>

#include "base/blocks.h"
#include "base/page_runs.h"

namespace astray::http2 {
namespace {

/// nghttp2 does not say of what size it frees: that stands before each piece.
constexpr size_t before_piece = alignof(std::max_align_t);

LibraryMemory& memory_of(void* user_data) {
  return *static_cast<LibraryMemory*>(user_data);
}

void* with_size(void* place, size_t size) {
  std::memcpy(place, &size, sizeof size);
  return static_cast<char*>(place) + before_piece;
}

constexpr size_t rounded(size_t size) {
  return (size + before_piece - 1) / before_piece * before_piece;
}

/// What is cleared and as large as this is a table that is filled later: on pages that nothing else writes to.
constexpr size_t smallest_table = 4096;

}  // namespace

LibraryMemory::LibraryMemory() {
  const PageRun run = take_page_run();
  pages_ = run.begin;
  are_zero_ = run.is_zero;
}

LibraryMemory::~LibraryMemory() {
  give_page_run(pages_);
}

/// Null: it does not belong there, or there is no room.
char* LibraryMemory::from_pages(size_t size) {
  if (!making_ || pages_ == nullptr) return nullptr;
  const size_t room = page_run_bytes - used_ - rounded(table_size_);
  if (size > room - std::min(room, 2 * before_piece)) return nullptr;
  char* const place = pages_ + used_;
  used_ += before_piece + rounded(size);
  return place;
}

/// Its size does not stand before it: that would be another page.
char* LibraryMemory::table_from_pages(size_t size) {
  if (!making_ || pages_ == nullptr || table_size_ != 0 || size < smallest_table) return nullptr;
  if (size > (page_run_bytes - used_) / 2) return nullptr;
  table_size_ = size;
  return pages_ + page_run_bytes - rounded(size);
}

bool LibraryMemory::holds_in_pages(const void* piece) const {
  const char* const begin = static_cast<const char*>(piece);
  return pages_ != nullptr && begin >= pages_ && begin < pages_ + page_run_bytes;
}

size_t LibraryMemory::size_of(const void* piece) const {
  if (table_size_ != 0 && piece == pages_ + page_run_bytes - rounded(table_size_)) return table_size_;
  size_t size = 0;
  std::memcpy(&size, static_cast<const char*>(piece) - before_piece, sizeof size);
  return size;
}

void* LibraryMemory::take(size_t size, void* memory) {
  if (size > SIZE_MAX - before_piece) return nullptr;
  if (char* const place = memory_of(memory).from_pages(size)) return with_size(place, size);
  try {
    return with_size(take_block(before_piece + size), size);
  } catch (const std::bad_alloc&) {
    return nullptr;  // C has no other way
  }
}

void* LibraryMemory::take_cleared(size_t count, size_t size, void* memory) {
  if (size != 0 && count > SIZE_MAX / size) return nullptr;
  LibraryMemory& self = memory_of(memory);
  void* piece = self.table_from_pages(count * size);
  if (piece == nullptr) piece = take(count * size, memory);
  const bool is_zero = self.are_zero_ && self.holds_in_pages(piece);
  return piece == nullptr || is_zero ? piece : std::memset(piece, 0, count * size);
}

void* LibraryMemory::change(void* piece, size_t size, void* memory) {
  void* const moved = take(size, memory);
  if (moved == nullptr) return nullptr;
  if (piece != nullptr) std::memcpy(moved, piece, std::min(size, memory_of(memory).size_of(piece)));
  give(piece, memory);
  return moved;
}

void LibraryMemory::give(void* piece, void* memory) {
  if (piece == nullptr) return;
  const LibraryMemory& self = memory_of(memory);
  if (self.holds_in_pages(piece)) return;  // the pages go as a whole
  give_block(static_cast<char*>(piece) - before_piece, before_piece + self.size_of(piece));
}

}  // namespace astray::http2
