#include "report/place_json.h"

namespace astray {

void write_place(JsonWriter& json, const Place& place, const ShownPaths& paths) {
  if (!place.known()) {
    json.null();
    return;
  }
  json.begin_object().member("file", paths.of(std::string_view(place.file)));
  if (place.line > 0) json.key("line").number(place.line);
  if (place.column > 0) json.key("column").number(place.column);
  json.member_if_any("what", place.what).end_object();
}

}  // namespace astray
