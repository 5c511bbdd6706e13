#include "tls/der_shape.h"

#include <gtest/gtest.h>

#include <string>

#include "support/certificates.h"
#include "support/exact_buffer.h"

namespace astray::der_shape_test {
namespace {

using namespace std::string_literals;
using test::CertificateBuilder;
using test::TestKey;

/// Feeds one byte more at a time, as a stream would, until it is decided.
DerShape shape(std::string_view bytes, size_t* needed = nullptr) {
  for (size_t size = 0; size <= bytes.size(); ++size) {
    DerShape so_far = shape_of_der(test::ExactBuffer(bytes.substr(0, size)).view());
    if (needed != nullptr) *needed = size;
    if (so_far != DerShape::undecided) return so_far;
  }
  return DerShape::undecided;
}

TEST(DerShape, TellsWhatAServersFilesHold) {
  for (TestKey kind : {TestKey::ecdsa, TestKey::ed25519, TestKey::rsa}) {
    auto made = CertificateBuilder().common_name("x").key(kind).build();
    EXPECT_EQ(shape(made.der()), DerShape::certificate);
    EXPECT_EQ(shape(made.key_der()), DerShape::private_key);
    EXPECT_EQ(shape(made.request_der()), DerShape::certificate) << "told apart only by decoding it";
    EXPECT_EQ(shape(made.pkcs12()), DerShape::pkcs12);
  }
}

TEST(DerShape, TellsTheOlderKeyForms) {
  EXPECT_EQ(shape("\x30\x82\x04\xA4\x02\x01\x00\x02\x82\x01\x01"s), DerShape::private_key) << "PKCS#1 (RSA)";
  EXPECT_EQ(shape("\x30\x77\x02\x01\x01\x04\x20"s), DerShape::private_key) << "SEC 1 (EC)";
  EXPECT_EQ(shape("\x30\x81\xEC\x30\x57\x06\x09"s), DerShape::encrypted_private_key) << "PKCS#8";
  EXPECT_EQ(shape("\x30\x82\x05\x00\x06\x09\x2A"s), DerShape::pkcs7);
}

TEST(DerShape, TellsVersionOneCertificates) {
  EXPECT_EQ(shape("\x30\x82\x02\x00\x30\x82\x01\x69\x02\x09"s), DerShape::certificate);
}

TEST(DerShape, IsDecidedBeforeAnyByteOfAKey) {
  for (TestKey kind : {TestKey::ecdsa, TestKey::ed25519, TestKey::rsa}) {
    size_t needed = 0;
    auto made = CertificateBuilder().key(kind).build();
    shape(made.key_der(), &needed);
    // SEQUENCE, its length in at most 3 bytes, INTEGER, 1, the version: the key comes behind the algorithm.
    EXPECT_LE(needed, 7U);
  }
}

TEST(DerShape, LeavesTextAlone) {
  for (std::string_view text :
       {"-----BEGIN CERTIFICATE-----", "0 s:/CN=example.com", "01234567890123456789", "\n", "#"})
    EXPECT_EQ(shape(text), DerShape::not_der) << text;
  EXPECT_EQ(shape("\x30\x80\x30\x80\xA0"s), DerShape::not_der) << "indefinite length is not DER";
  EXPECT_EQ(shape("\x30\x85\x01\x01\x01\x01\x01\x30"s), DerShape::not_der) << "longer than any file";
  EXPECT_EQ(shape("\x30\x03\x02\x01\x07"s), DerShape::not_der) << "no version of anything";
}

TEST(DerShape, NeedsNoMoreThanItsLimit) {
  EXPECT_EQ(shape_of_der(""), DerShape::undecided);
  EXPECT_EQ(shape_of_der("\x30\x82"), DerShape::undecided);
  size_t needed = 0;
  shape("\x30\x84\x01\x01\x01\x01\x30\x84\x01\x01\x01\x01\xA0"s, &needed);
  EXPECT_EQ(needed, 13U);
  EXPECT_LE(needed, max_der_shape_bytes);
}

}  // namespace
}  // namespace astray::der_shape_test
