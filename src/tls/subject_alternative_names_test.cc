#include "tls/subject_alternative_names.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::subject_alternative_names_test {
namespace {

using namespace std::string_literals;

std::string element(char tag, const std::string& content) {
  EXPECT_LT(content.size(), 128U);
  return std::string{tag, static_cast<char>(content.size())} + content;
}
std::string dns(const std::string& text) {
  return element('\x82', text);
}
std::string address(const std::string& bytes) {
  return element('\x87', bytes);
}

SubjectAlternativeNames decode(const std::string& der) {
  return SubjectAlternativeNames::decode(test::ExactBuffer(der).view());
}
SubjectAlternativeNames decode_list(const std::string& entries) {
  return decode(element('\x30', entries));
}

std::vector<std::string> texts(const std::vector<CertificateName>& names) {
  std::vector<std::string> result;
  for (const CertificateName& name : names) result.push_back(name.text());
  return result;
}

using Texts = std::vector<std::string>;

TEST(SubjectAlternativeNames, KeepUsableEntriesInOrder) {
  auto names = decode_list(dns("B.example") + address("\xC0\x00\x02\x01"s) + dns("*.a.example") +
                           address("\x20\x01\x0D\xB8" + std::string(11, '\0') + "\x01"));
  EXPECT_EQ(texts(names.usable), (Texts{"b.example", "192.0.2.1", "*.a.example", "2001:db8::1"}));
  EXPECT_EQ(names.unusable, Texts{});
}

TEST(SubjectAlternativeNames, SayWhyAnEntryCoversNothing) {
  struct Case {
    std::string entry, shown, reason;
  };
  for (const Case& c : {
           Case{dns("f*.example"), "f*.example (", "whole label"},
           Case{dns("www.*.example"), "www.*.example (", "left-most"},
           Case{dns("*"), "* (", "alone"},
           Case{dns("a.example\0.evil.example"s), "a.example\\x00.evil.example (", "not a host name"},
           Case{dns("b\xC3\xBC.example"), "b\\xc3\\xbc.example (", "not a host name"},
           Case{dns("192.0.2.1"), "192.0.2.1 (", "not a host name"},
           Case{dns("a b.example"), "a b.example (", "not a host name"},
           Case{dns("https://a.example/"), "https://a.example/ (", "not a host name"},
           Case{dns(""), "(empty) (", "not a host name"},
           Case{address("\x01\x02\x03\x04\x05"), "an iPAddress (", "5 bytes"},
           Case{address("\xC0\x00\x02\x00\xFF\xFF\xFF\x00"s), "an iPAddress (", "8 bytes"},
           Case{address(""), "an iPAddress (", "0 bytes"},
       }) {
    auto names = decode_list(dns("first.example") + c.entry + dns("last.example"));
    EXPECT_EQ(texts(names.usable), (Texts{"first.example", "last.example"})) << c.shown;
    ASSERT_EQ(names.unusable.size(), 1U) << c.shown;
    EXPECT_TRUE(names.unusable[0].starts_with(c.shown)) << names.unusable[0];
    EXPECT_NE(names.unusable[0].find(c.reason), std::string::npos) << names.unusable[0];
  }
}

TEST(SubjectAlternativeNames, PassOverEntriesOfOtherTypes) {
  std::string other_name = element('\xA0', "\x06\x03\x2A\x03\x04"s);
  std::string mail = element('\x81', "root@example.com");
  std::string directory = element('\xA4', "\x30\x00"s);
  std::string uri = element('\x86', "https://uri.example/");
  std::string registered_id = element('\x88', "\x2A\x03\x04");
  auto names = decode_list(other_name + mail + directory + uri + registered_id + dns("a.example"));
  EXPECT_EQ(texts(names.usable), Texts{"a.example"});
  EXPECT_EQ(names.unusable, Texts{});
  EXPECT_EQ(decode_list(mail).usable.size(), 0U);
}

TEST(SubjectAlternativeNames, CountNoNameOfAListThatCannotBeDecoded) {
  std::string good = dns("a.example");
  for (const std::string& der : {
           ""s,
           "\x30"s,
           good,                                           // not a SEQUENCE
           element('\x31', good),                          // a SET
           element('\x10', good),                          // a primitive SEQUENCE
           element('\x30', good) + "\0"s,                  // something behind it
           element('\x30', good + "\x82"),                 // cut short behind a tag
           element('\x30', good + "\x82\x05xx"),           // longer than the list
           element('\x30', good + element('\x16', "x")),   // an IA5String without its context tag
           element('\x30', good + element('\x89', "x")),   // [9] is no GeneralName
           element('\x30', good + element('\xA2', good)),  // a constructed dNSName
           "\x30\x80"s + good + "\0\0"s,                   // indefinite length
           element('\x30', good + "\x82\x84\xFF\xFF\xFF\xFF" + "x"),
       }) {
    auto names = decode(der);
    EXPECT_EQ(texts(names.usable), Texts{});
    EXPECT_EQ(names.unusable, Texts{"the whole subjectAltName (it cannot be decoded)"});
  }
  EXPECT_EQ(decode_list("").unusable, Texts{}) << "an empty list is one";
}

}  // namespace
}  // namespace astray::subject_alternative_names_test
