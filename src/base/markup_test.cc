#include "base/markup.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

TEST(Markup, NothingOfATextIsMarkup) {
  EXPECT_EQ(escape_markup("<a href=\"x\" title='y'>&amp;</a>"),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
  EXPECT_EQ(escape_markup("münchen.example \x01"), "münchen.example \x01") << "all else is as it was";
  EXPECT_EQ(escape_markup(""), "");
}

TEST(Markup, OnlyFiveCharactersHaveAReference) {
  int referenced = 0;
  for (int c = 0; c < 256; ++c)
    if (!markup_reference(static_cast<char>(c)).empty()) ++referenced;
  EXPECT_EQ(referenced, 5);
}

}  // namespace
}  // namespace astray
