#include "report/source_text.h"

namespace astray {

std::optional<std::string_view> SourceText::line(const std::string& file, uint32_t number) {
  auto [entry, is_new] = files_.try_emplace(file);
  if (is_new) {
    if (std::optional<std::string> text = fetch_(file)) {
      File& known = entry->second.emplace(File{std::move(*text), {0}});
      for (size_t end = known.text.find('\n'); end != std::string::npos;
           end = known.text.find('\n', end + 1)) {
        known.starts.push_back(end + 1);
      }
    }
  }
  if (!entry->second || number == 0 || number > entry->second->starts.size()) return std::nullopt;
  const File& known = *entry->second;
  const size_t start = known.starts[number - 1];
  const size_t next = number < known.starts.size() ? known.starts[number] : known.text.size() + 1;
  std::string_view line = std::string_view(known.text).substr(start, next - 1 - start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace astray
