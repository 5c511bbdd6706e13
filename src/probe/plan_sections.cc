#include "probe/plan_sections.h"

#include <algorithm>
#include <numeric>

#include "probe/plan_parts.h"
#include "probe/plan_values.h"

namespace astray {
namespace {

bool offers_h2(AlpnOffer alpn) {
  return alpn == AlpnOffer::h2 || alpn == AlpnOffer::h2_only;
}

/// The offer that stands for all of them where one is enough: HTTP/1.1, as reused connections show HTTP/2.
AlpnOffer one_offer(const NodeAxes& axes) {
  const auto h1 = std::find(axes.alpns.begin(), axes.alpns.end(), AlpnOffer::h1);
  return h1 != axes.alpns.end() ? *h1 : axes.alpns.front();
}

/// An FTP or SMTP port: who answers there is all there is to ask.
class OtherProtocolSection : public PlanSection {
 public:
  explicit OtherProtocolSection(const NodeAxes& axes) : axes_(axes) {}
  uint64_t connections() const override { return 1; }
  uint64_t cells() const override { return 1; }
  ConnectionQuestion at(uint64_t) const override {
    const bool named = !axes_.node->names.empty();
    const AxisValue name = named ? plain_name(0) : AxisValue{.spelling = Spelling::none};
    const bool tls =
        axes_.node->protocol == PortProtocol::ftps || axes_.node->protocol == PortProtocol::smtps;
    ConnectionQuestion question = connection_with(axes_, tls ? name : AxisValue{.spelling = Spelling::none},
                                                  AlpnOffer::none, std::nullopt);
    question.requests.push_back(request_for(axes_, name, Placement::usual, question));
    return question;
  }

 private:
  const NodeAxes& axes_;
};

class BaselineSection : public PlanSection {
 public:
  explicit BaselineSection(const NodeAxes& axes) : axes_(axes) {}
  uint64_t connections() const override {
    return axes_.node->names.size() * axes_.alpns.size() * axes_.client_certificates.size();
  }
  uint64_t cells() const override { return connections(); }
  ConnectionQuestion at(uint64_t index) const override {
    const AlpnOffer alpn = axes_.alpns[take_digit(index, axes_.alpns.size())];
    const auto certificate = axes_.client_certificates[take_digit(index, axes_.client_certificates.size())];
    const AxisValue name = plain_name(static_cast<size_t>(index));
    ConnectionQuestion question = connection_with(axes_, name, alpn, certificate);
    question.requests.push_back(request_for(axes_, name, Placement::usual, question));
    return question;
  }

 private:
  const NodeAxes& axes_;
};

/// A short list of single questions.
class ListSection : public PlanSection {
 public:
  struct Item {
    AxisValue sni, host;
    Placement placement = Placement::usual;
    AlpnOffer alpn = AlpnOffer::h1;
  };
  ListSection(const NodeAxes& axes, std::vector<Item> items) : axes_(axes), items_(std::move(items)) {}
  uint64_t connections() const override { return items_.size() * axes_.client_certificates.size(); }
  uint64_t cells() const override { return connections(); }
  ConnectionQuestion at(uint64_t index) const override {
    const auto certificate = axes_.client_certificates[take_digit(index, axes_.client_certificates.size())];
    const Item& item = items_[static_cast<size_t>(index)];
    ConnectionQuestion question = connection_with(axes_, item.sni, item.alpn, certificate);
    question.requests.push_back(request_for(axes_, item.host, item.placement, question));
    return question;
  }

 private:
  const NodeAxes& axes_;
  std::vector<Item> items_;
};

/// No SNI, and each name as Host.
class WithoutSniSection : public PlanSection {
 public:
  explicit WithoutSniSection(const NodeAxes& axes) : axes_(axes) {}
  uint64_t connections() const override {
    return axes_.node->names.size() * axes_.client_certificates.size();
  }
  uint64_t cells() const override { return connections(); }
  ConnectionQuestion at(uint64_t index) const override {
    const auto certificate = axes_.client_certificates[take_digit(index, axes_.client_certificates.size())];
    ConnectionQuestion question =
        connection_with(axes_, {.spelling = Spelling::none}, one_offer(axes_), certificate);
    question.requests.push_back(
        request_for(axes_, plain_name(static_cast<size_t>(index)), Placement::usual, question));
    return question;
  }

 private:
  const NodeAxes& axes_;
};

/// SNI = one name, Host = another, each pair on a connection of its own.
class FreshPairSection : public PlanSection {
 public:
  explicit FreshPairSection(const NodeAxes& axes) : axes_(axes), partners_(partners_of(axes)) {}
  uint64_t connections() const override {
    return axes_.node->names.size() * partners_ * axes_.client_certificates.size();
  }
  uint64_t cells() const override { return connections(); }
  ConnectionQuestion at(uint64_t index) const override {
    const auto certificate = axes_.client_certificates[take_digit(index, axes_.client_certificates.size())];
    const size_t partner = take_digit(index, partners_);
    const auto from = static_cast<size_t>(index);
    ConnectionQuestion question = connection_with(axes_, plain_name(from), one_offer(axes_), certificate);
    question.requests.push_back(
        request_for(axes_, plain_name(partner_at(axes_, from, partner)), Placement::usual, question));
    return question;
  }

