#include "gateway/configuration/read_section.h"

#include <filesystem>

namespace astray::gateway {

void SectionReader::complain_of(const Key& key, const YamlNode& node, std::string_view expected,
                                std::string_view why) {
  complain(node.place, fmt::format("{}: expected {}, found {}{}{}", key.name, expected, found(node),
                                   why.empty() || why.starts_with('.') ? "" : ": ", why));
}

FilePath SectionReader::resolved(FilePath path) const {
  if (folder_.empty() || path.text.starts_with('/')) return path;
  return {(std::filesystem::path(folder_) / path.text).lexically_normal().string()};
}

void SectionReader::read_header_lines(const Key& key, const YamlNode& node, HeaderLines& into) {
  if (node.kind != YamlNode::Kind::map) {
    complain_of(key, node, "names of header fields with their values");
    return;
  }
  KeysSeen seen(problems_);
  for (const YamlMember& member : node.members) {
    if (!seen.first_of_name(member)) continue;
    auto field = parse_scalar(member.name, As<FieldName>{});
    if (!field)
      complain(member.place, fmt::format("{}: expected {}, found {}", key.name, Scalar<FieldName>::expected,
                                         in_quotes(member.name)));
    auto value = read_leaf<FieldValue>(Key{member.name, ""}, member.value);
    if (field && value) into.push_back({*std::move(field), *std::move(value)});
  }
}

}  // namespace astray::gateway
