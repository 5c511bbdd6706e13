// Writes the page of a run that never took place: make_probe_page FILE NAMES NODES plain|hostile [LIMIT].
#include <fstream>
#include <iostream>

#include "probe_page/sample.h"
#include "report/probe_formats.h"

namespace {

class File : public astray::ByteSink {
 public:
  explicit File(const char* path) : stream_(path, std::ios::binary) {}
  void write(std::string_view bytes) override {
    stream_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  bool wanted() const override { return stream_.good(); }

 private:
  std::ofstream stream_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::cerr << "usage: make_probe_page FILE NAMES NODES plain|hostile [LIMIT]\n";
    return 2;
  }
  File file(argv[1]);
  astray::test::SampleShape shape;
  shape.names = std::stoul(argv[2]);
  shape.nodes = std::stoul(argv[3]);
  shape.manners = std::string_view(argv[4]) == "hostile" ? astray::test::Manners::hostile
                                                         : astray::test::Manners::plain;
  astray::ProbePageLimits limits;
  if (argc > 5) limits.cells = std::stoul(argv[5]);
  const astray::ProbeReport report{"1.2.3", astray::ShownPaths("/"), {"client.pem"}};
  const std::unique_ptr<astray::CellSink> page = astray::probe_page(report, limits, file);
  astray::test::SampleRun(shape).feed(*page);
  return file.wanted() ? 0 : 1;
}
