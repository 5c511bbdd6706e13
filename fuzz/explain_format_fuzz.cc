// A log format, to the first line feed, and a line in it. What compiles reads any line without harm, and what it
// read lies in the line.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "explain/logs/line_formats.h"
#include "explain/logs/line_reader.h"

using namespace astray;
using namespace astray::explain;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\n'), input.size());
  LineFormats formats;
  if (const auto error = formats.add(input.substr(0, end), "fuzzed")) {
    CHECK(!error->message.empty());
    return 0;
  }
  const std::string line = end < input.size() ? input.substr(end + 1) : "";
  const std::string padded = line + std::string(JsonReader::padding, '\0');
  const std::string_view shown = std::string_view(padded).substr(0, line.size());
  FieldReader fields;
  for (const TextFormat& format : formats.text) {
    Sighting sighting;
    if (!format.read(shown, fields, sighting)) continue;
    for (const Fact& fact : {sighting.sni, sighting.authority, sighting.client, sighting.connection, sighting.path}) {
      if (!fact.known() || fact.text == "/") continue;
      CHECK(fact.text.data() >= shown.data() && fact.text.data() + fact.text.size() <= shown.data() + shown.size());
    }
  }
  LineReader reader(&formats);
  TextArena arena;
  Sighting sighting;
  reader.read(shown, arena, sighting);
  formats_in_configuration(input);
  return 0;
}
