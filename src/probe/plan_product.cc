#include <algorithm>
#include <iterator>

#include "probe/plan_parts.h"
#include "probe/plan_values.h"

namespace astray {
namespace {

/// Every SNI with every Host and placement, each on a connection of its own; the baselines are left out.
class ProductSection : public PlanSection {
 public:
  ProductSection(const NodeAxes& axes, std::vector<AxisValue> snis, std::vector<AxisValue> hosts,
                 const std::vector<Placement>& placements)
      : axes_(axes), snis_(std::move(snis)), hosts_(std::move(hosts)) {
    // For each name the place of its plain spelling, which is the baseline's under its own SNI.
    plain_place_.assign(axes.node->names.size(), hosts_.size());
    for (size_t i = 0; i < hosts_.size(); ++i) {
      if (hosts_[i].spelling != Spelling::plain) continue;
      plain_hosts_.push_back(i);
      plain_place_[*hosts_[i].name] = i;
    }
    usual_ = std::find(placements.begin(), placements.end(), Placement::usual) != placements.end();
    for (const AlpnOffer alpn : axes.alpns) {
      std::vector<Placement>& meaningful = placements_.emplace_back();
      for (const Placement placement : placements) {
        if (placement != Placement::usual && is_meaningful(placement, alpn)) meaningful.push_back(placement);
      }
    }
    row_starts_.push_back(0);
    for (size_t row = 0; row < rows(); ++row) row_starts_.push_back(row_starts_.back() + row_size(row));
  }
  uint64_t connections() const override { return row_starts_.back(); }
  uint64_t cells() const override { return connections(); }

  ConnectionQuestion at(uint64_t index) const override {
    const auto after = std::upper_bound(row_starts_.begin(), row_starts_.end(), index);
    const auto row = static_cast<size_t>(after - row_starts_.begin() - 1);
    auto column = static_cast<size_t>(index - row_starts_[row]);
    const auto [sni, alpn, certificate] = split(row);
    ConnectionQuestion question =
        connection_with(axes_, snis_[sni], axes_.alpns[alpn], axes_.client_certificates[certificate]);
    if (usual_ && has_baseline(sni) && column >= baseline_place(sni)) ++column;
    const size_t usual_columns = usual_ ? hosts_.size() : 0;
    const bool usual = column < usual_columns;
    const AxisValue& host =
        hosts_[usual ? column : plain_hosts_[(column - usual_columns) % plain_hosts_.size()]];
    const Placement placement =
        usual ? Placement::usual : placements_[alpn][(column - usual_columns) / plain_hosts_.size()];
    question.requests.push_back(request_for(axes_, host, placement, question));
    return question;
  }

 private:
  struct Row {
    size_t sni, alpn, certificate;
  };
  size_t rows() const { return snis_.size() * axes_.alpns.size() * axes_.client_certificates.size(); }
  Row split(uint64_t row) const {
    Row digits{};
    digits.certificate = take_digit(row, axes_.client_certificates.size());
    digits.alpn = take_digit(row, axes_.alpns.size());
    digits.sni = static_cast<size_t>(row);
    return digits;
  }
  size_t baseline_place(size_t sni) const {
    // In clear every request for a name is its baseline.
    return snis_[sni].name ? plain_place_[*snis_[sni].name] : hosts_.size();
  }
  bool has_baseline(size_t sni) const {
    return snis_[sni].spelling == Spelling::plain && baseline_place(sni) < hosts_.size();
  }
  uint64_t row_size(size_t row) const {
    const Row digits = split(row);
    uint64_t size = placements_[digits.alpn].size() * plain_hosts_.size();
    if (usual_) size += hosts_.size() - (has_baseline(digits.sni) ? 1 : 0);
    return size;
  }

  const NodeAxes& axes_;
  std::vector<AxisValue> snis_, hosts_;
  std::vector<size_t> plain_hosts_;                 ///< places in hosts_
  std::vector<size_t> plain_place_;                 ///< by name
  std::vector<std::vector<Placement>> placements_;  ///< by alpn, without the usual one
  std::vector<uint64_t> row_starts_;
  bool usual_ = true;
};

/// Every Host on connections opened for each name.
class ReusedProductSection : public PlanSection {
 public:
  ReusedProductSection(const NodeAxes& axes, std::vector<size_t> openers, std::vector<AxisValue> hosts)
      : axes_(axes), openers_(std::move(openers)), hosts_(std::move(hosts)) {
    plain_place_.assign(axes.node->names.size(), hosts_.size());
    for (size_t i = 0; i < hosts_.size(); ++i) {
      if (hosts_[i].spelling == Spelling::plain) plain_place_[*hosts_[i].name] = i;
    }
    row_starts_.push_back({0, 0});
    for (const size_t opener : openers_) {
      const uint64_t requests = requests_of(opener);
      row_starts_.push_back({row_starts_.back().connections +
                                 (requests + requests_per_connection - 1) / requests_per_connection,
                             row_starts_.back().cells + requests});
    }
  }
  uint64_t connections() const override { return row_starts_.back().connections * variants(); }
  uint64_t cells() const override { return row_starts_.back().cells * variants(); }

