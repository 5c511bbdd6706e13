#pragma once
// Reads what the tables of fields.h state out of a YAML tree. All problems are found in one go. Its templates are in
// read_section.h.
#include <optional>

#include "gateway/configuration/fields.h"
#include "gateway/configuration/reading_problems.h"
#include "gateway/configuration/settings_values.h"

namespace astray::gateway {

class SectionReader {
 public:
  /// `folder` is what relative paths of files begin with; "": they stay relative.
  explicit SectionReader(std::string_view folder) : folder_(folder) {}

  /// `name` is what messages call it.
  template <typename S>
  void read_section(const YamlNode& node, S& settings, std::string_view name);
  template <typename T>
  void read(const Key& key, const YamlNode& node, T& into);

  void complain(SourceSpan place, std::string message) { problems_.complain(place, std::move(message)); }
  std::vector<ConfigurationProblem> take_problems() { return problems_.take(); }

 private:
  template <typename T>
  std::optional<T> read_leaf(const Key& key, const YamlNode& node);
  template <typename T>
  void read_list(const Key& key, const YamlNode& node, std::vector<T>& into);
  template <typename T>
  void read_named(const Key& key, const YamlNode& node, Named<T>& into);
  template <typename T>
  void read_or_word(const Key& key, const YamlNode& node, OrWord<T>& into);
  void read_header_lines(const Key& key, const YamlNode& node, HeaderLines& into);
  template <typename S>
  void check_keys(const YamlNode& node, S& settings);
  template <typename S>
  void check_choice(const YamlNode& node, std::string_view name);
  void complain_of(const Key& key, const YamlNode& node, std::string_view expected, std::string_view why = "");
  FilePath resolved(FilePath path) const;

  std::string folder_;
  ReadingProblems problems_;
};

}  // namespace astray::gateway
