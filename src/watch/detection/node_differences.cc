// Nodes that answer a name differently from the first time that they are asked on: nothing tells which of
// them is meant. What may differ between good nodes is not compared: texts of pages, serial numbers, other
// names in a certificate than those that are watched.
#include "watch/detection/node_differences.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "tls/certificate_names.h"
#include "watch/detection/aspects.h"
#include "watch/detection/pages.h"
#include "watch/detection/wording.h"

namespace astray::watch {
namespace {

constexpr std::string_view difference_prefix = "nodes differ in ";

std::string_view word_of(Aspect aspect) {
  switch (aspect) {
    case Aspect::none:
      return {};
    case Aspect::treatment:
      return "what becomes of requests";
    case Aspect::client_demand:
      return "asking for client certificates";
    case Aspect::protocol:
      return "the protocol";
    case Aspect::certificate:
      return "the names of the certificate";
    case Aspect::page:
      return "whose page it is";
  }
  return {};
}

std::string_view word_of(ClientDemand demand) {
  switch (demand) {
    case ClientDemand::unknown:
      return {};
    case ClientDemand::none:
      return "not asked for";
    case ClientDemand::asked:
      return "asked for";
    case ClientDemand::demanded:
      return "demanded";
  }
  return {};
}

/// What an answer shows of an aspect. Two that have the same key are alike; "" cannot be told.
struct Shown {
  std::string key, text;
};

class Comparison {
 public:
  Comparison(const RoundView& view, Symptoms& symptoms) : view_(view), symptoms_(symptoms) {
    for (const Problem& problem : view.past().problems) {
      if (is_node_difference(problem)) take_under_way(problem);
    }
    for (const Symptom& symptom : symptoms) {
      if (symptom.scope != Scope::own && symptom.scope != Scope::certificate) continue;
      if (symptom.kind == ProblemKind::certificate_expiring) continue;
      troubled_.emplace(symptom.node, symptom.to);
      if (symptom.record) found_.emplace(*symptom.record, symptom.aspect);
    }
  }

  /// One question, and its answers from all nodes.
  void compare(const std::vector<size_t>& records) {
    if (std::none_of(records.begin(), records.end(), [&](size_t record) { return is_news(record); })) return;
    for (const Aspect aspect :
         {Aspect::treatment, Aspect::client_demand, Aspect::protocol, Aspect::certificate, Aspect::page})
      compare(records, aspect);
  }

 private:
  using Place = std::pair<std::string, std::string>;  ///< node, name
  using Groups = std::map<std::string, std::vector<size_t>>;

  void take_under_way(const Problem& problem) {
    const std::set<std::string_view> nodes(problem.nodes.begin(), problem.nodes.end());
    const std::set<std::string_view> names(problem.affected_names.begin(), problem.affected_names.end());
    for (const std::string& node : problem.nodes)
      for (const std::string& name : problem.affected_names) under_way_.emplace(node, name);
    // Who changes while it is under way mends it, or goes on with it; a 421 to the very name is wrong all the
    // same.
    std::erase_if(symptoms_, [&](const Symptom& symptom) {
      return symptom.aspect != Aspect::none && symptom.cause != Cause::back_without_sni &&
             nodes.contains(symptom.node) && names.contains(symptom.to) &&
             (is_difference_in(problem, symptom.aspect) || is_in_line(symptom));
    });
  }

  /// Whether all nodes are alike now.
  bool is_in_line(const Symptom& symptom) {
    const std::string key = show(*symptom.record, symptom.aspect).key;
    const std::vector<size_t> peers = view_.peers(*symptom.record);
    return std::all_of(peers.begin(), peers.end(),
                       [&](size_t peer) { return show(peer, symptom.aspect).key == key; });
  }

  Place place_of(size_t record) const {
    return {view_.record(record).key.node, std::string(view_.subject(record).to)};
  }
  bool is_news(size_t record) const {
    return under_way_.contains(place_of(record)) || view_.established(record) == nullptr;
  }

