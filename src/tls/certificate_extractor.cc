#include "tls/certificate_extractor.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "names/raw_host.h"
#include "tls/base64.h"

namespace astray {
namespace {

constexpr std::string_view utf_8_mark = "\xEF\xBB\xBF";
constexpr std::string_view utf_16_big_endian_mark = "\xFE\xFF";
constexpr std::string_view utf_16_little_endian_mark = "\xFF\xFE";
constexpr std::string_view begin_marker = "-----BEGIN ";
constexpr std::string_view end_marker = "-----END ";
constexpr std::string_view marker_tail = "-----";
constexpr std::string_view encryption_header = "Proc-Type: 4,ENCRYPTED";  // RFC 1421 §4.6.1.1
constexpr char end_of_base64 = '-';  // OpenSSL's decoder takes nothing behind it
constexpr size_t max_boundary_bytes = 100;
constexpr size_t max_other_labels = 8;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

/// OpenSSL cuts from the end of every line what its `char`, signed here, holds to be no more than a blank:
/// control characters and bytes beyond ASCII, too.
std::string_view without_line_end(std::string_view line) {
  while (!line.empty() && static_cast<signed char>(line.back()) <= ' ') line.remove_suffix(1);
  return line;
}

/// "X" of "-----BEGIN X-----"; nothing for another line.
std::optional<std::string_view> label_of(std::string_view line, std::string_view marker) {
  if (!line.starts_with(marker)) return std::nullopt;
  line.remove_prefix(marker.size());
  if (!line.ends_with(marker_tail)) return std::nullopt;
  line.remove_suffix(marker_tail.size());
  return line;
}

bool is_certificate_label(std::string_view label) {
  return label == "CERTIFICATE" || label == "X509 CERTIFICATE" || label == "TRUSTED CERTIFICATE";
}

std::string printable(std::string_view label) {
  return RawHost(std::string(label)).printable();
}

}  // namespace

CertificateExtractor::~CertificateExtractor() {
  OPENSSL_cleanse(beginning_.data(), beginning_.size());
}

void CertificateExtractor::receive(std::string_view bytes) {
  while (mode_ == Mode::undecided && !bytes.empty()) {
    beginning_[beginning_bytes_++] = bytes.front();
    bytes.remove_prefix(1);
    decide_mode();
  }
  if (mode_ == Mode::der_certificate) body_.append(bytes);
  if (mode_ == Mode::text) receive_text(bytes);
}

void CertificateExtractor::decide_mode() {
  std::string_view beginning(beginning_.data(), beginning_bytes_);
  for (std::string_view mark : {utf_16_big_endian_mark, utf_16_little_endian_mark}) {
    if (beginning == mark) {
      found_.oddity = FoundInFile::Oddity::utf_16;
      return begin_text(beginning);
    }
    if (mark.starts_with(beginning)) return;
  }
  DerShape shape = shape_of_der(beginning);
  if (shape == DerShape::undecided && beginning_bytes_ < beginning_.size()) return;
  if (shape == DerShape::undecided || shape == DerShape::not_der) return begin_text(beginning);
  begin_der(shape);
}

void CertificateExtractor::begin_text(std::string_view beginning) {
  mode_ = Mode::text;
  receive_text(beginning);
  OPENSSL_cleanse(beginning_.data(), beginning_.size());
}

void CertificateExtractor::begin_der(DerShape shape) {
  mode_ = shape == DerShape::certificate ? Mode::der_certificate : Mode::der_other;
  found_.only_blanks = false;
  found_.private_key = shape == DerShape::private_key;
  found_.encrypted_private_key = shape == DerShape::encrypted_private_key;
  found_.pkcs12 = shape == DerShape::pkcs12;
  if (shape == DerShape::pkcs7) note_other_label("PKCS7");
  if (mode_ == Mode::der_certificate) body_.assign(beginning_.data(), beginning_bytes_);
  OPENSSL_cleanse(beginning_.data(), beginning_.size());
}

void CertificateExtractor::receive_text(std::string_view bytes) {
  while (!bytes.empty()) {
    size_t end = bytes.find('\n');
    take_part_of_line(bytes.substr(0, end));
    if (end == std::string_view::npos) return;
    end_line();
    bytes.remove_prefix(end + 1);
  }
}

void CertificateExtractor::take_part_of_line(std::string_view part) {
  if (line_ == Line::blank_so_far) part = classify_line(part);
  if (line_ == Line::boundary || line_ == Line::indented_boundary) {
    boundary_.append(part.substr(0, max_boundary_bytes - boundary_.size()));
  } else if (block_ == Block::certificate) {
    body_.append(part);
  } else if (block_ == Block::private_key) {
    look_for_encryption(part);
  }
}

/// Gives what follows the blanks, or the byte order mark, at the start of the line.
std::string_view CertificateExtractor::classify_line(std::string_view part) {
  for (; !part.empty(); part.remove_prefix(1)) {
    char c = part.front();
    if (mark_is_skipped_ && !line_is_indented_ && matched_mark_ < utf_8_mark.size() &&
        c == utf_8_mark[matched_mark_]) {
      ++matched_mark_;
    } else if (is_blank(c)) {
      line_is_indented_ = true;
    } else {
      bool behind_half_a_mark = matched_mark_ > 0 && matched_mark_ < utf_8_mark.size();
      if (c == '-' && !behind_half_a_mark) {
        line_ = line_is_indented_ ? Line::indented_boundary : Line::boundary;
      } else {
        line_ = c == '#' ? Line::comment : Line::other;
      }
      break;
    }
  }
  if (line_ == Line::other) found_.only_blanks = false;
  return part;
}

void CertificateExtractor::look_for_encryption(std::string_view part) {
  for (char c : part) {
    if (matched_encryption_ >= encryption_header.size()) return;
    // A byte that does not match ends the search in this line.
    bool matches = c == encryption_header[matched_encryption_];
    matched_encryption_ = matches ? matched_encryption_ + 1 : std::string::npos;
    if (matched_encryption_ == encryption_header.size()) found_.encrypted_private_key = true;
  }
}

void CertificateExtractor::end_line() {
  mark_is_skipped_ = false;
  if (line_ == Line::boundary || line_ == Line::indented_boundary) {
    found_.only_blanks = false;
    end_boundary_line();
  } else if (block_ == Block::certificate) {
    end_line_of_certificate();
  }
  boundary_.clear();
  matched_mark_ = 0;
  matched_encryption_ = 0;
  line_ = Line::blank_so_far;
  line_is_indented_ = false;
  ++line_number_;
}

void CertificateExtractor::end_line_of_certificate() {
  body_.resize(without_line_end(body_).size());
  // For OpenSSL a blank line ends the headers of a block, and a certificate may have none.
  bool is_blank_line = body_.size() == body_bytes_before_line_;
  if (is_blank_line && !body_.empty()) note_damage(line_number_, "a blank line stands within the block");
  body_bytes_before_line_ = body_.size();
}

void CertificateExtractor::end_boundary_line() {
  std::string_view line = ascii_trim(without_line_end(boundary_));
  auto begun = label_of(line, begin_marker);
  bool indented = line_ == Line::indented_boundary;
  if (block_ == Block::none) {
    if (begun && !indented) begin_block(*begun);
    if (begun && indented && is_certificate_label(*begun)) found_.oddity = FoundInFile::Oddity::indented;
  } else if (line.starts_with(end_marker) && !indented) {
    end_block(label_of(line, end_marker));
  } else {
    // Within a block even a BEGIN line is only more of its text: whoever loses an END line loses what
    // follows.
    body_ += end_of_base64;
    body_bytes_before_line_ = body_.size();
  }
}

void CertificateExtractor::begin_block(std::string_view label) {
  block_line_ = line_number_;
  block_label_ = printable(label);
  body_.clear();
  body_bytes_before_line_ = 0;
  if (is_certificate_label(label)) {
    block_ = Block::certificate;
  } else if (label.ends_with("PRIVATE KEY")) {
    block_ = Block::private_key;
    (label == "ENCRYPTED PRIVATE KEY" ? found_.encrypted_private_key : found_.private_key) = true;
  } else {
    block_ = Block::other;
    note_other_label(block_label_);
  }
}

void CertificateExtractor::end_block(std::optional<std::string_view> label) {
  if (!label) {
    note_damage(line_number_, "the END line is not whole");
  } else if (printable(*label) != block_label_) {
    note_damage(block_line_, fmt::format("the block \"{}\" is ended by \"{}\" in line {}", block_label_,
                                         printable(*label), line_number_));
  } else if (block_ == Block::certificate) {
    if (auto der = decode_base64(std::string_view(body_).substr(0, body_.find(end_of_base64)))) {
      bool trusted = *label == "TRUSTED CERTIFICATE";
      keep_certificate(std::move(*der), block_line_,
                       trusted ? EncodedCertificate::Label::trusted : EncodedCertificate::Label::plain);
    } else {
      note_damage(block_line_, "what stands between the BEGIN and the END line is not base64");
    }
  }
  block_ = Block::none;
  body_.clear();
  mark_is_skipped_ = true;
}

void CertificateExtractor::keep_certificate(std::string der, int line, EncodedCertificate::Label label) {
  if (found_.certificates.size() == max_certificates_) {
    found_.too_many_certificates = true;
    return;
  }
  found_.certificates.push_back({std::move(der), line, label});
}

void CertificateExtractor::note_other_label(std::string_view label) {
  auto& labels = found_.other_labels;
  if (labels.size() == max_other_labels || std::find(labels.begin(), labels.end(), label) != labels.end())
    return;
  labels.emplace_back(label);
}

void CertificateExtractor::note_damage(int line, std::string what) {
  if (!found_.damage) found_.damage = FoundInFile::Damage{line, std::move(what)};
}

FoundInFile CertificateExtractor::finish() {
  if (mode_ == Mode::undecided) begin_text({beginning_.data(), beginning_bytes_});
  if (mode_ == Mode::text) {
    if (line_ != Line::blank_so_far) end_line();
    if (block_ != Block::none) {
      note_damage(block_line_,
                  fmt::format("the block \"{}\" has no END line; the file is cut short", block_label_));
    }
  }
  if (mode_ == Mode::der_certificate) keep_certificate(std::move(body_), 0, EncodedCertificate::Label::plain);
  return std::move(found_);
}

}  // namespace astray
