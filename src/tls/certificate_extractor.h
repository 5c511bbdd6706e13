#pragma once
// Finds the certificates in the bytes of a file, PEM or DER, and lets everything else pass by. Of a private
// key nothing is kept: what is remembered is that there was one. The rules are those of OpenSSL's PEM reader,
// which nginx and httpd use: a block begins with a line "-----BEGIN label-----" that stands at the very start
// of its line, and ends with the same label; text between blocks does not count.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tls/der_shape.h"

namespace astray {

struct EncodedCertificate {
  enum class Label : uint8_t {
    plain,
    trusted
  };  ///< trusted: OpenSSL's own attributes follow the certificate
  std::string der;
  int line = 0;  ///< of its BEGIN line; 0 in a DER file
  Label label = Label::plain;
};

/// What one file turned out to hold.
struct FoundInFile {
  std::vector<EncodedCertificate> certificates;
  /// A block that cannot be read; servers refuse the whole file for it.
  struct Damage {
    int line;
    std::string what;  ///< "the block that begins here has no END line"
  };
  std::optional<Damage> damage;
  bool too_many_certificates = false;
  bool private_key = false;
  bool encrypted_private_key = false;
  bool pkcs12 = false;
  bool only_blanks = true;                ///< or comment lines (#)
  std::vector<std::string> other_labels;  ///< "CERTIFICATE REQUEST", each once, at most 8
  enum class Oddity : uint8_t { none, utf_16, indented };
  Oddity oddity = Oddity::none;  ///< why a certificate that a person sees in the file is none for a server
};

class CertificateExtractor {
 public:
  explicit CertificateExtractor(size_t max_certificates) : max_certificates_(max_certificates) {}
  CertificateExtractor(const CertificateExtractor&) = delete;
  CertificateExtractor& operator=(const CertificateExtractor&) = delete;
  ~CertificateExtractor();

  /// The file's bytes in pieces of any size.
  void receive(std::string_view bytes);
  /// After the last piece.
  FoundInFile finish();

 private:
  enum class Mode : uint8_t { undecided, der_certificate, der_other, text };
  enum class Block : uint8_t { none, certificate, private_key, other };
  enum class Line : uint8_t { blank_so_far, boundary, indented_boundary, comment, other };

  void decide_mode();
  void begin_der(DerShape shape);
  void begin_text(std::string_view beginning);
  void receive_text(std::string_view bytes);
  void take_part_of_line(std::string_view part);
  std::string_view classify_line(std::string_view part);
  void look_for_encryption(std::string_view part);
  void end_line();
  void end_line_of_certificate();
  void end_boundary_line();
  void begin_block(std::string_view label);
  void end_block(std::optional<std::string_view> label);
  void keep_certificate(std::string der, int line, EncodedCertificate::Label label);
  void note_other_label(std::string_view label);
  void note_damage(int line, std::string what);

  size_t max_certificates_;
  FoundInFile found_;
  Mode mode_ = Mode::undecided;
  std::array<char, max_der_shape_bytes> beginning_{};  ///< wiped once the mode is decided
  size_t beginning_bytes_ = 0;

  int line_number_ = 1;
  Line line_ = Line::blank_so_far;
  bool line_is_indented_ = false;
  /// OpenSSL from 3.0 on skips a UTF-8 byte order mark where it begins to look for a block: at the start of
  /// the file and behind an END line.
  bool mark_is_skipped_ = true;
  size_t matched_mark_ = 0;        ///< bytes of the mark that the line has begun with so far
  std::string boundary_;           ///< of a line that begins with '-', which no line of a key does
  size_t matched_encryption_ = 0;  ///< bytes of "Proc-Type: 4,ENCRYPTED" that the line has matched so far

  Block block_ = Block::none;
  int block_line_ = 0;
  std::string block_label_;
  std::string body_;  ///< of a certificate (base64, or DER); of other blocks nothing
  size_t body_bytes_before_line_ = 0;
};

}  // namespace astray
