#pragma once
// The cells of a run as the page holds them: 10,000 cells have 200 connections, 100 requests and a few dozen
// answers between them, so each of these stands once, in a table, and a cell is a row of indices.
//
// Sentences, commands and locations hold the names that the cell is about. They are kept with placeholders
// (U+0001 SNI, U+0002 Host, U+0003 node, U+0004 the asked name), which cannot stand in printable text.
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json_writer.h"
#include "report/probe_formats.h"

namespace astray {

/// JSON texts, each once, numbered in the order of their first use.
class InternedJson {
 public:
  uint32_t index_of(const std::string& json);
  void write(JsonWriter& json) const;
  size_t size() const { return order_.size(); }

 private:
  std::unordered_map<std::string, uint32_t> indices_;
  std::vector<const std::string*> order_;
};

class ProbePageData {
 public:
  ProbePageData(const ProbeReport& report, const ProbePageLimits& limits)
      : report_(report), excerpt_bytes_left_(limits.excerpt_bytes) {}

  /// "[id,connection,request,…]": see page data.js for the order.
  void append_row(std::string& out, const ProbeCell& cell);
  /// The tables that the rows so far point into, as members of an object.
  void write_tables(JsonWriter& json) const;
  uint64_t excerpts_left_out() const { return excerpts_left_out_; }

 private:
  uint32_t connection(const ConnectionQuestion& connection);
  uint32_t request(const RequestQuestion& request);
  uint32_t handshake(const Observation& seen);
  uint32_t certificate(const Certificate& certificate);
  uint32_t response(const ProbeCell& cell);
  uint32_t failure(const ProbeCell& cell);
  uint32_t judgement(const ProbeCell& cell);
  uint32_t prediction(const ProbeCell& cell);
  uint32_t command(const ProbeCell& cell);

  const ProbeReport& report_;
  size_t excerpt_bytes_left_;
  uint64_t excerpts_left_out_ = 0;
  InternedJson connections_, requests_, handshakes_, certificates_, responses_, failures_, judgements_,
      predictions_, commands_;
};

/// The text made printable, with the names of the cell as placeholders.
std::string with_placeholders(std::string_view text, const ProbeCell& cell);

}  // namespace astray