  void compare(const std::vector<size_t>& records, Aspect aspect) {
    if (std::any_of(records.begin(), records.end(), [&](size_t record) {
          return found_.contains({record, aspect});
        }))
      return;
    if (aspect == Aspect::certificate && !have_other_names(records)) return;
    Groups groups;
    size_t told = 0;
    for (const size_t record : records) {
      const Shown shown = show(record, aspect);
      if (shown.key.empty()) continue;
      groups[shown.key].push_back(record);
      ++told;
    }
    if (groups.size() < 2 || (aspect == Aspect::page && share_a_page(groups))) return;
    const std::string all = text_of(groups, aspect);
    for (const size_t record : odd_ones(groups, told, records)) add(record, aspect, all);
  }

  /// "h2 at 192.0.2.1:443 and 192.0.2.2:443; http/1.1 at 192.0.2.3:443".
  std::string text_of(const Groups& groups, Aspect aspect) {
    std::string all;
    for (const auto& [key, records] : groups) {
      std::vector<std::string> nodes;
      for (const size_t record : records) nodes.push_back(view_.record(record).key.node);
      all += fmt::format("{}{} at {}", all.empty() ? "" : "; ", show(records.front(), aspect).text,
                         first_few(nodes));
    }
    return all;
  }

  /// Those that are unlike most others; all of them where there is no such.
  std::vector<size_t> odd_ones(const Groups& groups, size_t told, const std::vector<size_t>& records) const {
    const auto usual = std::find_if(groups.begin(), groups.end(),
                                    [told](const auto& group) { return group.second.size() * 2 > told; });
    std::vector<size_t> odd;
    for (auto group = groups.begin(); group != groups.end(); ++group) {
      if (group != usual) odd.insert(odd.end(), group->second.begin(), group->second.end());
    }
    // A new node changes nothing about the others, unless nobody can tell which is the odd one.
    if (usual != groups.end()) std::erase_if(odd, [&](size_t record) { return !is_news(record); });
    // Where a configuration tells what is meant, that is what an answer is held against.
    std::erase_if(odd, [&](size_t record) {
      const Agreement agreement = view_.now(record).agreement;
      return agreement == Agreement::agrees || agreement == Agreement::differs;
    });
    // What is wrong with a node by itself explains that it is unlike the others.
    const auto is_troubled = [&](size_t record) { return troubled_.contains(place_of(record)); };
    if (std::any_of(records.begin(), records.end(), is_troubled))
      std::erase_if(odd, std::not_fn(is_troubled));
    std::sort(odd.begin(), odd.end());
    return odd;
  }

  Shown show(size_t record, Aspect aspect) {
    const CellAnswer& now = view_.now(record);
    const auto as_written = [](std::string_view text) { return Shown{std::string(text), std::string(text)}; };
    switch (aspect) {
      case Aspect::none:
        return {};
      case Aspect::treatment:
        return treatment_of(now) == Treatment::unknown ? Shown() : as_written(to_string(treatment_of(now)));
      case Aspect::client_demand:
        return as_written(word_of(client_demand_of(now)));
      case Aspect::protocol:
        return as_written(protocol_of(now));
      case Aspect::certificate:
        return show_certificate(now.certificate);
      case Aspect::page:
        return show_page(record);
    }
    return {};
  }

  /// Whether there are certificates with other names among them: who renews node by node changes the rest.
  bool have_other_names(const std::vector<size_t>& records) const {
    std::set<std::vector<std::string>> all;
    for (const size_t record : records) {
      const CertificateRecord* certificate = view_.certificate(view_.now(record).certificate);
      if (certificate == nullptr) continue;
      std::vector<std::string> names = certificate->names;
      std::sort(names.begin(), names.end());
      all.insert(std::move(names));
    }
    return all.size() > 1;
  }

