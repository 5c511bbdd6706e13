#include "watch/store/record_codec.h"

#include <concepts>
#include <type_traits>

#include "watch/store/stored_words.h"

namespace astray::watch {
namespace {

// The fields of each record, in the order in which they are written: one list for both directions. A field is
// added together with a step of the schema that writes the old records anew.

template <typename Archive>
void go_through(Archive& archive, CellKey& key) {
  archive(key.node, key.sni, key.authority, key.alpn, key.use, key.client_certificate);
}

template <typename Archive>
void go_through(Archive& archive, CellAnswer& answer) {
  archive(answer.verdict, answer.reason, answer.failure, answer.agreement, answer.status, answer.protocol,
          answer.certificate, answer.certificate_covers, answer.client_certificate_requested, answer.trust,
          answer.answered_as, answer.answered_by, answer.difference, answer.source, answer.page);
}

template <typename Archive>
void go_through(Archive& archive, CellRecord& cell) {
  archive(cell.key, cell.answer, cell.sentence, cell.evidence);
}

template <typename Archive>
void go_through(Archive& archive, CertificateRecord& certificate) {
  archive(certificate.fingerprint, certificate.names, certificate.subject, certificate.issuer,
          certificate.not_before, certificate.not_after);
}

template <typename Archive>
void go_through(Archive& archive, Remark& remark) {
  archive(remark.at, remark.by, remark.why);
}

template <typename Archive>
void go_through(Archive& archive, Silenced& silenced) {
  archive(silenced.remark, silenced.until);
}

template <typename Archive>
void go_through(Archive& archive, Problem& problem) {
  archive(problem.id, problem.kind, problem.cause_key, problem.severity, problem.state, problem.from,
          problem.to, problem.sentence, problem.cause, problem.next_step, problem.nodes,
          problem.affected_names, problem.symptoms, problem.symptom_count, problem.evidence, problem.before,
          problem.first_seen, problem.last_seen, problem.opened, problem.closed, problem.rounds_missing,
          problem.acknowledged, problem.silenced);
}

/// Seven bits a byte, the lowest first; negative numbers are folded between the others.
class Encoder {
 public:
  template <typename... Fields>
  void operator()(Fields&... fields) {
    (put(fields), ...);
  }
  std::string bytes;

 private:
  void put_number(uint64_t number) {
    for (; number >= 0x80; number >>= 7) bytes += static_cast<char>((number & 0x7f) | 0x80);
    bytes += static_cast<char>(number);
  }
  void put_text(std::string_view text) {
    put_number(text.size());
    bytes += text;
  }
  void put(std::string& text) { put_text(text); }
  template <std::integral Number>
  void put(Number& number) {
    const auto wide = static_cast<int64_t>(number);
    put_number(static_cast<uint64_t>(wide) << 1 ^ static_cast<uint64_t>(wide >> 63));
  }
  void put(Instant& instant) { put(instant.unix_seconds); }
  template <typename T>
  void put(std::vector<T>& list) {
    put_number(list.size());
    for (T& item : list) put(item);
  }
  template <typename T>
  void put(std::optional<T>& value) {
    put_number(value ? 1 : 0);
    if (value) put(*value);
  }
  template <typename Other>
  void put(Other& other) {
    if constexpr (std::is_enum_v<Other>)
      put_text(to_string(other));
    else
      go_through(*this, other);
  }
};

/// What is wrong leaves `good` false and the fields as they were.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}
  template <typename... Fields>
  void operator()(Fields&... fields) {
    (take(fields), ...);
  }
  bool is_good_to_the_end() const { return good_ && rest_.empty(); }

 private:
  uint64_t take_number() {
    uint64_t number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      number |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return number;
    }
    good_ = false;
    return 0;
  }
  std::string_view take_text() {
    const uint64_t size = take_number();
    if (size > rest_.size()) good_ = false;
    if (!good_) return "";
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }
  void take(std::string& text) { text = take_text(); }
  template <std::integral Number>
  void take(Number& number) {
    const uint64_t folded = take_number();
    const auto wide = static_cast<int64_t>(folded >> 1 ^ (~(folded & 1) + 1));
    number = static_cast<Number>(wide);
    if (static_cast<int64_t>(number) != wide) good_ = false;
  }
  void take(Instant& instant) { take(instant.unix_seconds); }
  template <typename T>
  void take(std::vector<T>& list) {
    // No number of items is believed: each takes a byte at least, so that the bytes' end is the bound.
    for (uint64_t left = take_number(); good_ && left > 0; --left) {
      if (rest_.empty())
        good_ = false;
      else
        take(list.emplace_back());
    }
  }
  template <typename T>
  void take(std::optional<T>& value) {
    if (take_number() != 0) take(value.emplace());
  }
  template <typename Other>
  void take(Other& other) {
    if constexpr (std::is_enum_v<Other>)
      other = from_word(take_text(), Other(other));
    else
      go_through(*this, other);
  }

  std::string_view rest_;
  bool good_ = true;
};

template <typename Record>
std::string encoded(Record record) {
  Encoder encoder;
  go_through(encoder, record);
  return std::move(encoder.bytes);
}

template <typename Record>
std::optional<Record> decoded(std::string_view bytes) {
  Decoder decoder(bytes);
  Record record;
  go_through(decoder, record);
  if (!decoder.is_good_to_the_end()) return std::nullopt;
  return record;
}

}  // namespace

std::string encode(const Problem& problem) {
  return encoded(problem);
}
std::string encode(const CertificateRecord& certificate) {
  return encoded(certificate);
}
std::string encode(const CellAnswer& answer) {
  return encoded(answer);
}

std::optional<Problem> decode_problem(std::string_view bytes) {
  return decoded<Problem>(bytes);
}
std::optional<CertificateRecord> decode_certificate(std::string_view bytes) {
  return decoded<CertificateRecord>(bytes);
}
std::optional<CellAnswer> decode_answer(std::string_view bytes) {
  return decoded<CellAnswer>(bytes);
}

}  // namespace astray::watch
