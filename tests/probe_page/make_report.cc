// Writes the report of a run that never took place:
//   make_probe_report FORMAT FILE NAMES NODES plain|hostile|interrupted [CELLS-IN-PAGE]
#include <fstream>
#include <iostream>

#include "probe_page/sample.h"
#include "report/probe_formats.h"

namespace astray::test {
namespace {

class File : public ByteSink {
 public:
  explicit File(const char* path) : stream_(path, std::ios::binary) {}
  void write(std::string_view bytes) override {
    stream_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  bool wanted() const override { return stream_.good(); }

 private:
  std::ofstream stream_;
};

std::unique_ptr<CellSink> sink_of(std::string_view format, const ProbeReport& report,
                                  const ProbePageLimits& limits, ByteSink& file) {
  if (format == "html") return probe_page(report, limits, file);
  if (format == "json") return probe_json(report, file);
  if (format == "jsonl") return probe_jsonl(report, file);
  if (format == "sarif") return probe_sarif(report, file);
  if (format == "junit") return probe_junit(report, file);
  if (format == "github") return probe_github(report, file);
  ProbeHumanStyle style;
  if (format == "human") return probe_human(report, style, file);
  style.palette = Palette(Palette::Kind::ansi);
  if (format == "colour") return probe_human(report, style, file);
  return nullptr;
}

int run(int argc, char** argv) {
  if (argc < 6) {
    std::cerr
        << "usage: make_probe_report FORMAT FILE NAMES NODES plain|hostile|interrupted [CELLS-IN-PAGE]\n";
    return 2;
  }
  File file(argv[2]);
  SampleShape shape;
  shape.names = std::stoul(argv[3]);
  shape.nodes = std::stoul(argv[4]);
  const std::string_view manners = argv[5];
  shape.manners = manners == "hostile" ? Manners::hostile : Manners::plain;
  shape.interrupted = manners == "interrupted";
  ProbePageLimits limits;
  if (argc > 6) limits.cells = std::stoul(argv[6]);
  const ProbeReport report{"1.2.3", ShownPaths("/"), {"client.pem"}};
  const std::unique_ptr<CellSink> sink = sink_of(argv[1], report, limits, file);
  if (sink == nullptr) return 2;
  SampleRun(shape).feed(*sink);
  return file.wanted() ? 0 : 1;
}

}  // namespace
}  // namespace astray::test

int main(int argc, char** argv) {
  return astray::test::run(argc, argv);
}