  /// The watched names that it covers: what decides which of them clients put on one connection.
  const Shown& show_certificate(const std::string& fingerprint) {
    const auto [place, is_new] = certificates_.try_emplace(fingerprint);
    const CertificateRecord* certificate = view_.certificate(fingerprint);
    if (!is_new || certificate == nullptr) return place->second;
    std::vector<CertificateName> names;
    for (const std::string& text : certificate->names) {
      if (auto name = CertificateName::parse_dns(text)) names.push_back(std::move(*name));
    }
    const CertificateNames presented(std::move(names));
    std::vector<std::string> covered;
    for (const std::string& name : view_.past().names) {
      const auto host = Host::parse(name);
      if (host && presented.cover(*host)) covered.push_back(name);
    }
    std::sort(covered.begin(), covered.end());
    place->second = {fmt::format("covers {}", fmt::join(covered, " ")),
                     covered.empty() ? "for no watched name" : "for " + first_few(covered)};
    return place->second;
  }

  /// A page of the name's own, or the one that unknown names get on the same node.
  Shown show_page(size_t record) const {
    const std::string_view page = view_.now(record).page;
    if (page.empty()) return {};
    bool is_known = false;
    for (const size_t other : view_.answers_to_nobody(view_.record(record).key.node)) {
      const CellAnswer& nobody = view_.now(other);
      if (is_same_page(nobody.page, page)) return {"default", "that of names which nobody configures"};
      const bool has_no_page = treatment_of(nobody) != Treatment::served;
      is_known =
          is_known || (has_no_page ? treatment_of(nobody) != Treatment::unknown : !nobody.page.empty());
    }
    return is_known ? Shown{"own", "the name's own"} : Shown();
  }

  /// Then it is the name's own everywhere, and unknown names get it on one node.
  bool share_a_page(const Groups& groups) const {
    for (const size_t a : groups.begin()->second) {
      for (const size_t b : std::next(groups.begin())->second)
        if (is_same_page(view_.now(a).page, view_.now(b).page)) return true;
    }
    return false;
  }

  void add(size_t record, Aspect aspect, const std::string& all) {
    Symptom symptom;
    symptom.kind = ProblemKind::parity;
    symptom.aspect = aspect;
    symptom.what = fmt::format("{}{}", difference_prefix, word_of(aspect));
    symptom.cause = Cause::nodes_differ;
    symptom.node = view_.record(record).key.node;
    symptom.to = std::string(view_.subject(record).to);
    symptom.other = all;
    symptom.record = record;
    symptom.sentence = fmt::format("{} differs from other nodes for {} in {}: {}", symptom.node, symptom.to,
                                   word_of(aspect), all);
    symptoms_.push_back(std::move(symptom));
  }

  const RoundView& view_;
  Symptoms& symptoms_;
  std::set<Place> troubled_, under_way_;
  std::set<std::pair<size_t, Aspect>> found_;  ///< by record
  std::map<std::string, Shown> certificates_;  ///< by fingerprint
};

}  // namespace

bool is_node_difference(const Problem& problem) {
  return problem.kind == ProblemKind::parity &&
         CauseKey::parse(problem.cause_key).what.starts_with(difference_prefix);
}

bool is_difference_in(const Problem& problem, Aspect aspect) {
  return is_node_difference(problem) && CauseKey::parse(problem.cause_key).what.ends_with(word_of(aspect));
}

void find_node_differences(const RoundView& view, Symptoms& symptoms) {
  Comparison comparison(view, symptoms);
  for (const std::string_view node : view.asked_nodes()) {
    for (const auto& [name, own] : view.own_answers(node)) {
      for (const size_t record : own) {
        std::vector<size_t> records = view.peers(record);
        // Each question once: at the first of its nodes.
        if (std::any_of(records.begin(), records.end(),
                        [&](size_t peer) { return view.record(peer).key.node < node; }))
          continue;
        records.push_back(record);
        std::erase_if(records, [&](size_t each) { return is_silence(view.now(each)); });
        std::sort(records.begin(), records.end(),
                  [&](size_t a, size_t b) { return view.record(a).key.node < view.record(b).key.node; });
        if (records.size() > 1) comparison.compare(records);
      }
    }
  }
}

}  // namespace astray::watch
