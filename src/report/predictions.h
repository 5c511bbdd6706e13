#pragma once
// Predictions as `astray predict` writes them: an endless table of cells, one listener after the other, one
// connection (SNI, ALPN) after the other, and on each connection one Host after the other. Whatever stays the
// same for many cells is told once, so that a cell costs little.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/byte_sink.h"
#include "report/excerpt.h"
#include "report/palette.h"
#include "servers/model/behaviour.h"

namespace astray {

/// A name as the matrix uses it, for SNI or Host.
struct AskedName {
  std::optional<std::string> text;  ///< absent: no SNI, or no Host field
  std::string sample_of;            ///< the pattern that the name was made for; "" when it was not made
};

struct AskedConnection {
  const AskedName& sni;
  AlpnOffer alpn;
  const ExpectedHandshake& handshake;
};

class PredictionWriter {
 public:
  PredictionWriter() = default;
  PredictionWriter(const PredictionWriter&) = delete;
  PredictionWriter& operator=(const PredictionWriter&) = delete;
  virtual ~PredictionWriter() = default;

  virtual void begin_deployment(const Deployment& deployment) = 0;
  /// The listener's address, or the one that was asked about, with the names that will stand in the cells.
  virtual void begin_listener(std::string_view address, const Listener& listener,
                              const std::vector<AskedName>& snis, const std::vector<AskedName>& hosts) = 0;
  virtual void begin_connection(const AskedConnection& connection) = 0;
  /// `host` is an index into the listener's hosts.
  virtual void answer(size_t host, const ExpectedAnswer& answer) = 0;
  /// Hands everything over.
  virtual void finish() = 0;
};

/// One JSON object a line (docs/schema/predict.schema.json).
class JsonPredictions : public PredictionWriter {
 public:
  JsonPredictions(ByteSink& sink, const ShownPaths& paths) : sink_(sink), paths_(paths) {}

  void begin_deployment(const Deployment& deployment) override;
  void begin_listener(std::string_view address, const Listener& listener, const std::vector<AskedName>& snis,
                      const std::vector<AskedName>& hosts) override;
  void begin_connection(const AskedConnection& connection) override;
  void answer(size_t host, const ExpectedAnswer& answer) override;
  void finish() override;

 private:
  ByteSink& sink_;
  const ShownPaths& paths_;
  std::string text_;
  std::vector<std::string> virtual_hosts_;  ///< `,"virtual_host":"…"` by id
  std::vector<std::string> files_;          ///< `,"source":{"file":"…","line":` by id
  std::vector<std::string> hosts_;          ///< `,"host":"…"`
  std::string before_listener_;
  std::string listener_;
  std::string before_host_;
  std::string behind_host_;
};

/// A table for people.
class PredictionTable : public PredictionWriter {
 public:
  PredictionTable(ByteSink& sink, const ShownPaths& paths, const Palette& palette)
      : sink_(sink), paths_(paths), palette_(palette) {}

  void begin_deployment(const Deployment& deployment) override;
  void begin_listener(std::string_view address, const Listener& listener, const std::vector<AskedName>& snis,
                      const std::vector<AskedName>& hosts) override;
  void begin_connection(const AskedConnection& connection) override;
  void answer(size_t host, const ExpectedAnswer& answer) override;
  void finish() override;

 private:
  std::string cell(std::string_view text, int width) const;

  ByteSink& sink_;
  const ShownPaths& paths_;
  const Palette& palette_;
  const Deployment* deployment_ = nullptr;
  const std::vector<AskedName>* hosts_ = nullptr;
  std::string text_;
  std::string connection_;  ///< the cells of the connection that follow: its SNI,
  std::string protocol_;    ///< what is spoken on it
  std::string alert_;
  int sni_columns_ = 0;
  int host_columns_ = 0;
};

}  // namespace astray
