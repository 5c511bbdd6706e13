#include "probe/cell.h"

namespace astray {

std::string_view to_string(CellVerdict verdict) {
  switch (verdict) {
    case CellVerdict::own:
      return "own";
    case CellVerdict::indistinct:
      return "indistinct";
    case CellVerdict::default_answer:
      return "default-answer";
    case CellVerdict::misdirected:
      return "misdirected";
    case CellVerdict::authentication_bypass:
      return "authentication-bypass";
    case CellVerdict::false_421:
      return "false-421";
    case CellVerdict::rejected_421:
      return "rejected-421";
    case CellVerdict::rejected_400:
      return "rejected-400";
    case CellVerdict::rejected_403:
      return "rejected-403";
    case CellVerdict::rejected_404:
      return "rejected-404";
    case CellVerdict::rejected_handshake:
      return "rejected-handshake";
    case CellVerdict::other_protocol:
      return "other-protocol";
    case CellVerdict::failed:
      return "failed";
    case CellVerdict::could_not_tell:
      return "could-not-tell";
  }
  return {};
}

char letter_of(CellVerdict verdict) {
  switch (verdict) {
    case CellVerdict::own:
      return 'o';
    case CellVerdict::indistinct:
      return '=';
    case CellVerdict::default_answer:
      return 'd';
    case CellVerdict::misdirected:
      return 'M';
    case CellVerdict::authentication_bypass:
      return 'B';
    case CellVerdict::false_421:
      return 'F';
    case CellVerdict::rejected_421:
      return '1';
    case CellVerdict::rejected_400:
      return '0';
    case CellVerdict::rejected_403:
      return '3';
    case CellVerdict::rejected_404:
      return '4';
    case CellVerdict::rejected_handshake:
      return 'H';
    case CellVerdict::other_protocol:
      return 'p';
    case CellVerdict::failed:
      return '-';
    case CellVerdict::could_not_tell:
      return '?';
  }
  return ' ';
}

bool is_misdirection(CellVerdict verdict) {
  return verdict == CellVerdict::misdirected || verdict == CellVerdict::authentication_bypass ||
         verdict == CellVerdict::false_421;
}

std::string_view to_string(Agreement agreement) {
  switch (agreement) {
    case Agreement::not_predicted:
      return "not-predicted";
    case Agreement::unknowable:
      return "unknowable";
    case Agreement::agrees:
      return "agrees";
    case Agreement::differs:
      return "differs";
  }
  return {};
}

}  // namespace astray
