#include "base/source_span.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

TEST(SourceFiles, DescribesWhatIsKnown) {
  SourceFiles files;
  SourceFileId conf = files.add("/etc/nginx/nginx.conf");
  EXPECT_EQ(files.describe({conf, 3, 5}), "/etc/nginx/nginx.conf:3:5");
  EXPECT_EQ(files.describe({conf, 3, 0}), "/etc/nginx/nginx.conf:3");
  EXPECT_EQ(files.describe({conf, 0, 0}), "/etc/nginx/nginx.conf");
  EXPECT_EQ(files.describe({}), "");
  EXPECT_FALSE(SourceSpan{}.known());
}

}  // namespace
}  // namespace astray
