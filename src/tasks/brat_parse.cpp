#include <algorithm>
#include <set>

#include "core/concat.h"
#include "tasks/brat.h"
#include "tasks/code_points.h"
#include "tasks/official_text.h"

namespace polyclinic {
namespace {

constexpr const char* kEntityForm = "write: T1 TAB Type start end[;start end] TAB text";

struct Parser {
  BratDocument& out;
  const std::string& file;
  Diagnostics& diagnostics;
  std::set<std::string> seen = {};

  Where at(int line) const { return {file, line}; }

  // "Type rest" -> Type; `rest` loses it.
  static std::string word(std::string_view& rest) {
    const std::size_t blank = std::min(rest.find(' '), rest.size());
    std::string first(rest.substr(0, blank));
    rest.remove_prefix(std::min(blank + 1, rest.size()));
    return first;
  }

  std::optional<BratArgument> argument(std::string_view text) const {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return std::nullopt;
    return BratArgument{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
  }

  void entity(const std::string& id, const std::vector<std::string_view>& fields, int line) {
    std::string_view rest = fields[1];
    BratEntity entity{id, word(rest), {}, fields.size() > 2 ? std::string(fields[2]) : "", line};
    for (const std::string_view part : split(rest, ';')) {
      const std::vector<std::string_view> ends = split_blanks(part);
      const std::optional<long long> begin = ends.size() == 2 ? python_int(ends[0]) : std::nullopt;
      const std::optional<long long> end = ends.size() == 2 ? python_int(ends[1]) : std::nullopt;
      if (!begin || !end || *begin < 0 || *end < *begin) {
        return diagnostics.error(concat("the offsets '", rest, "' of ", id, " are not start <= end"), at(line),
                                 kEntityForm);
      }
      entity.fragments.push_back({static_cast<std::size_t>(*begin), static_cast<std::size_t>(*end)});
    }
    if (entity.type.empty()) return diagnostics.error(concat(id, " has no type"), at(line), kEntityForm);
    out.entities.push_back(std::move(entity));
  }

  void relation(const std::string& id, std::string_view body, int line) {
    const std::vector<std::string_view> words = split_blanks(body);
    std::optional<BratArgument> a, b;
    if (words.size() == 3) a = argument(words[1]), b = argument(words[2]);
    if (!a || !b || a->role == b->role) {
      return diagnostics.error(concat("the relation ", id, " has not two arguments of different roles"), at(line),
                               "write: R1 TAB Type Arg1:T1 Arg2:T2");
    }
    out.relations.push_back({id, std::string(words[0]), *a, *b, line});
  }

  void event(const std::string& id, std::string_view body, int line) {
    BratEvent event{id, "", "", {}, line};
    for (const std::string_view text : split_blanks(body)) {
      const std::optional<BratArgument> part = argument(text);
      if (!part)
        return diagnostics.error(concat("'", text, "' of ", id, " is not Role:id"), at(line),
                                 "write: E1 TAB Type:T1 Role:T2");
      if (event.type.empty()) {
        event.type = part->role;
        event.trigger = part->id;
      } else {
        event.arguments.push_back(*part);
      }
    }
    if (event.type.empty())
      return diagnostics.error(concat("the event ", id, " has no trigger"), at(line), "write: E1 TAB Type:T1");
    out.events.push_back(std::move(event));
  }

  void attribute(const std::string& id, std::string_view body, int line) {
    const std::vector<std::string_view> words = split_blanks(body);
    if (words.size() < 2 || words.size() > 3) {
      return diagnostics.error(concat("the attribute ", id, " is not Name target [value]"), at(line),
                               "write: A1 TAB Name T1 [value]");
    }
    BratAttribute attribute{id, std::string(words[0]), std::string(words[1]), std::nullopt, line};
    if (words.size() == 3) attribute.value = std::string(words[2]);
    out.attributes.push_back(std::move(attribute));
  }

  void normalisation(const std::string& id, const std::vector<std::string_view>& fields, int line) {
    const std::vector<std::string_view> words = split_blanks(fields[1]);
    const std::optional<BratArgument> reference = words.size() == 3 ? argument(words[2]) : std::nullopt;
    if (!reference) {
      return diagnostics.error(concat("the normalisation ", id, " is not Reference target DB:ID"), at(line),
                               "write: N1 TAB Reference T1 DB:ID TAB text");
    }
    out.normalisations.push_back({id, std::string(words[0]), std::string(words[1]), reference->role, reference->id,
                                  fields.size() > 2 ? std::string(fields[2]) : "", line});
  }

  void note(const std::string& id, const std::vector<std::string_view>& fields, int line) {
    const std::vector<std::string_view> words = split_blanks(fields[1]);
    if (words.size() != 2) return diagnostics.warning(concat("the note ", id, " names no annotation"), at(line));
    std::string text;
    for (std::size_t i = 2; i < fields.size(); ++i) text += concat(i > 2 ? "\t" : "", fields[i]);
    out.notes.push_back({id, std::string(words[0]), std::string(words[1]), std::move(text), line});
  }

  void line(const Line& given) {
    if (strip(given.text).empty()) return;
    const std::vector<std::string_view> fields = split(given.text, '\t');
    const std::string id(fields[0]);
    if (fields.size() < 2)
      return diagnostics.warning(concat("a line without a tab is ignored: '", id.substr(0, 40), "'"), at(given.number));
    if (id == "*") {
      const std::vector<std::string_view> words = split_blanks(fields[1]);
      if (words.size() < 3) return diagnostics.warning("an equivalence of fewer than two is ignored", at(given.number));
      return out.equivalences.push_back({std::string(words[0]), {words.begin() + 1, words.end()}, given.number});
    }
    if (!seen.insert(id).second) {
      return diagnostics.error(concat("the id ", id, " is used twice"), at(given.number),
                               "give each annotation its own id");
    }
    const char kind = id.empty() ? ' ' : id[0];
    if (kind == 'T') return entity(id, fields, given.number);
    if (kind == 'R') return relation(id, fields[1], given.number);
    if (kind == 'E') return event(id, fields[1], given.number);
    if (kind == 'A' || kind == 'M') return attribute(id, fields[1], given.number);
    if (kind == 'N') return normalisation(id, fields, given.number);
    if (kind == '#') return note(id, fields, given.number);
    diagnostics.warning(concat("a line of unknown kind is ignored: '", id.substr(0, 40), "'"), at(given.number));
  }
};

// Letters without any blank, so that a line end, a blank and nothing between fragments count as alike.
std::string without_blanks(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) <= ' ') continue;
    if (text.substr(i, 2) == "\xC2\xA0") {  // no-break space
      ++i;
      continue;
    }
    out += text[i];
  }
  return out;
}