 private:
  const NodeAxes& axes_;
  size_t partners_;
};

/// A connection for each name, and its partners' requests on it.
class ReusedPairSection : public PlanSection {
 public:
  ReusedPairSection(const NodeAxes& axes, AlpnOffer alpn)
      : axes_(axes), alpn_(alpn), partners_(partners_of(axes)) {}
  uint64_t connections() const override {
    return partners_ == 0 ? 0 : axes_.node->names.size() * axes_.client_certificates.size();
  }
  uint64_t cells() const override { return connections() * partners_; }
  ConnectionQuestion at(uint64_t index) const override {
    const auto certificate = axes_.client_certificates[take_digit(index, axes_.client_certificates.size())];
    const auto from = static_cast<size_t>(index);
    ConnectionQuestion question = connection_with(axes_, plain_name(from), alpn_, certificate);
    question.use = ConnectionUse::reused;
    for (size_t partner = 0; partner < partners_; ++partner)
      question.requests.push_back(
          request_for(axes_, plain_name(partner_at(axes_, from, partner)), Placement::usual, question));
    return question;
  }

 private:
  const NodeAxes& axes_;
  AlpnOffer alpn_;
  size_t partners_;
};

/// Another name's session offered under each name; the request asks for the SNI and, in the full plan, for
/// the session's name too.
class ResumeSection : public PlanSection {
 public:
  explicit ResumeSection(const NodeAxes& axes)
      : axes_(axes), partners_(partners_of(axes)), full_(axes.preset == AxesPreset::full) {
    alpns_ = full_ ? axes.alpns : std::vector<AlpnOffer>{one_offer(axes)};
  }
  uint64_t connections() const override {
    return axes_.node->names.size() * partners_ * hosts() * alpns_.size() * axes_.client_certificates.size();
  }
  uint64_t cells() const override { return connections(); }
  ConnectionQuestion at(uint64_t index) const override {
    const auto certificate = axes_.client_certificates[take_digit(index, axes_.client_certificates.size())];
    const AlpnOffer alpn = alpns_[take_digit(index, alpns_.size())];
    const size_t host = take_digit(index, hosts());
    const size_t partner = take_digit(index, partners_);
    const auto session = static_cast<size_t>(index);
    const size_t sni = partner_at(axes_, session, partner);
    ConnectionQuestion question = connection_with(axes_, plain_name(sni), alpn, certificate);
    question.session_of = axes_.node->names[session];
    question.requests.push_back(
        request_for(axes_, plain_name(host == 0 ? sni : session), Placement::usual, question));
    return question;
  }

 private:
  size_t hosts() const { return full_ ? 2 : 1; }

  const NodeAxes& axes_;
  size_t partners_;
  bool full_;
  std::vector<AlpnOffer> alpns_;
};

/// Questions that somebody else made.
class GivenSection : public PlanSection {
 public:
  explicit GivenSection(std::vector<ConnectionQuestion> questions) : questions_(std::move(questions)) {}
  uint64_t connections() const override { return questions_.size(); }
  uint64_t cells() const override {
    return std::accumulate(
        questions_.begin(), questions_.end(), uint64_t{0},
        [](uint64_t sum, const ConnectionQuestion& question) { return sum + question.requests.size(); });
  }
  ConnectionQuestion at(uint64_t index) const override { return questions_[static_cast<size_t>(index)]; }

