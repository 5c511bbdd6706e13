#pragma once
// Where nghttp2's memory comes from. Internal to http2/.
#include <cstddef>

namespace astray::http2 {

/// What nghttp2 allocates when it makes a session is large, lives as long, and is hardly written to on a connection
/// that says little: it stands in a run of pages of its own, most of which the system then never has to give. What
/// comes later belongs to streams, and is small.
class LibraryMemory {
 public:
  LibraryMemory();
  LibraryMemory(const LibraryMemory&) = delete;
  LibraryMemory& operator=(const LibraryMemory&) = delete;
  /// Nothing of it may be in use.
  ~LibraryMemory();

  /// The session is made.
  void end_making() { making_ = false; }

  // For nghttp2_mem, whose user data is the LibraryMemory. Null when there is no memory.
  static void* take(size_t size, void* memory);
  static void* take_cleared(size_t count, size_t size, void* memory);
  static void* change(void* piece, size_t size, void* memory);
  static void give(void* piece, void* memory);

 private:
  char* from_pages(size_t size);
  char* table_from_pages(size_t size);
  bool holds_in_pages(const void* piece) const;
  size_t size_of(const void* piece) const;

  char* pages_ = nullptr;  ///< null: there are none to be had
  size_t used_ = 0;        ///< from the beginning
  size_t table_size_ = 0;  ///< of what stands at the end: a table of streams, which has none at first
  bool are_zero_ = false;
  bool making_ = true;
};

}  // namespace astray::http2
