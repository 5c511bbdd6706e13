#include "report/probe_formats.h"
namespace astray {
std::unique_ptr<CellSink> probe_sarif(const ProbeReport& r, ByteSink& s){ return probe_jsonl(r,s);}
std::unique_ptr<CellSink> probe_junit(const ProbeReport& r, ByteSink& s){ return probe_jsonl(r,s);}
std::unique_ptr<CellSink> probe_github(const ProbeReport& r, ByteSink& s){ return probe_jsonl(r,s);}
std::unique_ptr<CellSink> probe_human(const ProbeReport& r, const ProbeHumanStyle&, ByteSink& s){ return probe_jsonl(r,s);}
}
