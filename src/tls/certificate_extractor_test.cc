#include "tls/certificate_extractor.h"

#include <gtest/gtest.h>

#include "support/certificates.h"
#include "support/exact_buffer.h"

namespace astray::certificate_extractor_test {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using Label = EncodedCertificate::Label;
using Oddity = FoundInFile::Oddity;

FoundInFile extract(std::string_view bytes, size_t piece_bytes, size_t max_certificates = 10) {
  CertificateExtractor extractor(max_certificates);
  for (size_t at = 0; at < bytes.size(); at += piece_bytes) {
    extractor.receive(test::ExactBuffer(bytes.substr(at, piece_bytes)).view());
  }
  return extractor.finish();
}

void expect_equal(const FoundInFile& a, const FoundInFile& b) {
  ASSERT_EQ(a.certificates.size(), b.certificates.size());
  for (size_t i = 0; i < a.certificates.size(); ++i) {
    EXPECT_EQ(a.certificates[i].der, b.certificates[i].der);
    EXPECT_EQ(a.certificates[i].line, b.certificates[i].line);
    EXPECT_EQ(a.certificates[i].label, b.certificates[i].label);
  }
  ASSERT_EQ(a.damage.has_value(), b.damage.has_value());
  if (a.damage) {
    EXPECT_EQ(a.damage->line, b.damage->line);
    EXPECT_EQ(a.damage->what, b.damage->what);
  }
  EXPECT_EQ(a.too_many_certificates, b.too_many_certificates);
  EXPECT_EQ(a.private_key, b.private_key);
  EXPECT_EQ(a.encrypted_private_key, b.encrypted_private_key);
  EXPECT_EQ(a.pkcs12, b.pkcs12);
  EXPECT_EQ(a.only_blanks, b.only_blanks);
  EXPECT_EQ(a.other_labels, b.other_labels);
  EXPECT_EQ(a.oddity, b.oddity);
}

/// At once, and the same in pieces of any size.
FoundInFile extract(std::string_view bytes) {
  FoundInFile whole = extract(bytes, bytes.size() + 1);
  for (size_t piece_bytes : {1, 2, 3, 7, 64}) {
    SCOPED_TRACE(piece_bytes);
    expect_equal(extract(bytes, piece_bytes), whole);
  }
  return whole;
}

std::string block(const std::string& label, const std::string& body) {
  return "-----BEGIN " + label + "-----\n" + body + "-----END " + label + "-----\n";
}

TEST(CertificateExtractor, FindsBlocksOfAllThreeLabels) {
  auto found =
      extract("text before\n" + block("CERTIFICATE", "Zm9v\n") + "text between\n" +
              block("X509 CERTIFICATE", "Zm9\nvYg==\n") + block("TRUSTED CERTIFICATE", "YmFy\n") + "after");
  ASSERT_EQ(found.certificates.size(), 3U);
  EXPECT_EQ(found.certificates[0].der, "foo");
  EXPECT_EQ(found.certificates[0].line, 2);
  EXPECT_EQ(found.certificates[0].label, Label::plain);
  EXPECT_EQ(found.certificates[1].der, "foob");
  EXPECT_EQ(found.certificates[1].line, 6);
  EXPECT_EQ(found.certificates[2].der, "bar");
  EXPECT_EQ(found.certificates[2].label, Label::trusted);
  EXPECT_FALSE(found.damage || found.private_key || found.only_blanks);
}

TEST(CertificateExtractor, BearsCrLfTrailingBlanksAndAMissingLastLineEnd) {
  for (std::string_view text : {
           "-----BEGIN CERTIFICATE-----\r\nZm9v\r\n-----END CERTIFICATE-----\r\n",
           "-----BEGIN CERTIFICATE-----  \nZm9v \t\n-----END CERTIFICATE-----\t\n",
           "-----BEGIN CERTIFICATE-----\n\n  Zm9v\n-----END CERTIFICATE-----",
           "-----BEGIN CERTIFICATE-----\nZ\nm\n9\nv\n-----END CERTIFICATE-----\n\n",
       }) {
    auto found = extract(text);
    ASSERT_EQ(found.certificates.size(), 1U) << text;
    EXPECT_EQ(found.certificates[0].der, "foo") << text;
    EXPECT_FALSE(found.damage) << text;
  }
}

TEST(CertificateExtractor, CutsLineEndsAsOpenSslDoes) {
  auto found = extract(
      "-----BEGIN CERTIFICATE-----\x02\x80\n"
      "aGVs\x01\x02\nbG8h\xFF\t\x1F\n"
      "-----END CERTIFICATE-----\x7F\xE9\x05\n"sv);
  EXPECT_TRUE(found.certificates.empty());  // DEL is not cut
  found = extract(
      "-----BEGIN CERTIFICATE-----\x02\x80\n"
      "aGVs\x01\x02\nbG8h\xFF\t\x1F\n"
      "-----END CERTIFICATE-----\xE9\x05\n"sv);
  ASSERT_EQ(found.certificates.size(), 1u);
  EXPECT_EQ(found.certificates[0].der, "hello!");
  EXPECT_FALSE(found.damage);

  // Within a line, and before it, nothing is cut.
  found = extract("-----BEGIN CERTIFICATE-----\naG\x01Vs\n-----END CERTIFICATE-----\n"sv);
  ASSERT_TRUE(found.damage);
  found = extract(
      "-----BEGIN CERTIFICATE-----\n\x01"
      "aGVs\n-----END CERTIFICATE-----\n"sv);
  ASSERT_TRUE(found.damage);

  // A line of nothing else is a blank line.
  found = extract("-----BEGIN CERTIFICATE-----\naGVs\n\x01\xFF\nbG8h\n-----END CERTIFICATE-----\n"sv);
  ASSERT_TRUE(found.damage);
  EXPECT_EQ(found.damage->what, "a blank line stands within the block");
  EXPECT_EQ(found.damage->line, 3);
}

TEST(CertificateExtractor, KeepsNothingOfOtherBlocks) {
  auto made = test::CertificateBuilder().common_name("x").build();
  auto found = extract(made.key_pem() + made.pem() + made.request_pem() + made.encrypted_key_pem());
  ASSERT_EQ(found.certificates.size(), 1U);
  EXPECT_EQ(found.certificates[0].der, made.der());
  EXPECT_TRUE(found.private_key);
  EXPECT_TRUE(found.encrypted_private_key);
  EXPECT_EQ(found.other_labels, std::vector<std::string>{"CERTIFICATE REQUEST"});
}

TEST(CertificateExtractor, TellsKeys) {
  auto made = test::CertificateBuilder().common_name("x").build();
  struct Case {
    std::string text;
    bool plain, encrypted;
  };
  for (const Case& c : {
           Case{made.key_pem(), true, false},
           Case{made.encrypted_key_pem(), false, true},
           Case{made.old_encrypted_key_pem(), true, true},
           Case{block("EC PRIVATE KEY", "Zm9v\n"), true, false},
           Case{block("RSA PRIVATE KEY", "Zm9v\nProc-Type: 4,CLEAR\n"), true, false},
           Case{block("PUBLIC KEY", "Proc-Type: 4,ENCRYPTED\n"), false, false},
       }) {
    auto found = extract(c.text);
    EXPECT_EQ(found.private_key, c.plain) << c.text;
    EXPECT_EQ(found.encrypted_private_key, c.encrypted) << c.text;
    EXPECT_TRUE(found.certificates.empty());
  }
}

TEST(CertificateExtractor, TakesDerAsItIs) {
  auto made = test::CertificateBuilder().names({"a.example"}).build();
  auto found = extract(made.der());
  ASSERT_EQ(found.certificates.size(), 1U);
  EXPECT_EQ(found.certificates[0].der, made.der());
  EXPECT_EQ(found.certificates[0].line, 0);

  auto key = extract(made.key_der());
  EXPECT_TRUE(key.private_key);
  EXPECT_TRUE(key.certificates.empty());
  EXPECT_TRUE(extract(made.pkcs12()).pkcs12);
}

TEST(CertificateExtractor, TellsEmptyFilesAndComments) {
  for (std::string_view text : {"", "\n", " \t\r\n\n", "# put the certificate here\n  # or here"}) {
    EXPECT_TRUE(extract(text).only_blanks) << text;
  }
  for (std::string_view text : {"x"sv, "# a\nb\n"sv, "\0"sv, "0"sv, "-"sv, "\x30\x82"sv}) {
    EXPECT_FALSE(extract(text).only_blanks) << text;
  }
}

TEST(CertificateExtractor, ReportsTheLineOfDamage) {
  struct Case {
    std::string text;
    int line;
    std::string what;
  };
  for (const Case& c : {
           Case{"\n-----BEGIN CERTIFICATE-----\nZm9v\n", 2, "cut short"},
           Case{"-----BEGIN CERTIFICATE-----", 1, "cut short"},
           Case{"-----BEGIN PRIVATE KEY-----\nZm9v\n", 1, "cut short"},
           Case{"-----BEGIN CERTIFICATE-----\nZm9v\n-----END CERTIFI", 3, "not whole"},
           Case{"-----BEGIN CERTIFICATE-----\nZm9v\n-----END CERTIFICATE----------BEGIN CERTIFICATE-----\n",
                1, "ended by"},
           Case{"-----BEGIN PRIVATE KEY-----\nZm9v\n" + block("CERTIFICATE", "Zm9v\n"), 1, "in line 5"},
           Case{"-----BEGIN CERTIFICATE-----\nZm9v\n-----END X509 CERTIFICATE-----\n", 1, "ended by"},
           Case{block("CERTIFICATE", "Zm9v\n") + block("CERTIFICATE", "Zm9v!\n"), 4, "not base64"},
           Case{block("CERTIFICATE", "Zm9"), 1, "cut short"},
           Case{block("CERTIFICATE", "Zm9\n"), 1, "not base64"},
           Case{block("CERTIFICATE", "Zm\0v\n"s), 1, "not base64"},
           Case{block("CERTIFICATE", ""), 1, "not base64"},
           Case{block("CERTIFICATE", "Zm9v\n\nZm9v\n"), 3, "blank line"},
           Case{block("CERTIFICATE", "Zm9v\n \t\r\n"), 3, "blank line"},
           Case{"-----BEGIN CERTIFICATE-----\nZm9v\n  -----END CERTIFICATE-----\n", 1, "cut short"},
           Case{block("CERTIFICATE", "Zm9\n----\nv\n"), 1, "not base64"},
           Case{block("CERTIFICATE", "Proc-Type: 4,ENCRYPTED\n\nZm9v\n"), 3, "blank line"},
       }) {
    auto found = extract(c.text);
    ASSERT_TRUE(found.damage) << c.text;
    EXPECT_EQ(found.damage->line, c.line) << c.text << found.damage->what;
    EXPECT_NE(found.damage->what.find(c.what), std::string::npos) << c.text << found.damage->what;
  }
}

TEST(CertificateExtractor, LosesWhatFollowsALostEndLineAsServersDo) {
  auto found = extract("-----BEGIN CERTIFICATE-----\nZm9v\n" + block("CERTIFICATE", "YmFy\n") +
                       block("CERTIFICATE", "Zm9vYmFy\n"));
  EXPECT_FALSE(found.damage);
  ASSERT_EQ(found.certificates.size(), 2U);
  EXPECT_EQ(found.certificates[0].der, "foo");
  EXPECT_EQ(found.certificates[1].der, "foobar");
}

TEST(CertificateExtractor, TellsWhyAServerDoesNotSeeACertificate) {
  std::string good = block("CERTIFICATE", "Zm9v\n");
  EXPECT_EQ(extract(good).oddity, Oddity::none);
  EXPECT_EQ(extract("  " + good).oddity, Oddity::indented);
  EXPECT_EQ(extract("  " + good).certificates.size(), 0U);
  EXPECT_EQ(extract("\xFF\xFE-\0-\0-\0"s).oddity, Oddity::utf_16);
  EXPECT_EQ(extract("\xFE\xFF\0-\0-\0-"s).oddity, Oddity::utf_16);
}

TEST(CertificateExtractor, SkipsAByteOrderMarkWhereOpenSslDoes) {
  std::string mark = "\xEF\xBB\xBF";
  std::string good = block("CERTIFICATE", "Zm9v\n");
  EXPECT_EQ(extract(mark + good).certificates.size(), 1U);
  EXPECT_EQ(extract(mark + "# a comment\n" + good).certificates.size(), 1U);
  EXPECT_EQ(extract(mark + good + mark + good).certificates.size(), 2U) << "as cat makes it";
  EXPECT_EQ(extract(block("PUBLIC KEY", "x\n") + mark + good).certificates.size(), 1U);
  EXPECT_EQ(extract("text\n" + mark + good).certificates.size(), 0U);
  EXPECT_EQ(extract(mark + mark + good).certificates.size(), 0U);
  EXPECT_EQ(extract("\xEF\xBB" + good).certificates.size(), 0U);
  EXPECT_EQ(extract(" " + mark + good).certificates.size(), 0U);
  EXPECT_TRUE(extract(mark).only_blanks);
}

TEST(CertificateExtractor, StopsKeepingAtItsLimit) {
  std::string text;
  for (int i = 0; i < 4; ++i) text += block("CERTIFICATE", "Zm9v\n");
  EXPECT_FALSE(extract(text, text.size(), 4).too_many_certificates);
  auto beyond = extract(text, text.size(), 3);
  EXPECT_TRUE(beyond.too_many_certificates);
  EXPECT_EQ(beyond.certificates.size(), 3U);
}

TEST(CertificateExtractor, NamesOtherBlocksOnceAndAFew) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += block("KIND " + std::to_string(i % 10), "x\n");
  text += block("\x1B[31mRED", "x\n");
  EXPECT_EQ(extract(text).other_labels.size(), 8U);
  EXPECT_EQ(extract(block("\x1B[31mRED", "x\n")).other_labels[0], "\\x1b[31mRED");
}

TEST(CertificateExtractor, DoesNotKeepAnEndlessLine) {
  auto found = extract("-----BEGIN " + std::string(5000, 'X') + "-----\n" + block("CERTIFICATE", "Zm9v\n"));
  EXPECT_EQ(found.certificates.size(), 1U);
  EXPECT_TRUE(found.other_labels.empty());
}

}  // namespace
}  // namespace astray::certificate_extractor_test
