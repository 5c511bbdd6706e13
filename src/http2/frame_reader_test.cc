#include "http2/frame_reader.h"

#include <gtest/gtest.h>

#include "http2/raw_frames.h"
#include "support/exact_buffer.h"

namespace astray::frame_reader_test {
namespace {

using namespace http2;

struct Read {
  std::vector<std::string> frames;
  FrameReader::Problem problem;
  size_t unread;
};

Read read_all(std::string_view bytes, size_t piece,
              FrameReader::Preface preface = FrameReader::Preface::none) {
  FrameReader reader(preface);
  std::vector<std::string> frames;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    astray::test::ExactBuffer part(bytes.substr(0, piece));
    reader.receive(part.view());
    while (auto frame = reader.next_frame()) {
      std::string line(to_string(frame->type));
      line += " " + std::to_string(frame->flags) + " " + std::to_string(frame->stream);
      if (frame->reserved == ReservedBit::set) line += " R";
      frames.push_back(line + " " + std::string(frame->payload));
    }
  }
  return {frames, reader.problem(), reader.unread()};
}

TEST(FrameReader, SplitsFramesInAnyPieces) {
  RawFrames raw;
  raw.data(1, "hello", end_stream)
      .ping("12345678", ack)
      .frame({.type = static_cast<FrameType>(0xfe), .payload = {}});
  raw.frame_header(1, FrameType::data, 0xff, 0x7fffffff, ReservedBit::set).put_bytes("x");
  raw.put_bytes(std::string_view("\0\0", 2));
  for (size_t piece : {SIZE_MAX, size_t{1}, size_t{2}, size_t{10}}) {
    Read read = read_all(raw.bytes(), piece);
    EXPECT_EQ(read.frames, (std::vector<std::string>{"DATA 1 1 hello", "PING 1 0 12345678", "unknown 0 0 ",
                                                     "DATA 255 2147483647 R x"}));
    EXPECT_EQ(read.problem, FrameReader::Problem::none);
    EXPECT_EQ(read.unread, 2u);
  }
}

TEST(FrameReader, ReadsThePreface) {
  for (size_t piece : {SIZE_MAX, size_t{1}}) {
    Read read = read_all(RawFrames().preface().settings().bytes(), piece, FrameReader::Preface::expected);
    EXPECT_EQ(read.frames, (std::vector<std::string>{"SETTINGS 0 0 "}));
    Read bad = read_all("PRI * HTTP/1.1\r\n", piece, FrameReader::Preface::expected);
    EXPECT_EQ(bad.problem, FrameReader::Problem::bad_preface);
  }
}

TEST(FrameReader, KeepsNothingBeyondTheLimit) {
  FrameReader reader(FrameReader::Preface::none, 4);
  reader.receive(RawFrames().data(1, "four").data(1, "five!").bytes());
  EXPECT_TRUE(reader.next_frame());
  EXPECT_FALSE(reader.next_frame());
  EXPECT_EQ(reader.problem(), FrameReader::Problem::frame_too_large);
  size_t unread = reader.unread();
  reader.receive(std::string(100000, 'x'));
  EXPECT_FALSE(reader.next_frame());
  EXPECT_EQ(reader.unread(), unread);
}

}  // namespace
}  // namespace astray::frame_reader_test
