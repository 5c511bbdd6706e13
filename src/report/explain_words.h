#pragma once
#include <string>

#include "explain/story/story.h"

namespace astray {

/// "a.example", "none", "not logged".
std::string words_of(const explain::SeenName& name);
/// "access.log:12".
std::string words_of(const explain::Story& story, const explain::LinePlace& place);
/// "HTTP/1.1", "HTTP/2", "HTTP/3".
std::string_view words_of(Protocol protocol);
/// "10 succeeded, 2 were refused again, 1 was not seen"; "" when nothing is known.
std::string words_of(const explain::Retries& retries);
/// "SNI a.example, Host b.example, on a reused HTTP/2 connection".
std::string words_of(const explain::Evidence& evidence);
/// "12.5 %" of the whole; "" when that is 0.
std::string share(uint64_t part, uint64_t whole);

}  // namespace astray
