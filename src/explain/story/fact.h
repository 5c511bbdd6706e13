#pragma once
#include <cstdint>
#include <string_view>

namespace astray::explain {

/// One value as a source has it. A log that has no field for it says something else than a log that has the
/// field and shows "-": only the second proves that there was none.
struct Fact {
  enum class State : uint8_t { not_logged, none, known };

  std::string_view text{};  ///< borrowed from whoever hands the fact over; "" unless known
  State state = State::not_logged;

  /// Of a field that the source has: "" and "-" mean that there was none.
  static constexpr Fact logged(std::string_view text) {
    // Not text == "-": gcc makes calls of that, a dozen a line.
    return text.empty() || (text.size() == 1 && text[0] == '-') ? Fact{{}, State::none} : Fact{text, State::known};
  }
  /// Of a field that the source may have left out: "" means that nothing is known of it.
  static constexpr Fact if_any(std::string_view text) { return text.empty() ? Fact{} : logged(text); }
  constexpr bool known() const { return state == State::known; }
  constexpr bool absent() const { return state == State::none; }
};

}  // namespace astray::explain
