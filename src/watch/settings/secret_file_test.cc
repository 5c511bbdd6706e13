#include "watch/settings/secret_file.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace astray::watch {
namespace {

const test::TemporaryFolder& secret_folder() {
  static const test::TemporaryFolder folder;
  return folder;
}

std::string error_of(const std::string& path) {
  const Result<std::string> read = read_secret(path);
  EXPECT_FALSE(read) << *read;
  return read ? "" : read.error().message;
}

TEST(SecretFile, IsItsFirstLineWithoutBlanksAround) {
  for (const std::string_view bytes : {"geheim", "geheim\n", " geheim \r\nmore\n"})
    EXPECT_EQ(read_secret(secret_folder().write("secret", bytes)).value(), "geheim") << bytes;
}

TEST(SecretFile, SaysWhichFileIsWrongAndNeverWhatIsInIt) {
  const std::string missing = secret_folder().path_of("missing");
  EXPECT_EQ(error_of(missing), "the secret file " + missing + " cannot be read: No such file or directory");
  EXPECT_NE(error_of(secret_folder().path()).find("Is a directory"), std::string::npos);
  EXPECT_NE(error_of(secret_folder().write("empty", "\ngeheim")).find("nothing in its first line"),
            std::string::npos);
  const std::string long_one = error_of(secret_folder().write("long", std::string(4097, 'x')));
  EXPECT_NE(long_one.find("more than 4096 bytes"), std::string::npos);
  EXPECT_EQ(long_one.find("xx"), std::string::npos);
}

}  // namespace
}  // namespace astray::watch
