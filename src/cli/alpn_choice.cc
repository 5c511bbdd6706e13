#include "cli/alpn_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/parse.h"
#include "report/printable.h"

namespace astray {

Result<std::vector<AlpnOffer>> parse_alpn(const Arguments& arguments) {
  static constexpr std::array offers = {AlpnOffer::none, AlpnOffer::h1, AlpnOffer::h2, AlpnOffer::h2_only};
  std::vector<AlpnOffer> chosen;
  for (const std::string& text : arguments.list("--alpn")) {
    const auto offer =
        std::find_if(offers.begin(), offers.end(), [&](AlpnOffer each) { return to_string(each) == text; });
    if (offer == offers.end()) {
      static constexpr std::string_view known[] = {"none", "h1", "h2", "h2-only"};
      return failure(fmt::format("--alpn: '{}' is none of none, h1, h2, h2-only{}", printable(text),
                                 did_you_mean(text, known)));
    }
    chosen.push_back(*offer);
  }
  return chosen;
}

}  // namespace astray
