#include "explain/captures/packet_source.h"

#include <fmt/format.h>

#include "explain/captures/packet_flows.h"
#include "explain/captures/text_lines.h"

namespace astray::explain {
namespace {

using namespace std::string_view_literals;  // the magic numbers have zeros in them

// The libpcap and pcapng formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
constexpr std::string_view magic_numbers[] = {
    "\xd4\xc3\xb2\xa1"sv, "\xa1\xb2\xc3\xd4"sv,  // microseconds
    "\x4d\x3c\xb2\xa1"sv, "\xa1\xb2\x3c\x4d"sv,  // nanoseconds
    "\x34\xcd\xb2\xa1"sv, "\xa1\xb2\xcd\x34"sv,  // Kuznetzov's
    "\x0a\x0d\x0d\x0a"sv,                        // a section header of pcapng, in either order
};
constexpr std::string_view byte_orders[] = {"\x4d\x3c\x2b\x1a"sv,
                                            "\x1a\x2b\x3c\x4d"sv};  // of pcapng, at its ninth byte

constexpr std::string_view options_of_tshark[] = {
    "-n",  // no name is looked up
    "-o", "tcp.reassemble_out_of_order:TRUE",
    "-Y", "tls.handshake or tls.app_data or http or http2",
    "-T", "fields",
    "-E", "header=y",
    "-E", "separator=/t",
    "-E", "occurrence=a",
    "-E", "aggregator=\x1f",
};

}  // namespace

bool is_packet_capture(std::string_view head) {
  for (const std::string_view magic : magic_numbers) {
    if (!head.starts_with(magic)) continue;
    // A log may begin with empty lines.
    if (magic.front() != '\n') return true;
    const std::string_view order = head.substr(std::min<size_t>(head.size(), 8), 4);
    return order == byte_orders[0] || order == byte_orders[1];
  }
  return false;
}

Result<SourceSummary> refuse_packet_capture(ByteSource&, const SourceOptions&, Witness&) {
  return failure(
      "this is a packet capture, which is read through tshark and so has to be a file: write it to one, "
      "uncompressed or as gzip, and name that");
}

std::span<const std::string_view> packet_options() {
  return options_of_tshark;
}
std::span<const std::string_view> packet_fields() {
  return packet_field_names();
}

bool is_packet_text(std::string_view head) {
  return head.starts_with(packet_field_names().front()) &&
         head.substr(packet_field_names().front().size()).starts_with(packet_field_separator);
}

Result<SourceSummary> read_packet_text(ByteSource& bytes, const SourceOptions& options, Witness& witness) {
  TextLines lines(bytes);
  PacketFlows flows(options.file, witness);
  std::optional<PacketColumns> columns;
  bool ended = true;
  while (const std::optional<TextLines::Line> line = lines.next()) {
    ended = line->ended;
    if (line->too_long) {
      witness.trouble(Trouble::long_line, options.file, line->number);
      continue;
    }
    if (!ended) break;  // tshark ends each line; of half a one nothing is believed
    std::string repaired;
    const std::string_view text = well_formed(*line, options.file, witness, repaired);
    if (!columns) {
      columns = PacketColumns::read(text);
      if (!columns)
        return failure("the first line of tshark's output names none of the fields that it was asked for");
      continue;
    }
    const std::optional<PacketRow> row = columns->row(text);
    if (!row || !flows.take(*row)) witness.trouble(Trouble::unreadable_line, options.file, line->number);
  }
  flows.finish();
  if (lines.error()) return tl::unexpected(*lines.error());
  if (!ended) witness.trouble(Trouble::truncated, options.file, lines.lines());
  return SourceSummary{.format = fmt::format("packets of {} connections", flows.connections()),
                       .server = LogServer::unknown,
                       .bytes = lines.bytes(),
                       .lines = lines.lines()};
}

}  // namespace astray::explain