 private:
  std::vector<ConnectionQuestion> questions_;
};

/// Names nobody configures, and no name at all: who answers by default.
std::vector<ListSection::Item> default_questions(const NodeAxes& axes) {
  const AxisValue none{.spelling = Spelling::none};
  const AxisValue unknown{.spelling = Spelling::unknown};
  const AxisValue address{.spelling = Spelling::address};
  std::vector<ListSection::Item> items;
  for (const AlpnOffer alpn : axes.alpns) {
    if (axes.node->protocol != PortProtocol::http)
      items.push_back({unknown, unknown, Placement::usual, alpn});
    items.push_back({none, unknown, Placement::usual, alpn});
    items.push_back({none, address, Placement::usual, alpn});
    if (axes.node->names.empty() || axes.node->protocol == PortProtocol::http) continue;
    items.push_back({unknown, plain_name(0), Placement::usual, alpn});
    items.push_back({plain_name(0), unknown, Placement::usual, alpn});
  }
  return items;
}

/// One odd spelling of each kind, for the first name.
std::vector<ListSection::Item> odd_spellings(const NodeAxes& axes) {
  std::vector<ListSection::Item> items;
  if (axes.node->names.empty()) return items;
  const AxisValue name = plain_name(0);
  for (const AlpnOffer alpn : axes.alpns) {
    for (const Spelling spelling :
         {Spelling::upper_case, Spelling::trailing_dot, Spelling::with_port, Spelling::wrong_port,
          Spelling::address, Spelling::empty, Spelling::none}) {
      const bool of_name =
          spelling != Spelling::address && spelling != Spelling::empty && spelling != Spelling::none;
      AxisValue host{.spelling = spelling};
      if (of_name) host.name = 0;
      // In clear the address was asked for among the defaults.
      if (spelling == Spelling::address && axes.node->protocol == PortProtocol::http) continue;
      items.push_back({name, host, Placement::usual, alpn});
    }
    if (axes.node->protocol != PortProtocol::http) {
      for (const Spelling spelling : {Spelling::upper_case, Spelling::trailing_dot})
        items.push_back({AxisValue{.spelling = spelling, .name = 0}, name, Placement::usual, alpn});
    }
    for (const Placement placement :
         {Placement::absolute_form, Placement::absolute_conflict, Placement::two_host_fields,
          Placement::host_field_alone, Placement::authority_conflict}) {
      if (is_meaningful(placement, alpn)) items.push_back({name, name, placement, alpn});
    }
  }
  return items;
}

void add_polite(const NodeAxes& axes, PlanSections& sections) {
  const bool tls = axes.node->protocol != PortProtocol::http;
  if (axes.fresh) {
    add_section<ListSection>(sections, axes, default_questions(axes));
    if (tls) add_section<WithoutSniSection>(sections, axes);
  }
  if (tls && axes.reuse) {
    const auto h2 = std::find_if(axes.alpns.begin(), axes.alpns.end(), offers_h2);
    add_section<ReusedPairSection>(sections, axes, h2 != axes.alpns.end() ? *h2 : axes.alpns.front());
  }
  if (axes.fresh) {
    if (tls) add_section<FreshPairSection>(sections, axes);
    add_section<ListSection>(sections, axes, odd_spellings(axes));
  }
}

bool is_http(const NodeAxes& axes) {
  return axes.node->protocol == PortProtocol::http || axes.node->protocol == PortProtocol::https;
}

}  // namespace

NodeAxes node_axes(const ProbeNode& node, const Axes& axes) {
  NodeAxes own{
      .node = &node,
      .preset = axes.preset,
      .alpns = axes.alpns,
      .client_certificates = axes.client_certificates,
      .snis = axes.snis,
      .hosts = axes.hosts,
      .placements = axes.placements,
      .reuse = std::find(axes.uses.begin(), axes.uses.end(), ConnectionUse::reused) != axes.uses.end(),
      .fresh = std::find(axes.uses.begin(), axes.uses.end(), ConnectionUse::fresh) != axes.uses.end(),
      .resume = axes.resume,
      .partners = axes.partners};
  if (node.protocol == PortProtocol::http) {
    own.alpns = {AlpnOffer::none};
    own.client_certificates = {std::nullopt};
    own.resume = false;
  }
  if (own.alpns.empty()) own.alpns = {AlpnOffer::h1, AlpnOffer::h2};
  if (own.client_certificates.empty()) own.client_certificates = {std::nullopt};
  return own;
}

size_t partners_of(const NodeAxes& axes) {
  const size_t names = axes.node->names.size();
  if (names < 2) return 0;
  if (axes.partners) return std::min(names - 1, axes.partners->count);
  return axes.preset == AxesPreset::polite && names > ring_above ? ring_neighbours : names - 1;
}

size_t partner_at(const NodeAxes& axes, size_t name, size_t index) {
  const size_t names = axes.node->names.size();
  const size_t skipped = axes.partners ? axes.partners->skipped : 0;
  return (name + 1 + (skipped + index) % (names - 1)) % names;
}

void add_baselines(const NodeAxes& axes, PlanSections& sections) {
  if (is_http(axes)) {
    add_section<BaselineSection>(sections, axes);
  } else {
    add_section<OtherProtocolSection>(sections, axes);
  }
}

void add_rest(const NodeAxes& axes, PlanSections& sections) {
  if (!is_http(axes)) return;
  if (axes.preset == AxesPreset::polite && !axes.narrowed()) {
    add_polite(axes, sections);
  } else {
    add_product(axes, sections);
  }
  if (axes.resume) add_section<ResumeSection>(sections, axes);
}

void add_given(const ProbeNode& node, const std::vector<ConnectionQuestion>& questions, PlanSections& sections) {
  std::vector<ConnectionQuestion> own;
  for (const ConnectionQuestion& question : questions) {
    if (question.node == node.endpoint && question.protocol == node.protocol) own.push_back(question);
  }
  add_section<GivenSection>(sections, std::move(own));
}

}  // namespace astray