bool entity_stands(const BratEntity& entity, const CodePoints& points, const Where& where, Diagnostics& diagnostics) {
  std::string text;
  for (std::size_t i = 0; i < entity.fragments.size(); ++i) {
    const Span& span = entity.fragments[i];
    if (span.end > points.size()) {
      diagnostics.error(
          concat("the offset ", span.end, " of ", entity.id, " is past the end of the text (", points.size(), ")"),
          where, "correct the offset");
      return false;
    }
    if (i > 0 && span.begin < entity.fragments[i - 1].end) {
      diagnostics.error(concat("the fragments of ", entity.id, " overlap or are not in order"), where,
                        "write fragments in increasing order");
      return false;
    }
    text += concat(i > 0 ? " " : "", points.slice(span));
  }
  if (without_blanks(text) == without_blanks(entity.text)) return true;
  diagnostics.error(concat("the text of ", entity.id, " is '", entity.text, "' and its span holds '", text, "'"), where,
                    "correct the offsets or the text");
  return false;
}

}  // namespace

BratDocument parse_brat(std::string_view annotation, const std::string& file, Diagnostics& diagnostics) {
  BratDocument out;
  if (const auto bad = first_invalid_byte(annotation)) {
    diagnostics.error("not UTF-8", {file, line_of_byte(annotation, *bad)}, "save the file as UTF-8");
    return out;
  }
  Parser parser{out, file, diagnostics};
  bool carriage_return = false;
  for (const Line& line : lines_of(annotation)) {
    if (line.carriage_return && !carriage_return) {
      diagnostics.warning("lines end in CR LF", {file, line.number}, "convert the file to LF");
      carriage_return = true;
    }
    parser.line(line);
  }
  return out;
}

void check_brat(BratDocument& document, std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  const CodePoints points(text);
  std::erase_if(document.entities, [&](const BratEntity& e) {
    return !entity_stands(e, points, {file, e.line}, diagnostics);
  });
  std::set<std::string> known;
  for (const BratEntity& entity : document.entities) known.insert(entity.id);
  for (const BratEvent& event : document.events) known.insert(event.id);
  const auto missing = [&](const std::string& id, const std::string& by, int line) {
    if (known.contains(id)) return false;
    diagnostics.error(concat(by, " refers to ", id, ", which is not there"), {file, line},
                      "add it or remove the reference");
    return true;
  };
  std::erase_if(document.events, [&](const BratEvent& e) {
    bool bad = missing(e.trigger, e.id, e.line);
    for (const BratArgument& argument : e.arguments) bad = missing(argument.id, e.id, e.line) || bad;
    return bad;
  });
  std::erase_if(document.relations, [&](const BratRelation& r) {
    const bool source = missing(r.source.id, r.id, r.line);
    return missing(r.target.id, r.id, r.line) || source;
  });
  for (const BratRelation& relation : document.relations) known.insert(relation.id);
  std::erase_if(document.attributes, [&](const BratAttribute& a) { return missing(a.target, a.id, a.line); });
  std::erase_if(document.normalisations, [&](const BratNormalisation& n) { return missing(n.target, n.id, n.line); });
  for (const auto* list : {&document.equivalences}) {
    for (const BratEquivalence& equivalence : *list) {
      for (const std::string& member : equivalence.members) missing(member, "an equivalence", equivalence.line);
    }
  }
}

}  // namespace polyclinic