  ConnectionQuestion at(uint64_t index) const override {
    const auto certificate = axes_.client_certificates[take_digit(index, axes_.client_certificates.size())];
    const AlpnOffer alpn = axes_.alpns[take_digit(index, axes_.alpns.size())];
    const auto after =
        std::upper_bound(row_starts_.begin(), row_starts_.end(), index,
                         [](uint64_t wanted, const Start& start) { return wanted < start.connections; });
    const auto row = static_cast<size_t>(after - row_starts_.begin() - 1);
    const size_t opener = openers_[row];
    ConnectionQuestion question = connection_with(axes_, plain_name(opener), alpn, certificate);
    question.use = ConnectionUse::reused;
    const auto first = static_cast<size_t>(index - row_starts_[row].connections) * requests_per_connection;
    const size_t last = std::min<size_t>(first + requests_per_connection, requests_of(opener));
    for (size_t i = first; i < last; ++i) {
      const size_t host = i >= plain_place_[opener] ? i + 1 : i;
      question.requests.push_back(request_for(axes_, hosts_[host], Placement::usual, question));
    }
    return question;
  }

 private:
  struct Start {
    uint64_t connections, cells;
  };
  uint64_t variants() const { return axes_.alpns.size() * axes_.client_certificates.size(); }
  /// The opening request asks for the plain name already.
  size_t requests_of(size_t opener) const {
    return hosts_.size() - (plain_place_[opener] < hosts_.size() ? 1 : 0);
  }

  const NodeAxes& axes_;
  std::vector<size_t> openers_;
  std::vector<AxisValue> hosts_;
  std::vector<size_t> plain_place_;
  std::vector<Start> row_starts_;
};

}  // namespace

void add_product(const NodeAxes& axes, PlanSections& sections) {
  const ProbeNode& node = *axes.node;
  const bool tls = node.protocol != PortProtocol::http;
  const bool full = axes.preset == AxesPreset::full;
  std::vector<AxisValue> snis =
      axes.snis ? expand(*axes.snis, node)
      : full    ? every_sni(node)
                : expand({{Spelling::none, {}}, {Spelling::unknown, {}}, {Spelling::plain, {}}}, node);
  std::vector<AxisValue> hosts = axes.hosts ? expand(*axes.hosts, node)
                                 : full     ? every_host(node)
                                            : expand({{Spelling::unknown, {}}, {Spelling::plain, {}}}, node);
  std::vector<Placement> placements = {Placement::usual};
  if (axes.placements) {
    placements = *axes.placements;
  } else if (full) {
    placements = {Placement::usual,           Placement::absolute_form,    Placement::absolute_conflict,
                  Placement::two_host_fields, Placement::host_field_alone, Placement::authority_conflict};
  }
  if (!tls) {
    // Plain names in clear are the baselines, but for their placements.
    snis = {AxisValue{.spelling = Spelling::none}};
    std::vector<AxisValue> plain;
    std::copy_if(hosts.begin(), hosts.end(), std::back_inserter(plain),
                 [](const AxisValue& host) { return host.spelling == Spelling::plain; });
    std::erase_if(hosts, [](const AxisValue& host) { return host.spelling == Spelling::plain; });
    std::vector<Placement> unusual = placements;
    std::erase(unusual, Placement::usual);
    if (axes.fresh) add_section<ProductSection>(sections, axes, snis, std::move(plain), unusual);
  }
  std::vector<size_t> openers;
  for (const AxisValue& sni : snis) {
    if (sni.spelling == Spelling::plain) openers.push_back(*sni.name);
  }
  // A request without a name makes many servers close the connection, and the next ones would go unanswered.
  std::vector<AxisValue> reused_hosts;
  for (const AxisValue& host : hosts) {
    if (host.spelling != Spelling::none && host.spelling != Spelling::empty) reused_hosts.push_back(host);
  }
  if (axes.fresh) add_section<ProductSection>(sections, axes, std::move(snis), std::move(hosts), placements);
  if (tls && axes.reuse)
    add_section<ReusedProductSection>(sections, axes, std::move(openers), std::move(reused_hosts));
}

}  // namespace astray
