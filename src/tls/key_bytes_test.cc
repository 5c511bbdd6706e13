// The promise that no byte of a private key stays in memory, checked by looking for them there.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "support/certificates.h"
#include "support/temporary_folder.h"
#include "tls/certificate_file.h"
#include "tls/file_certificate_source.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ASTRAY_SHADOW_MEMORY
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ASTRAY_SHADOW_MEMORY
#endif
#endif

namespace astray::key_bytes_test {
namespace {

constexpr size_t secret_bytes = 48;

/// The i-th character of what stands for a key; never stored in a row by this process itself.
char secret(size_t i) {
  return static_cast<char>('A' + (i * i * 7 + i * 3 + 5) % 26);
}

/// Writes in a process of its own, whose memory goes away with it.
std::string write_with_secret(const test::TemporaryFolder& folder, const char* name,
                              const std::string& before, const std::string& after) {
  std::string path = folder.path_of(name);
  pid_t child = ::fork();
  if (child == 0) {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    std::fwrite(before.data(), 1, before.size(), file);
    for (int line = 0; line < 20; ++line) {
      for (size_t i = 0; i < secret_bytes; ++i) std::fputc(secret(i), file);
      std::fputc('\n', file);
    }
    std::fwrite(after.data(), 1, after.size(), file);
    std::fclose(file);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  return path;
}

bool holds_secret(const char* bytes, size_t size) {
  for (size_t at = 0; at + secret_bytes <= size; ++at) {
    const void* first = std::memchr(bytes + at, secret(0), size - at - secret_bytes + 1);
    if (first == nullptr) return false;
    at = static_cast<size_t>(static_cast<const char*>(first) - bytes);
    size_t i = 0;
    while (i < secret_bytes && bytes[at + i] == secret(i)) ++i;
    if (i == secret_bytes) return true;
  }
  return false;
}

/// Heap, stacks and globals: every private mapping that can be written.
bool memory_holds_secret() {
  std::vector<std::pair<uintptr_t, uintptr_t>> ranges;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long from = 0;
    unsigned long to = 0;
    char access[5] = "";
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, access) == 3 && std::strcmp(access, "rw-p") == 0)
      ranges.emplace_back(from, to);
  }
  for (auto [from, to] : ranges) {
    if (holds_secret(reinterpret_cast<const char*>(from), to - from))
      return true;  // NOLINT: an address of ours
  }
  return false;
}

TEST(KeyBytes, DoNotStayInMemory) {
#ifdef ASTRAY_SHADOW_MEMORY
  GTEST_SKIP() << "a sanitizer's shadow memory is too large to search";
#endif
  test::TemporaryFolder folder;
  std::string pem = test::CertificateBuilder().names({"a.example"}).build().pem();
  std::string key_first = write_with_secret(folder, "key_first.pem", "-----BEGIN PRIVATE KEY-----\n",
                                            "-----END PRIVATE KEY-----\n" + pem);
  std::string cut_short =
      write_with_secret(folder, "cut_short.pem", pem + "-----BEGIN RSA PRIVATE KEY-----\n", "");
  std::string der = write_with_secret(folder, "key.der", "\x30\x82\x03\xD4\x02\x01\x01", "");
  std::string between = write_with_secret(folder, "between.pem", pem, pem);

  FileCertificateSource source;
  EXPECT_TRUE(source.load(key_first));
  EXPECT_EQ(source.load(cut_short).error().problem, CertificateProblem::malformed);
  EXPECT_EQ(source.load(der).error().problem, CertificateProblem::only_private_key);
  EXPECT_TRUE(source.load(between));
  source.preload({key_first, cut_short, der, between});
  EXPECT_FALSE(read_authorities_file(key_first).value()->subjects.empty());
  EXPECT_FALSE(memory_holds_secret());

  std::vector<char> kept;
  for (size_t i = 0; i < secret_bytes; ++i) kept.push_back(secret(i));
  EXPECT_TRUE(memory_holds_secret()) << "the search itself must find what is there: " << kept.size();
}

}  // namespace
}  // namespace astray::key_bytes_test
