#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace astray {

/// RFC 4648 §4 with padding; blanks and line ends may stand anywhere. Nothing when there is another
/// character, the padding is wrong, or there are no bytes at all.
std::optional<std::string> decode_base64(std::string_view text);

/// RFC 4648 §4 with padding, in one line.
std::string encode_base64(std::string_view bytes);

}  // namespace astray
