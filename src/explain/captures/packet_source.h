#pragma once
// Packets, as tshark prints them: explain/ starts no program, cli/ does.
#include <span>
#include <string_view>

#include "explain/source.h"

namespace astray::explain {

/// Whether the bytes begin like a pcap file (in either order of bytes, with micro- or nanoseconds, or with
/// Kuznetzov's longer records) or a pcapng file. Behind a compression they do not.
bool is_packet_capture(std::string_view head);
/// Takes none of it, and says what is to be done.
Result<SourceSummary> refuse_packet_capture(ByteSource& bytes, const SourceOptions& options,
                                            Witness& witness);

/// What tshark has to print, as its options -T fields, -Y and -E; packet_fields() each behind an -e.
std::span<const std::string_view> packet_options();
std::span<const std::string_view> packet_fields();

/// Whether the first line is tshark's list of these fields.
bool is_packet_text(std::string_view head);
/// Streams. Lines of sightings are numbers of packets.
Result<SourceSummary> read_packet_text(ByteSource& bytes, const SourceOptions& options, Witness& witness);

}  // namespace astray::explain
