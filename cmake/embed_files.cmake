# Run at build time by astray_embed: turns FILES (separated by |) into one .cc and one .h.
string(REPLACE "|" ";" files "${FILES}")
set(entries "")
foreach(file IN LISTS files)
  get_filename_component(stem "${file}" NAME_WLE)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(MAKE_C_IDENTIFIER "${stem}" identifier)
  string(APPEND entries "constexpr char ${identifier}_text[] = {${bytes}'\\0'};\n")
  string(APPEND table "    {\"${stem}\", {${identifier}_text, sizeof(${identifier}_text) - 1}},\n")
endforeach()
file(WRITE "${OUTPUT}.h"
"#pragma once\n#include <string_view>\n\nnamespace astray::embedded {\n/// The text embedded under this stem; empty when there is none.\nstd::string_view ${FUNCTION}(std::string_view stem);\n}  // namespace astray::embedded\n")
file(WRITE "${OUTPUT}.cc"
"#include \"embedded/${NAME}.h\"\n\nnamespace astray::embedded {\nnamespace {\n${entries}struct Entry {\n  std::string_view stem, text;\n};\nconstexpr Entry entries[] = {\n${table}};\n}  // namespace\n\nstd::string_view ${FUNCTION}(std::string_view stem) {\n  for (const Entry& entry : entries)\n    if (entry.stem == stem) return entry.text;\n  return {};\n}\n}  // namespace astray::embedded\n")
