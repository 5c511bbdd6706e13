#pragma once
#include <string_view>

#include "explain/story/sighting.h"

namespace astray::explain {

/// Whether the text has one of the sentences by which servers refuse a misdirected request, and what it says:
/// the two names, the client, the connection. It may be a whole line of an error log or the sentence alone.
bool read_error_sentence(std::string_view text, Sighting& sighting);

/// Whether a line has the form of an error log's line, whatever it says; `sighting` gets its time.
bool is_error_log_line(std::string_view line, Sighting& sighting);

/// What a server means by its sentence, for people.
std::string_view meaning_of(ErrorSentence sentence);
/// "AH02032", "nginx's 'different from the one that was negotiated'".
std::string_view name_of(ErrorSentence sentence);

}  // namespace astray::explain
