#include "gateway/routing/field_edits.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/ascii.h"
#include "gateway/routing/field_role.h"

namespace astray::gateway {
namespace {

Fields lower_case_lines(const HeaderLines& lines) {
  Fields fields;
  for (const HeaderLine& line : lines) fields.emplace_back(ascii_lower(line.field.text), line.value.text);
  return fields;
}

void set_field(Fields& fields, const http2::Field& line) {
  std::optional<size_t> first;
  size_t kept = 0;
  fields.remove_if([&](const http2::Field& field) {
    const bool has_name = field.name == line.name;
    if (has_name && first) return true;
    if (has_name) first = kept;
    ++kept;
    return false;
  });
  if (first)
    fields.set_value(*first, line.value);
  else
    fields.push_back(line);
}

}  // namespace

FieldEdits FieldEdits::of(const HeaderEditSettings& settings) {
  FieldEdits edits;
  for (const FieldName& name : settings.remove) edits.remove.push_back(ascii_lower(name.text));
  edits.set = lower_case_lines(settings.set);
  edits.add = lower_case_lines(settings.add);
  return edits;
}

void FieldEdits::apply_to(Fields& fields) const {
  if (!remove.empty())
    fields.remove_if([&](const http2::Field& field) {
      return std::ranges::find(remove, field.name) != remove.end();
    });
  for (const http2::Field line : set) set_field(fields, line);
  fields.append(add);
}

bool is_open_to_routes(std::string_view name) {
  const FieldRole role = role_of(ascii_lower(name));
  return role == FieldRole::end_to_end || role == FieldRole::claim;
}

std::string closed_to_routes(std::string_view name) {
  return fmt::format(
      "{} is not a route's to match or to edit: the gateway writes it from what it knows of the message and "
      "the connection{}",
      name, ascii_iequals(name, "host") ? "; for another Host toward the back use host: {rewrite: …}" : "");
}

std::vector<FieldName> edited_names(const HeaderEditSettings& settings) {
  std::vector<FieldName> names = settings.remove;
  for (const HeaderLine& line : settings.set) names.push_back(line.field);
  for (const HeaderLine& line : settings.add) names.push_back(line.field);
  return names;
}

}  // namespace astray::gateway
