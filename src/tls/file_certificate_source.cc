#include "tls/file_certificate_source.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_set>

#include "tls/certificate_file.h"

namespace astray {
namespace {

/// Below this, starting another thread costs more than it saves.
constexpr size_t min_files_per_thread = 32;

size_t useful_threads(size_t files) {
  size_t cores = std::max(1U, std::thread::hardware_concurrency());
  return std::clamp<size_t>(files / min_files_per_thread, 1, cores);
}

std::vector<std::optional<CertificateResult>> read_together(const std::vector<const std::string*>& paths) {
  // Each slot is written by the one thread that drew its index, and read after the join.
  std::vector<std::optional<CertificateResult>> results(paths.size());
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (size_t i = next++; i < paths.size(); i = next++) results[i] = read_certificate_file(*paths[i]);
  };

  std::vector<std::thread> others;
  try {
    for (size_t i = 1; i < useful_threads(paths.size()); ++i) others.emplace_back(work);
  } catch (const std::system_error&) {
    // No more threads to be had: those that run, and this one, do the work.
  }
  work();
  for (std::thread& thread : others) thread.join();
  return results;
}

}  // namespace

const CertificateResult& FileCertificateSource::remember(const std::string& path, CertificateResult result) {
  if (result) {
    auto content = std::pair((*result)->fingerprint, (*result)->chain_length);
    result = by_content_.try_emplace(content, *result).first->second;
  }
  return certificates_.emplace(path, std::move(result)).first->second;
}

CertificateResult FileCertificateSource::load(const std::string& absolute_path) {
  auto known = certificates_.find(absolute_path);
  if (known != certificates_.end()) return known->second;
  return remember(absolute_path, read_certificate_file(absolute_path));
}

void FileCertificateSource::preload(const std::vector<std::string>& absolute_paths) {
  std::vector<const std::string*> unknown;
  std::unordered_set<std::string_view> seen;
  for (const std::string& path : absolute_paths)
    if (!certificates_.contains(path) && seen.insert(path).second) unknown.push_back(&path);

  auto results = read_together(unknown);
  for (size_t i = 0; i < unknown.size(); ++i) remember(*unknown[i], std::move(*results[i]));
}

AuthoritiesResult FileCertificateSource::load_authorities(const std::string& absolute_path) {
  auto known = authority_files_.find(absolute_path);
  if (known != authority_files_.end()) return known->second;
  return authority_files_.emplace(absolute_path, read_authorities_file(absolute_path)).first->second;
}

AuthoritiesResult FileCertificateSource::load_authority_directory(const std::string& absolute_path) {
  auto known = authority_directories_.find(absolute_path);
  if (known != authority_directories_.end()) return known->second;
  return authority_directories_.emplace(absolute_path, read_authority_directory(absolute_path)).first->second;
}

}  // namespace astray
